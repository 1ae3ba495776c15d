import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { Delivery } from '../../src/delivery/delivery.ts';
import { closeReasons, retryMsOf } from '../../src/protocol/close-codes.ts';
import { limits } from '../../src/protocol/limits.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// What every way from a room's ring to its dashboards promises: the law of delivery (src/delivery/delivery.ts), over a
// ring that is read where it is written, and over one that is followed from another thread.

function setup(
  implementation: DeliveryImplementation,
  recordsMax = 16,
  stalledBytesMax?: number,
  writeBytesMax?: number,
): { clock: VirtualClock; stream: DeliveryWorld; delivery: Delivery } {
  const stream = new DeliveryWorld(implementation, recordsMax, stalledBytesMax, writeBytesMax);
  return { clock: stream.clock, stream, delivery: stream.delivery };
}

/** Registers the tests of the contract for `implementation`. */
export function deliveryContract(implementation: DeliveryImplementation): void {
  greets(implementation);
  heals(implementation);
  waits(implementation);
  closes(implementation);
  goes(implementation);
}

function greets(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: a new connection gets hello, a snapshot, and then every event once and in order`, () => {
    const { stream, delivery } = setup(implementation);
    stream.publish();
    const link = new FakeLink();
    delivery.attach(link, null);
    stream.settle();
    stream.publish();
    stream.publish();
    delivery.wake();
    assert.deepEqual(link.kinds(), ['hello', 'snapshot', 'share', 'share']);
    assert.deepEqual(link.seqs(), [2, 3]);
  });

  test(`${name}: everything that is ready goes out in one write`, () => {
    const { stream, delivery } = setup(implementation);
    const link = new FakeLink();
    delivery.attach(link, null);
    stream.settle();
    const before = link.writes;
    for (let n = 0; n < 5; n++) stream.publish();
    delivery.wake();
    assert.equal(link.writes - before, 1);
    assert.equal(link.seqs().length, 5);
  });

  test(`${name}: a resume within the ring gets what it missed and no snapshot`, () => {
    const { stream, delivery } = setup(implementation);
    for (let n = 0; n < 5; n++) stream.publish();
    const link = new FakeLink();
    delivery.attach(link, { epoch: 'epoch', seq: 2 });
    assert.deepEqual(link.kinds(), ['hello', 'share', 'share', 'share']);
    assert.equal(link.frames[0]!['resumed'], true);
    assert.deepEqual(link.seqs(), [3, 4, 5]);
  });

  for (const [what, since] of [
    ['from another epoch', { epoch: 'other', seq: 2 }],
    ['from before the ring', { epoch: 'epoch', seq: 1 }],
    ['from the future', { epoch: 'epoch', seq: 99 }],
  ] as const)
    test(`${name}: a resume ${what} is all or nothing: a snapshot`, () => {
      const { stream, delivery } = setup(implementation, 4);
      for (let n = 0; n < 9; n++) stream.publish();
      const link = new FakeLink();
      delivery.attach(link, since);
      stream.settle();
      assert.deepEqual(link.kinds(), ['hello', 'snapshot']);
      assert.equal(link.frames[0]!['resumed'], false);
      assert.equal(delivery.counters.get('resumeRefused'), 1);
    });
}

function heals(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: a reader that falls behind is told how many it missed and goes on behind the snapshot, never before it`, () => {
    const { clock, stream, delivery } = setup(implementation, 8);
    const slow = new FakeLink();
    const fast = new FakeLink();
    delivery.attach(slow, null);
    delivery.attach(fast, null);
    stream.settle();
    slow.stuck = true;
    for (let n = 0; n < 20; n++) {
      stream.publish();
      delivery.wake();
    }
    assert.equal(fast.seqs().length, 20, 'nobody waits for the slow one');
    slow.unstick();
    clock.advance(100);
    assert.deepEqual(slow.kinds().slice(2), ['share', 'lagged', 'snapshot']);
    assert.deepEqual(slow.frames.at(-2), { kind: 'lagged', missed: 19, from: 2, to: 20 });
    assert.equal(slow.frames.at(-1)!['seq'], 20);
    stream.publish();
    delivery.wake();
    assert.deepEqual(slow.seqs(), [1, 21]);
  });
}

