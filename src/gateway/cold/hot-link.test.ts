import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { until } from '../../../test/support/until.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { limits } from '../../protocol/limits.ts';
import type { ToHot } from '../bridge.ts';
import { HotLink } from './hot-link.ts';

function rig(): { link: HotLink; clock: VirtualClock; asked: Extract<ToHot, { kind: 'ask' }>[] } {
  const { port1, port2 } = new MessageChannel();
  const asked: Extract<ToHot, { kind: 'ask' }>[] = [];
  port2.on('message', (message: ToHot) => message.kind === 'ask' && asked.push(message));
  port2.unref();
  port1.unref();
  const clock = new VirtualClock();
  return { link: new HotLink(port1, clock), clock, asked };
}

test('a question gets its own answer, whatever the order of the answers', async () => {
  const { link, asked } = rig();
  const [rooms, health] = [link.ask({ kind: 'rooms' }), link.ask({ kind: 'health' })];
  await until('they arrive', () => asked.length === 2);
  link.answered(asked[1]!.ask, { kind: 'health', ready: true, rooms: 0, mismatched: [], disks: [] });
  link.answered(asked[0]!.ask, { kind: 'rooms', rooms: [] });
  assert.deepEqual(await rooms, { kind: 'rooms', rooms: [] });
  assert.deepEqual(await health, { kind: 'health', ready: true, rooms: 0, mismatched: [], disks: [] });
});

test('a crowd with the same question makes the hot thread answer once, and asks anew afterwards', async () => {
  const { link, asked } = rig();
  const crowd = Array.from({ length: 1000 }, () => link.ask({ kind: 'rooms' }));
  await until('it arrives', () => asked.length === 1);
  link.answered(asked[0]!.ask, { kind: 'rooms', rooms: [] });
  await Promise.all(crowd);
  const later = link.ask({ kind: 'rooms' });
  await until('it is asked anew', () => asked.length === 2);
  link.answered(asked[1]!.ask, { kind: 'rooms', rooms: [] });
  await later;
});

test('an answer that does not come in time is an error, and one that comes too late goes nowhere', async () => {
  const { link, clock, asked } = rig();
  const asking = link.ask({ kind: 'room', room: 'main' });
  await until('it arrives', () => asked.length === 1);
  clock.advance(limits.askMs.value);
  await assert.rejects(asking, { code: 'MEKS_ANSWER_LATE' });
  link.answered(asked[0]!.ask, { kind: 'unknown-room' });
});

test('above the highest number of open questions the next is refused at once', async () => {
  const { link, clock } = rig();
  const open = Array.from({ length: limits.asksPendingMax.value }, (_, index) =>
    assert.rejects(link.ask({ kind: 'room', room: String(index) }), { code: 'MEKS_ANSWER_LATE' }),
  );
  await assert.rejects(link.ask({ kind: 'room', room: 'one more' }), { code: 'MEKS_REQUESTS_FULL' });
  clock.advance(limits.askMs.value);
  await Promise.all(open);
});
