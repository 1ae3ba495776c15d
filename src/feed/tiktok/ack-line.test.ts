import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { AckLine } from './ack-line.ts';

function make(): { clock: VirtualClock; line: AckLine; sent: string[] } {
  const clock = new VirtualClock();
  const sent: string[] = [];
  const line = new AckLine(clock, (frames) => void sent.push(Buffer.concat(frames).toString()));
  return { clock, line, sent };
}

test('one at a time goes at once, those close behind it go together, in order', () => {
  const { clock, line, sent } = make();
  line.add(Buffer.from('a'));
  assert.deepEqual(sent, ['a']);
  line.add(Buffer.from('b'));
  line.add(Buffer.from('c'));
  clock.advance(19);
  assert.deepEqual(sent, ['a']);
  clock.advance(1);
  assert.deepEqual(sent, ['a', 'bc']);
  line.add(Buffer.from('d'));
  clock.advance(20);
  assert.deepEqual(sent, ['a', 'bc', 'd']);
  clock.advance(20);
  line.add(Buffer.from('e'));
  assert.deepEqual(sent, ['a', 'bc', 'd', 'e'], 'quiet again: at once');
});

test('what waits is bounded, and none is lost at the bound', () => {
  const { clock, line, sent } = make();
  for (let index = 0; index < 1_000; index++) line.add(Buffer.from('x'));
  assert.equal(sent.join('').length, 1 + 256 * 3);
  clock.advance(20);
  assert.equal(sent.join('').length, 1_000);
});

test('a closed line sends nothing more', () => {
  const { clock, line, sent } = make();
  line.add(Buffer.from('a'));
  line.add(Buffer.from('b'));
  line.close();
  clock.advance(100);
  assert.deepEqual(sent, ['a']);
});