function waits(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: nothing passes the gate early, and a snapshot waits for its position to pass`, () => {
    const { stream, delivery } = setup(implementation);
    stream.pass(1);
    stream.publish();
    stream.publish();
    const link = new FakeLink();
    delivery.attach(link, null);
    stream.settle();
    assert.deepEqual(link.kinds(), ['hello']);
    stream.publish();
    stream.pass(3);
    delivery.wake();
    stream.settle();
    assert.deepEqual(link.kinds(), ['hello', 'snapshot']);
    assert.equal(link.frames[1]!['seq'], 2);
    stream.pass(4);
    delivery.wake();
    assert.deepEqual(link.seqs(), [3]);
  });

  test(`${name}: who waits for its first snapshot while the ring runs on gets that snapshot, and is told of no loss`, () => {
    const { clock, stream, delivery } = setup(implementation, 8);
    stream.pass(1);
    stream.publish();
    const link = new FakeLink();
    delivery.attach(link, null);
    for (let count = 0; count < 20; count++) stream.publish();
    clock.advance(10);
    assert.deepEqual(link.kinds(), ['hello']);
    stream.pass(stream.head);
    delivery.wake();
    clock.advance(10);
    assert.deepEqual(link.kinds(), ['hello', 'snapshot']);
    assert.equal(delivery.counters.get('missed'), 0);
  });

  test(`${name}: a log that is always a little behind keeps nobody waiting for a snapshot`, () => {
    const { clock, stream, delivery } = setup(implementation, 256);
    const links: FakeLink[] = [];
    for (let n = 0; n < 100; n++) {
      stream.publish();
      stream.pass(Math.max(1, stream.head - 30));
      delivery.wake();
      const link = new FakeLink();
      if (n % 10 === 0) delivery.attach(link, null);
      if (n % 10 === 0) links.push(link);
      clock.advance(10);
    }
    const waiting = links.slice(0, -4).filter((link) => !link.kinds().includes('snapshot'));
    assert.equal(waiting.length, 0, 'all but the last have theirs');
  });

  test(`${name}: a thousand who return together cost one snapshot`, () => {
    const { stream, delivery } = setup(implementation);
    stream.publish();
    for (let n = 0; n < 1000; n++) delivery.attach(new FakeLink(), null);
    stream.settle();
    assert.equal(delivery.counters.get('snapshotsMade'), 1);
    assert.equal(delivery.counters.get('snapshotsSent'), 1000);
  });
}

function closes(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: a connection that takes nothing for the stall limit is closed and may come back`, () => {
    const { clock, stream, delivery } = setup(implementation);
    const link = new FakeLink();
    delivery.attach(link, null);
    stream.settle();
    link.stuck = true;
    stream.publish();
    delivery.wake();
    for (let at = 0; at <= limits.stallMs.value + 2000 && link.closed === null; at += 1000) {
      clock.advance(1000);
      (link as { alive?: boolean }).alive = true;
      if (at < limits.pongMs.value) assert.equal(link.closed, null);
    }
    assert.ok(link.closed === 4000 || link.closed === 4001, `closed with ${link.closed}`);
    assert.equal(delivery.size, 0);
  });

  test(`${name}: sockets that stall hold no more memory than their limit: who holds the oldest is closed, and may return`, () => {
    const { clock, stream, delivery } = setup(implementation, 16, 4096);
    const links: FakeLink[] = [];
    for (let n = 0; n < 12; n++) {
      const link = new FakeLink();
      links.push(link);
      delivery.attach(link, null);
      stream.settle();
      link.stuck = true;
      // Frames that nearly fill a segment: each link stalls on one of its own.
      for (let frames = 0; frames < 17; frames++) {
        stream.publish('x'.repeat(900));
        delivery.wake();
      }
    }
    assert.ok(stream.outsideBytes > 4096, `${stream.outsideBytes} bytes are kept for them`);
    clock.advance(1000);
    assert.ok(stream.outsideBytes <= 4096, `${stream.outsideBytes} bytes are kept for them`);
    const closed = links.filter((link) => link.closed !== null);
    assert.deepEqual(closed, links.slice(0, closed.length), 'the oldest');
    assert.ok(closed.length > 0 && closed.every((link) => link.closed === 4000));
    assert.equal(delivery.counters.get('stalledBytes'), stream.outsideBytes);
    for (const link of links) link.unstick();
    clock.advance(1000);
    assert.equal(stream.outsideBytes, 0, 'who has drained holds nothing');
  });

  test(`${name}: how far connections are behind is recorded for all of them, once a second`, () => {
    const { clock, stream, delivery } = setup(implementation, 64);
    const links = [new FakeLink(), new FakeLink(), new FakeLink()];
    for (const link of links) delivery.attach(link, null);
    stream.settle();
    links[0]!.stuck = true;
    for (let n = 0; n < 11; n++) {
      stream.publish();
      delivery.wake();
    }
    delivery.flush();
    const before = delivery.lag.count;
    clock.advance(1000);
    assert.deepEqual([delivery.lag.count - before, delivery.counters.get('lagEventsMax')], [3, 10]);
  });
}

