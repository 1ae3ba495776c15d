import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ringStream } from '../../test/support/ring-stream.ts';
import { ByteRing } from '../base/byte-ring.ts';
import type { Clock, Timer } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Link } from '../protocol/link.ts';
import { textFrame } from '../protocol/websocket-frame.ts';
import { Delivery } from './delivery.ts';

// What a delivery owes a gate that tells nothing while it rests, and that gate's side of it: nobody waits for good.

/** A clock on which writes take time. */
class BusyClock implements Clock {
  readonly world = new VirtualClock();
  #busyMs = 0;

  work(ms: number): void {
    this.#busyMs += ms;
  }
  /** The turn is over: its work moves the world's time. */
  settle(): void {
    const busyMs = this.#busyMs;
    this.#busyMs = 0;
    this.world.advance(busyMs);
  }
  wallMs(): number {
    return this.world.wallMs();
  }
  nowMs(): number {
    return this.world.nowMs() + this.#busyMs;
  }
  after(delayMs: number, run: () => void): Timer {
    return this.world.after(this.#busyMs + delayMs, run);
  }
  soon(run: () => void): void {
    this.after(0, run);
  }
}

class QuietRoom {
  readonly clock = new BusyClock();
  readonly delivery: Delivery;
  readonly #ring = new ByteRing({ recordsMax: 4096, segmentBytes: 4096, bytesMax: 4_194_304 });
  readonly received: number[];
  told = 0;
  untold = 0;
  /** Times that it was waited for. */
  waitedFor = 0;
  /** By how much the gate's clock is behind the delivery's, ms. */
  behindMs = 0;
  /** Whether it writes in the moment for which it is waited for. */
  quick = false;
  #passed = 1;
  #restUntilMs = 0;
  #toldOf = 1;

  constructor(connections: number, writeMs: number) {
    this.received = Array.from({ length: connections }, () => 0);
    this.delivery = new Delivery({
      clock: this.clock,
      room: 'room',
      stream: ringStream(this.#ring),
      gate: {
        sendable: () => this.#passed,
        settle: () => {
          this.waitedFor++;
          if (this.quick) this.#passed = this.#ring.head;
        },
        restUntil: (atMs) => {
          this.#restUntilMs = atMs;
          if (atMs === 0 && this.#toldOf !== this.#passed) this.clock.soon(() => this.#tell());
        },
      },
      snapshots: { snapshot: () => ({ seq: 0, bytes: textFrame('{"kind":"snapshot","epoch":"e","seq":0}') }) },
      heartbeat: () => '{"kind":"heartbeat"}',
    });
    for (let index = 0; index < connections; index++) this.delivery.attach(this.#link(index, writeMs), null);
    this.clock.settle();
  }

  get head(): number {
    return this.#ring.head;
  }

  publish(): void {
    const frame = textFrame(JSON.stringify({ kind: 'share', seq: this.#ring.head }));
    frame.copy(this.#ring.reserve(frame.length), this.#ring.writeOffset);
    this.#ring.commit(frame.length);
    this.delivery.wake();
    this.clock.settle();
  }

  /** The log has written up to here, and says so unless nobody asked it to. */
  pass(): void {
    this.#passed = this.#ring.head;
    if (this.clock.nowMs() - this.behindMs < this.#restUntilMs) this.untold++;
    else this.#tell();
    this.clock.settle();
  }

  passTime(ms: number): void {
    this.clock.world.advance(ms);
    this.clock.settle();
  }

  #tell(): void {
    this.told++;
    this.#toldOf = this.#passed;
    this.delivery.wake();
  }

  #link(index: number, writeMs: number): Link {
    return {
      write: (bytes) => {
        this.clock.work(writeMs);
        const texts = Buffer.from(bytes)
          .toString('latin1')
          .match(/"kind":"share"/g);
        this.received[index]! += texts?.length ?? 0;
      },
      pendingBytes: () => 0,
      ping: () => {},
      close: () => {},
    };
  }
}

test('a gate that tells nothing while a flush rests holds nobody up', () => {
  const seed = 20261123;
  const random = seededRandom(seed);
  const room = new QuietRoom(50, 0.02);
  for (let step = 0; step < 2_000; step++) {
    if (random.chance(0.6)) room.publish();
    if (random.chance(0.5)) room.pass();
    if (random.chance(0.5)) room.passTime(random.next() * 3);
    if (!random.chance(0.02)) continue;
    // A lull: nothing more comes, so nobody but the delivery itself can notice what passed in silence.
    room.pass();
    room.passTime(20);
    assert.deepEqual(new Set(room.received), new Set([room.head - 1]), `seed ${seed}, step ${step}`);
  }
  assert.ok(room.untold > 200, `${room.untold} times it said nothing`);
  assert.ok(room.told > 200, `${room.told} times it did`);
});

test('a gate whose clock is behind tells all the same once the rest is over', () => {
  const room = new QuietRoom(50, 0.02);
  room.passTime(100);
  room.publish();
  room.pass();
  // The rest, four milliseconds, is over; the gate does not know it yet.
  room.behindMs = 3;
  room.passTime(5);
  room.publish();
  room.pass();
  assert.deepEqual(new Set(room.received), new Set([2]));
});

test('after a rest the gate is waited for, and what it passes in that moment goes along', () => {
  const room = new QuietRoom(50, 0.02);
  room.passTime(100);
  room.publish();
  room.pass();
  assert.deepEqual(new Set(room.received), new Set([1]), 'sent at once, and now it rests');
  const waitedFor = room.waitedFor;
  room.publish();
  room.publish();
  room.quick = true;
  room.passTime(20);
  assert.deepEqual(new Set(room.received), new Set([3]), 'nobody said that it passed');
  assert.equal(room.waitedFor, waitedFor + 1);
});

test('a gate that is not quick enough holds back nothing of what has passed', () => {
  const room = new QuietRoom(50, 0.02);
  room.passTime(100);
  room.publish();
  room.pass();
  room.publish();
  room.pass();
  room.publish();
  room.passTime(20);
  assert.deepEqual(new Set(room.received), new Set([2]));
  room.pass();
  room.passTime(20);
  assert.deepEqual(new Set(room.received), new Set([3]));
});

test('a handful of dashboards never waits: their flushes do not rest', () => {
  const room = new QuietRoom(3, 0.02);
  for (let step = 0; step < 20; step++) {
    room.publish();
    room.pass();
    room.passTime(1);
  }
  assert.deepEqual([room.waitedFor, new Set(room.received)], [0, new Set([20])]);
});
