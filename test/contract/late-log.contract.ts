import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// What a snapshot owes to whoever waits for one while the log is behind what is published.

const everyMs = 100;

/** Publishes every 100 ms for so long, with a log that is `lateMs` behind. */
function run(world: DeliveryWorld, forMs: number, lateMs: number): void {
  const late = lateMs / everyMs;
  for (let ms = 0; ms < forMs; ms += everyMs) {
    world.publish();
    world.pass(Math.max(1, world.sendable ?? 1, world.head - late));
    world.delivery.wake();
    world.clock.advance(everyMs);
  }
}

/** Registers the tests of a log that is late for `implementation`. */
export function lateLogContract(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: a log that stays more than a second behind keeps nobody waiting for longer than that`, () => {
    const world = new DeliveryWorld(implementation, 256);
    run(world, 5_000, 1_500);
    const links = Array.from({ length: 10 }, () => new FakeLink());
    for (const link of links) {
      world.delivery.attach(link, null);
      run(world, 700, 1_500);
    }
    run(world, 3_000 - 700, 1_500);
    const waiting = links.filter((link) => !link.kinds().includes('snapshot'));
    assert.equal(waiting.length, 0, `of ${links.length}`);
  });

  test(`${name}: a snapshot of long ago does not stand in for one that waits for a moment`, () => {
    const world = new DeliveryWorld(implementation, 256);
    run(world, 1_000, 0);
    world.delivery.attach(new FakeLink(), null);
    run(world, 10_000, 0);
    world.pass(world.head);
    world.publish();
    const link = new FakeLink();
    world.delivery.attach(link, null);
    world.clock.advance(10);
    assert.deepEqual(link.kinds(), ['hello']);
    world.pass(world.head);
    world.delivery.wake();
    world.clock.advance(10);
    assert.deepEqual(link.kinds(), ['hello', 'snapshot']);
    assert.equal(link.frames[1]!['seq'], world.head - 1);
  });
}