function goes(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: who is sent away together is told to come back at different times`, () => {
    const { stream, delivery } = setup(implementation);
    const links = Array.from({ length: 5 }, () => new FakeLink());
    for (const link of links) delivery.attach(link, null);
    stream.settle();
    delivery.close(closeReasons.goingAway);
    const told = links.map((link) => retryMsOf(link.closedBecause)!);
    assert.deepEqual(told, [500, 501, 501, 502, 502]);
  });

  test(`${name}: a quiet connection is pinged, kept while it answers, and closed when it does not`, () => {
    const { clock, delivery } = setup(implementation);
    const alive = new FakeLink();
    const dead = new FakeLink();
    const attachment = delivery.attach(alive, null);
    delivery.attach(dead, null);
    for (let second = 0; second < 90; second++) {
      clock.advance(1000);
      if (alive.pings > 0) attachment.alive();
    }
    assert.equal(alive.closed, null);
    assert.equal(dead.closed, 4001);
    assert.ok(
      alive.kinds().filter((kind) => kind === 'heartbeat').length >= 10,
      'heartbeats keep the age of data honest',
    );
  });

  test(`${name}: a heartbeat comes every five seconds however much else is sent, and to a crowd in five parts`, () => {
    const { clock, stream, delivery } = setup(implementation);
    const readers = Array.from({ length: 20 }, () => new FakeLink());
    const attachments = readers.map((link) => delivery.attach(link, null));
    const beatsBySecond: string[] = [];
    for (let second = 0; second < 60; second++) {
      for (let part = 0; part < 10; part++) {
        clock.advance(100);
        stream.publish();
        delivery.wake();
        for (const [index, link] of readers.entries()) link.pong(attachments[index]!);
      }
      const beaten = readers.flatMap((link, index) => (link.kinds().includes('heartbeat') ? [index % 5] : []));
      beatsBySecond.push(beaten.join(''));
      for (const link of readers) link.frames.length = 0;
    }
    // Once each had its first: a fifth of them every second, and the same ones again five seconds later.
    const rounds = Array.from({ length: 11 }, () => ['0000', '1111', '2222', '3333', '4444']);
    assert.deepEqual(beatsBySecond.slice(4, -1), rounds.flat());
  });

  test(`${name}: leaving twice, or after being closed, is leaving once`, () => {
    const { delivery } = setup(implementation);
    const links = [new FakeLink(), new FakeLink(), new FakeLink()];
    const attachments = links.map((link) => delivery.attach(link, null));
    attachments[0]!.detached();
    attachments[0]!.detached();
    assert.equal(delivery.size, 2);
    delivery.close({ code: 1001, reason: 'bye', reconnect: true });
    attachments[2]!.detached();
    assert.equal(delivery.size, 0);
    assert.deepEqual(
      links.map((link) => link.closed),
      [null, 1001, 1001],
    );
  });
}
