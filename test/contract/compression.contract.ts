import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/protocol/limits.ts';
import { textFrame } from '../../src/protocol/websocket-frame.ts';
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

  test(`${name}: what crosses segments of the ring is compressed once as well, and nobody who takes it falls out`, () => {
    const stream = new DeliveryWorld(implementation, 64);
    const { clock, delivery } = stream;
    const links = [new FakeLink(true), new FakeLink(true), new FakeLink(true)];
    const attachments = links.map((link) => delivery.attach(link, null));
    stream.settle();
    const before = delivery.counters.read();
    // Segments have 1,024 bytes: nearly every flush begins in one and ends in the next.
    for (let flush = 0; flush < 10; flush++) {
      for (let n = 0; n < 3; n++) stream.publish('x'.repeat(200));
      delivery.flush();
      clock.advance(10);
      for (const [index, link] of links.entries()) link.pong(attachments[index]!);
    }
    const { deflatedIn } = delivery.counters.read();
    assert.equal(deflatedIn - before.deflatedIn, eventBytes(links[0]!));
    assert.deepEqual(
      links.map((link) => [link.seqs().length, link.compressed]),
      links.map(() => [30, 31]),
    );
  });
}

/** Bytes of the events that a link was sent, as plain frames. */
function eventBytes(link: FakeLink): number {
  const events = link.frames.filter((frame) => frame['kind'] === 'share');
  return events.reduce((sum, event) => sum + textFrame(JSON.stringify(event)).length, 0);
}
