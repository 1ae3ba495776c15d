import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DeliveryAttachment } from '../../src/delivery/delivery.ts';
import { limits } from '../../src/protocol/limits.ts';
import { anyMark } from '../../src/protocol/link.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// What is done about a dashboard whose socket takes everything, and who does not read it (src/delivery/read-window.ts).

function setup(implementation: DeliveryImplementation): DeliveryWorld {
  return new DeliveryWorld(implementation, 16);
}

/** An event of a few hundred bytes, and the time for it to be sent. */
function publishSome(world: DeliveryWorld, padding = ''): void {
  world.publish(padding);
  world.delivery.wake();
  world.clock.advance(5);
}

/** A connection that has just been asked what it has read of more than unreadBytesMin. */
function askedOne(implementation: DeliveryImplementation): {
  readonly world: DeliveryWorld;
  readonly link: FakeLink;
  readonly attachment: DeliveryAttachment;
} {
  const world = setup(implementation);
  const link = new FakeLink();
  const attachment = world.delivery.attach(link, null);
  world.settle();
  world.clock.advance(limits.unreadMs.value);
  while (link.pings === 0) publishSome(world, 'x'.repeat(600));
  assert.ok(world.delivery.counters.get('bytes') >= limits.unreadBytesMin.value);
  return { world, link, attachment };
}

/** Registers the tests of the contract for `implementation`. */
export function readWindowContract(implementation: DeliveryImplementation): void {
  holds(implementation);
  bounds(implementation);
  paces(implementation);
}

function holds(implementation: DeliveryImplementation): void {
  const { name } = implementation;

  test(`${name}: who has not read what was sent a second ago is sent no more until it has, and then goes on`, () => {
    const { world, link, attachment } = askedOne(implementation);
    const { clock, delivery } = world;
    publishSome(world);
    assert.equal(attachment.pending, 0, 'it has a second to answer');
    clock.advance(limits.unreadMs.value);
    const before = link.seqs().length;
    for (let n = 0; n < 5; n++) publishSome(world);
    assert.equal(link.seqs().length, before, 'its socket takes everything, and it is sent nothing');
    assert.deepEqual([delivery.counters.get('held'), attachment.pending], [1, 5]);
    link.pong(attachment);
    clock.advance(10);
    assert.equal(link.seqs().length, before + 5);
    assert.deepEqual([delivery.counters.get('held'), attachment.pending], [0, 0]);
    assert.ok(!link.kinds().includes('lagged'));
  });

  test(`${name}: who reads too late for the ring is told what it missed, and gets a snapshot`, () => {
    const { world, link, attachment } = askedOne(implementation);
    const { clock } = world;
    clock.advance(limits.unreadMs.value);
    for (let n = 0; n < 40; n++) publishSome(world);
    link.pong(attachment);
    clock.advance(10);
    world.settle();
    clock.advance(10);
    assert.deepEqual(link.kinds().slice(-2), ['lagged', 'snapshot']);
    assert.equal(link.frames.at(-2)!['missed'], 40);
  });

  test(`${name}: a pong that nobody asked for, or for another ping, is a sign of life and no more`, () => {
    const { world, link, attachment } = askedOne(implementation);
    const { clock } = world;
    clock.advance(limits.unreadMs.value);
    const before = link.seqs().length;
    attachment.alive();
    attachment.alive(link.marks[0]! + 1);
    publishSome(world);
    assert.equal(link.seqs().length, before);
    link.pong(attachment);
    clock.advance(10);
    assert.equal(link.seqs().length, before + 1);
  });
}

