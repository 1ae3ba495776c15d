import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryAttachment } from '../../src/delivery/delivery.ts';
import { limits } from '../../src/protocol/limits.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// A flush that is too long for one turn of the loop: what it promises beside the law of delivery, which holds for it as
// well (delivery-law.contract.ts walks through it at random).

const writeMs = 1;

interface Crowd {
  readonly stream: DeliveryWorld;
  readonly links: readonly FakeLink[];
  readonly attachments: readonly DeliveryAttachment[];
}

/** A crowd that has seen everything so far, and to each of whom a write takes a millisecond. */
function crowd(implementation: DeliveryImplementation, size: number, deflates = false): Crowd {
  const stream = new DeliveryWorld(implementation, 64);
  const links = Array.from({ length: size }, () => new FakeLink(deflates));
  const attachments = links.map((link) => stream.delivery.attach(link, null));
  stream.settle();
  stream.clock.advance(100);
  for (const link of links) link.onWrite = () => stream.clock.spend(writeMs);
  return { stream, links, attachments };
}

function served(links: readonly FakeLink[], seq: number): number {
  return links.filter((link) => link.seqs().includes(seq)).length;
}

/** Registers the tests of long flushes for `implementation`. */
export function rollingFlushContract(implementation: DeliveryImplementation): void {
  rolls(implementation);
  comesAndGoes(implementation);
  tells(implementation);
  shares(implementation);
}

function rolls(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: a flush to many lets the loop turn, and what is published meanwhile rides along`, () => {
    const { stream, links } = crowd(implementation, 40);
    stream.publish();
    stream.delivery.wake();
    const first = served(links, 1);
    assert.ok(first >= limits.flushTurnMsMax.value && first < 20, `${first} of 40 were served in the first turn`);
    stream.publish();
    stream.delivery.wake();
    const writes = links.map((link) => link.writes);
    stream.clock.step();
    const second = served(links, 2);
    assert.ok(second >= limits.flushTurnMsMax.value && second < 20, `${second} of 40 were served in the second turn`);
    assert.equal(served(links, 1), first + second);
    const rider = links.findIndex((link) => link.seqs().includes(2));
    assert.deepEqual([links[rider]!.seqs(), links[rider]!.writes - writes[rider]!], [[1, 2], 1], 'both in one write');
    stream.clock.advance(100);
    stream.clock.advance(100);
    for (const link of links) assert.deepEqual(link.seqs(), [1, 2]);
  });

  test(`${name}: nobody waits for more than a round, wherever in it an event comes`, () => {
    const { stream, links } = crowd(implementation, 40);
    stream.publish();
    stream.delivery.wake();
    while (served(links, 1) < 20) stream.clock.step();
    const startMs = stream.clock.nowMs();
    stream.publish();
    stream.delivery.wake();
    const roundMs = 40 * writeMs + limits.flushIntervalMsMax.value + limits.flushTurnMsMax.value * 2;
    while (served(links, 2) < 40) {
      assert.ok(stream.clock.nowMs() - startMs <= roundMs, `${served(links, 2)} of 40 after ${roundMs} ms`);
      stream.clock.step();
    }
  });
}

function comesAndGoes(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: who leaves in the middle of a round takes nobody's turn along`, () => {
    for (const leaves of [0, 3, 7, 8, 12, 39]) {
      const { stream, links, attachments } = crowd(implementation, 40);
      stream.publish();
      stream.delivery.wake();
      attachments[leaves]!.detached();
      stream.clock.advance(100);
      const stay = links.filter((_, index) => index !== leaves);
      assert.equal(served(stay, 1), 39, `when number ${leaves} leaves`);
      assert.equal(Math.max(...stay.map((link) => link.seqs().length)), 1);
    }
  });

  test(`${name}: who comes in the middle of a round is served in it`, () => {
    const { stream, links } = crowd(implementation, 40);
    stream.publish();
    stream.delivery.wake();
    const late = new FakeLink();
    stream.delivery.attach(late, { epoch: 'epoch', seq: 0 });
    stream.clock.advance(100);
    assert.deepEqual(late.seqs(), [1]);
    assert.equal(served(links, 1), 40);
  });

  test(`${name}: who says in the middle of a round that it has read everything is served soon, whatever else comes`, () => {
    const { stream, links, attachments } = crowd(implementation, 40);
    const { clock, delivery } = stream;
    const [sleeper] = links;
    clock.advance(limits.unreadMs.value);
    while (sleeper!.pings === 0) {
      stream.publish('x'.repeat(600));
      delivery.wake();
      clock.advance(100);
      for (const [index, link] of links.entries()) if (index > 0) link.pong(attachments[index]!);
    }
    assert.equal(attachments[0]!.pending, 0, 'it is up to date, and has a second to say so');
    clock.advance(limits.unreadMs.value);
    stream.publish();
    delivery.wake();
    assert.equal(attachments[0]!.pending, 1, 'it is left alone');
    sleeper!.pong(attachments[0]!);
    clock.advance(200);
    assert.equal(attachments[0]!.pending, 0);
  });
}

