import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/protocol/limits.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// How much a connection that is far behind is given at once (writeBytesMax), and when who was not given all has more.

/** Segments have 1,024 bytes: two of them are one flush. */
function setup(implementation: DeliveryImplementation): DeliveryWorld {
  return new DeliveryWorld(implementation, 64, limits.stalledBytesMax.value, 2048);
}

/** Registers the tests of the limit for `implementation`. */
export function writeLimitContract(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: who is far behind is given writeBytesMax in a flush and the rest in those that follow, and nobody waits`, () => {
    const stream = setup(implementation);
    const { clock, delivery } = stream;
    const near = new FakeLink();
    delivery.attach(near, null);
    stream.settle();
    for (let n = 0; n < 30; n++) {
      stream.publish('x'.repeat(400));
      delivery.flush();
    }
    const far = new FakeLink();
    const attachment = delivery.attach(far, { epoch: 'epoch', seq: 4 });
    const given = far.seqs().length;
    assert.ok(given > 0 && given <= 4, `${given} events of 450 bytes`);
    stream.publish();
    delivery.flush();
    assert.equal(near.seqs().at(-1), 31, 'who is not behind has what is new with the same flush');
    assert.ok(far.seqs().length > given && far.seqs().length <= 2 * 4, `${far.seqs().length} events`);
    clock.advance(0);
    assert.deepEqual([far.seqs().length, attachment.pending], [27, 0], 'nothing else happened that brought the rest');
  });

  test(`${name}: at the end of the house everybody who can take it is sent all that is ready`, () => {
    const stream = setup(implementation);
    const { delivery } = stream;
    const links = [new FakeLink(), new FakeLink(true), new FakeLink()];
    for (const link of links) delivery.attach(link, null);
    stream.settle();
    links[2]!.stuck = true;
    for (let n = 0; n < 20; n++) stream.publish('x'.repeat(400));
    delivery.flushAll();
    assert.deepEqual(
      links.map((link) => link.seqs().length),
      [20, 20, 0],
    );
  });

  test(`${name}: who could not take all is tried again soon, however long the others have kept up or stalled`, () => {
    const stream = setup(implementation);
    const { clock, delivery } = stream;
    const [stuck, slow] = [new FakeLink(), new FakeLink()];
    for (const link of [stuck, slow]) delivery.attach(link, null);
    stream.settle();
    const keepUp = (): void => {
      for (let n = 0; n < 10; n++) {
        stream.publish();
        delivery.flush();
        clock.advance(100);
      }
    };
    const drainSoon = (): void => {
      slow.stuck = true;
      stream.publish();
      delivery.flush();
      slow.unstick();
      stream.publish();
      clock.advance(10);
      assert.equal(slow.seqs().at(-1), stream.head - 1, 'nothing but the retry brought it');
    };
    keepUp();
    drainSoon();
    stuck.stuck = true;
    keepUp();
    drainSoon();
  });
}
