import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/protocol/limits.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// What compression promises beside the law of delivery, which holds for compressed frames as for plain ones.

/** Registers the tests of compression for `implementation`. */
export function compressionContract(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: what is ready is compressed once for all who take it and keep up; others get it plain`, () => {
    const stream = new DeliveryWorld(implementation, 64);
    const { delivery } = stream;
    const taking = [new FakeLink(true), new FakeLink(true), new FakeLink(true)];
    const plain = new FakeLink();
    for (const link of [...taking, plain]) delivery.attach(link, null);
    stream.settle();
    const { deflatedIn } = delivery.counters.read();
    for (let n = 0; n < 10; n++) {
      stream.publish('like the one before '.repeat(10));
      delivery.flush();
    }
    for (const link of [...taking, plain]) assert.deepEqual(link.seqs(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    assert.deepEqual([plain.compressed, ...taking.map((link) => link.compressed)], [0, 11, 11, 11]);
    const { deflatedIn: after, deflatedOut, bytesSaved, bytes } = delivery.counters.read();
    assert.ok(after - deflatedIn < 10 * 300, 'once for all of them');
    assert.ok(deflatedOut < after / 2 && bytesSaved > bytes / 2);
  });

  test(`${name}: who comes into a running stream of compressed frames gets plain ones until the next begins`, () => {
    const stream = new DeliveryWorld(implementation, 64);
    const { clock, delivery } = stream;
    const first = new FakeLink(true);
    delivery.attach(first, null);
    stream.settle();
    stream.publish('x'.repeat(100));
    delivery.flush();
    clock.advance(limits.snapshotAgeMsMax.value + 1);
    const second = new FakeLink(true);
    delivery.attach(second, null);
    stream.settle();
    const { compressed } = second;
    stream.publish('x'.repeat(100));
    delivery.flush();
    assert.deepEqual([second.seqs(), second.compressed], [[2], compressed]);
    clock.advance(limits.compressGenerationMs.value + 1);
    stream.publish('x'.repeat(100));
    delivery.flush();
    assert.deepEqual([second.seqs(), second.compressed, first.seqs()], [[2, 3], compressed + 1, [1, 2, 3]]);
  });
}