function tells(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: heartbeats tell everybody where they are themselves, in the middle of a round too`, () => {
    const { stream, links } = crowd(implementation, 40);
    stream.publish();
    stream.delivery.wake();
    stream.delivery.announce();
    const isBeat = (frame: Record<string, unknown>): boolean => frame['kind'] === 'heartbeat';
    assert.ok(links.some((link) => link.frames.some(isBeat)) && served(links, 1) < 40, 'in the middle');
    stream.clock.advance(150);
    for (const { frames } of links) {
      const told = frames.flatMap((frame, index) => (isBeat(frame) ? [index] : []));
      assert.ok(told.length > 0, 'everybody is told');
      for (const index of told) {
        const sent = frames.slice(0, index).filter((frame) => frame['kind'] === 'share').length;
        assert.equal(frames[index]!['seq'], sent);
      }
    }
  });

  test(`${name}: heartbeats to many let the loop turn`, () => {
    const { stream, links } = crowd(implementation, 40);
    const beats = (): number => stream.delivery.counters.get('heartbeats');
    stream.delivery.announce();
    for (let told = 0; told < 40;) {
      const inTurn = beats() - told;
      assert.ok(inTurn <= 2 * limits.flushTurnMsMax.value, `${inTurn} in one turn`);
      told = beats();
      assert.ok(told === 40 || stream.clock.step());
    }
    for (const link of links) assert.equal(link.kinds().filter((kind) => kind === 'heartbeat').length, 1);
  });

  test(`${name}: who leaves while heartbeats are under way takes nobody's along, and a second change reaches all`, () => {
    const { stream, links, attachments } = crowd(implementation, 40);
    stream.delivery.announce();
    for (const leaves of [39, 0, 20]) attachments[leaves]!.detached();
    stream.delivery.announce();
    stream.clock.advance(200);
    const stay = links.filter((_, index) => ![39, 0, 20].includes(index));
    const told = stay.map((link) => link.kinds().filter((kind) => kind === 'heartbeat').length);
    assert.ok(Math.min(...told) >= 1, told.join(' '));
    assert.ok(Math.max(...told) <= 2, told.join(' '));
  });

  test(`${name}: who was behind when the source's state changed is told once they have caught up`, () => {
    const stream = new DeliveryWorld(implementation, 64);
    const link = new FakeLink();
    stream.delivery.attach(link, null);
    stream.settle();
    stream.clock.advance(1500);
    const beats = (): number => link.kinds().filter((kind) => kind === 'heartbeat').length;
    const before = beats();
    link.stuck = true;
    stream.publish();
    stream.delivery.wake();
    stream.delivery.announce();
    link.unstick();
    assert.equal(beats(), before);
    stream.clock.advance(1000);
    assert.equal(beats(), before + 1);
  });
}

function shares(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: what is compressed for a round is compressed once, wherever its turns begin and end`, () => {
    const { stream, links } = crowd(implementation, 40, true);
    const padding = 'like the one before '.repeat(6);
    const before = stream.delivery.counters.read();
    for (let n = 0; n < 30; n++) {
      stream.publish(padding);
      stream.delivery.wake();
      stream.clock.step();
    }
    for (let n = 0; n < 5; n++) stream.clock.advance(100);
    for (const link of links) assert.equal(link.seqs().length, 30);
    const frames = links[0]!.frames.filter((frame) => frame['kind'] === 'share');
    const bytes = frames.reduce((sum, frame) => sum + JSON.stringify(frame).length + 2 + 2, 0);
    const { deflatedIn } = stream.delivery.counters.read();
    assert.ok(deflatedIn - before.deflatedIn <= bytes, `${deflatedIn - before.deflatedIn} of ${bytes} bytes`);
    const compressed = links.map((link) => link.compressed - links[0]!.compressed);
    assert.deepEqual(new Set(compressed), new Set([0]), 'nobody fell out of the stream');
  });

  test(`${name}: the end of the house is one turn, whatever was under way`, () => {
    const { stream, links } = crowd(implementation, 40);
    stream.publish();
    stream.delivery.wake();
    stream.publish();
    stream.delivery.flush();
    for (const link of links) assert.deepEqual(link.seqs(), [1, 2]);
    stream.delivery.close({ code: 1001, reason: 'bye', reconnect: true });
    stream.clock.advance(100);
    for (const link of links) assert.deepEqual(link.seqs(), [1, 2]);
  });
}
