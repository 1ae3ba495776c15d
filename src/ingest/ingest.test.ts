import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';
import { Ingest } from './ingest.ts';

function raw(id: number): RawMessage {
  return { method: 'WebcastLikeMessage', payload: new Uint8Array(), msgId: String(id), receivedAt: 0, history: false };
}

class Recorder {
  readonly seen: string[] = [];
  turns = 0;
  open = true;
  admits(): boolean {
    return this.open;
  }
  message(message: RawMessage): void {
    this.seen.push(message.msgId);
  }
  gap(gap: FeedGap): void {
    this.seen.push(`gap ${gap.reason} ${gap.missed} ${gap.lengthMs}`);
  }
  state(): void {}
  whenLogged(run: () => void): void {
    run();
  }
  turnEnd(): void {
    this.turns++;
  }
}

function setup(queueMax: number): { clock: VirtualClock; target: Recorder; ingest: Ingest } {
  const clock = new VirtualClock();
  const target = new Recorder();
  return { clock, target, ingest: new Ingest({ clock, target, queueMax }) };
}

test('messages come out in the order in which they went in, one turn for what arrived together', () => {
  const { clock, target, ingest } = setup(10);
  for (let id = 1; id <= 3; id++) assert.ok(ingest.offer(raw(id)));
  assert.deepEqual(target.seen, []);
  clock.advance(0);
  assert.deepEqual(target.seen, ['1', '2', '3']);
  assert.equal(target.turns, 1);
});

test('a full queue refuses, and a waiting feed is called when half of it is free', () => {
  const { clock, ingest } = setup(4);
  for (let id = 1; id <= 4; id++) assert.ok(ingest.offer(raw(id)));
  assert.equal(ingest.offer(raw(5)), false);
  let resumed = 0;
  ingest.whenSpace(() => resumed++);
  clock.advance(0);
  assert.equal(resumed, 1);
  assert.ok(ingest.offer(raw(5)));
  assert.deepEqual(ingest.counters.read(), { offered: 5, accepted: 5, lost: 0, waits: 1, turns: 1 });
});

test('what a feed had to let go of stands in the stream as a gap, where it was lost', () => {
  const { clock, target, ingest } = setup(2);
  ingest.offer(raw(1));
  ingest.offer(raw(2));
  assert.equal(ingest.offer(raw(3)), false);
  ingest.lost(1);
  assert.equal(ingest.offer(raw(4)), false);
  ingest.lost(1);
  clock.advance(0);
  ingest.offer(raw(5));
  clock.advance(0);
  assert.deepEqual(target.seen, ['1', '2', 'gap overload 2 0', '5']);
});

test('a gap that finds the queue full is told later, with its length', () => {
  const { clock, target, ingest } = setup(1);
  ingest.offer(raw(1));
  ingest.gap({ reason: 'upstream-lost', at: 0, lengthMs: 1500, missed: 0 });
  ingest.gap({ reason: 'silence', at: 0, lengthMs: 500, missed: 2 });
  clock.advance(0);
  clock.advance(0);
  assert.deepEqual(target.seen, ['1', 'gap upstream-lost 2 2000']);
});

test('while the target admits nothing the queue waits, and goes on where it was', () => {
  const { clock, target, ingest } = setup(2);
  target.open = false;
  ingest.offer(raw(1));
  ingest.offer(raw(2));
  clock.advance(10);
  assert.deepEqual(target.seen, []);
  assert.equal(ingest.offer(raw(3)), false);
  target.open = true;
  ingest.resume();
  clock.advance(0);
  assert.deepEqual(target.seen, ['1', '2']);
});

test('a feed that acknowledges is told when its messages have been handed over, not before', () => {
  const { clock, target, ingest } = setup(4);
  ingest.offer(raw(1));
  ingest.whenLogged(() => target.seen.push('logged 1'));
  ingest.offer(raw(2));
  ingest.whenLogged(() => target.seen.push('logged 2'));
  assert.deepEqual(target.seen, []);
  clock.advance(0);
  assert.deepEqual(target.seen, ['1', '2', 'logged 1', 'logged 2']);
});

test('offered = accepted + lost, and nothing leaves the order, for random feeds', () => {
  for (let seed = 1; seed <= 100; seed++) {
    const random = seededRandom(seed);
    const { clock, target, ingest } = setup(1 + random.int(8));
    const expected: string[] = [];
    let lost = 0;
    for (let id = 1; id <= 200; id++) {
      if (ingest.offer(raw(id))) expected.push(String(id));
      else {
        ingest.lost(1);
        lost++;
      }
      if (random.chance(0.3)) clock.advance(0);
    }
    clock.advance(1);
    clock.advance(1);
    assert.deepEqual(
      target.seen.filter((entry) => !entry.startsWith('gap')),
      expected,
      `seed ${seed}`,
    );
    const told = target.seen.filter((entry) => entry.startsWith('gap')).map((entry) => Number(entry.split(' ')[2]));
    assert.equal(
      told.reduce((sum, count) => sum + count, 0),
      lost,
      `seed ${seed}`,
    );
    const { offered, accepted, lost: counted } = ingest.counters.read();
    assert.deepEqual([offered, counted], [accepted + lost, lost], `seed ${seed}`);
  }
});

test('a gap that waits is no message that waits', () => {
  const { clock, target, ingest } = setup(10);
  target.open = false;
  ingest.offer(raw(1));
  ingest.gap({ reason: 'upstream-lost', at: 0, lengthMs: 5, missed: 0 });
  ingest.offer(raw(2));
  clock.advance(10);
  assert.equal(ingest.queued, 2);
  target.open = true;
  ingest.resume();
  clock.advance(0);
  assert.equal(ingest.queued, 0);
  assert.deepEqual(target.seen, ['1', 'gap upstream-lost 0 5', '2']);
});

test('stopping hands over what waits, and takes nothing afterwards', async () => {
  const { clock, target, ingest } = setup(100);
  for (let id = 1; id <= 40; id++) ingest.offer(raw(id));
  const stopped = ingest.stop();
  clock.advance(10);
  await stopped;
  assert.equal(target.seen.length, 40);
  assert.equal(ingest.offer(raw(41)), false);
  ingest.lost(1);
  clock.advance(10);
  assert.equal(target.seen.length, 40);
});

test('stopping does not wait for a log that takes nothing', async () => {
  const { target, ingest, clock } = setup(10);
  ingest.offer(raw(1));
  target.open = false;
  await ingest.stop();
  target.open = true;
  ingest.resume();
  clock.advance(10);
  assert.deepEqual(target.seen, []);
});