function bounds(implementation: DeliveryImplementation): void {
  const { name } = implementation;

  test(`${name}: an empty pong answers whatever was asked`, () => {
    const { world, link, attachment } = askedOne(implementation);
    world.clock.advance(limits.unreadMs.value);
    const before = link.seqs().length;
    publishSome(world);
    attachment.alive(anyMark);
    world.clock.advance(10);
    assert.equal(link.seqs().length, before + 1);
  });

  test(`${name}: nobody is sent more than unreadBytesMax beyond what it has read`, () => {
    const world = setup(implementation);
    const { clock, delivery } = world;
    const link = new FakeLink();
    const attachment = delivery.attach(link, null);
    world.settle();
    clock.advance(limits.unreadMs.value);
    const sent = (): number => delivery.counters.get('bytes');
    let answeredBytes = 0;
    for (let answers = 0; answers < 3; answers++) {
      const [atMs, before] = [clock.nowMs(), sent()];
      while (delivery.counters.get('held') === 0) {
        for (let n = 0; n < 4; n++) world.publish('x'.repeat(800));
        delivery.flush();
        assert.ok(sent() < 100_000_000, 'it is held at some point');
      }
      assert.equal(clock.nowMs(), atMs, 'no time has passed: it is what it was sent that counts');
      assert.ok(sent() > before, 'an answer lets more come');
      assert.ok(sent() <= answeredBytes + limits.unreadBytesMax.value + limits.writeBytesMax.value, `${sent()} bytes`);
      answeredBytes = sent();
      link.pong(attachment);
      delivery.flush();
    }
    assert.ok(sent() >= limits.unreadBytesMax.value, 'not sooner');
  });

  test(`${name}: who has been given as much as there may be unread is asked at once, and not with the next event`, () => {
    const world = setup(implementation);
    const { clock, delivery } = world;
    const link = new FakeLink();
    const attachment = delivery.attach(link, null);
    world.settle();
    const atMs = clock.nowMs();
    while (delivery.counters.get('bytes') < limits.unreadBytesMax.value) {
      assert.equal(link.pings, 0);
      world.publish('x'.repeat(800));
      delivery.flush();
    }
    assert.deepEqual([link.pings, clock.nowMs() - atMs], [1, 0]);
    link.pong(attachment);
    publishSome(world);
    assert.equal(attachment.pending, 0);
  });
}

function paces(implementation: DeliveryImplementation): void {
  const { name } = implementation;

  test(`${name}: a crowd is asked bit by bit`, () => {
    const world = setup(implementation);
    const { clock, delivery } = world;
    const links = Array.from({ length: 100 }, () => new FakeLink());
    const attachments = links.map((link) => delivery.attach(link, null));
    world.settle();
    clock.advance(limits.unreadMs.value);
    const pings = (): number => links.reduce((sum, link) => sum + link.pings, 0);
    while (pings() === 0) publishSome(world, 'x'.repeat(600));
    let flushes = 1;
    for (; pings() < links.length; flushes++) {
      const before = pings();
      publishSome(world);
      assert.ok(pings() > before && pings() - before <= 4, `${pings() - before} in one flush`);
      for (const [index, link] of links.entries()) link.pong(attachments[index]!);
    }
    assert.equal(flushes, 25);
  });

  test(`${name}: who pings, but reads nothing, is closed`, () => {
    const { world, link, attachment } = askedOne(implementation);
    const { clock } = world;
    for (let ms = 0; ms < limits.stallMs.value + 2_000; ms += 1_000) {
      clock.advance(1_000);
      attachment.alive();
    }
    assert.equal(link.closed, 4000);
  });

  test(`${name}: who reads nothing is closed also where pongs to pings of its own pile up`, () => {
    const world = new DeliveryWorld(implementation, 64);
    const link = new FakeLink();
    const attachment = world.delivery.attach(link, null);
    world.settle();
    link.stuck = true;
    world.publish();
    world.delivery.wake();
    for (let second = 0; second <= limits.stallMs.value / 1_000 + 2; second++) {
      if (second % 15 === 0) link.write(Buffer.of(0x8a, 0));
      if (second % 15 === 0) attachment.alive();
      world.clock.advance(1_000);
    }
    assert.equal(link.closed, 4000);
  });
}
