import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { DeliveryAttachment } from '../../src/delivery/delivery.ts';
import { DeliveryWorld, type DeliveryImplementation, FakeLink } from '../support/delivery-world.ts';

// The law of delivery (src/delivery/delivery.ts), walked through at random.

/** Registers the tests of the law for `implementation`. */
export function deliveryLawContract(implementation: DeliveryImplementation): void {
  const { name } = implementation;
  test(`${name}: delivered + missed + pending = published, each in order, for random sockets that stick, sleep, leave and return`, () => {
    let held = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const writeBytesMax = seed % 2 === 0 ? 2048 : undefined;
      held += walk(implementation, seed, { readersMax: 8, writeMs: 0, writeBytesMax });
    }
    assert.ok(held > 0, 'some of them were held back');
  });

  test(`${name}: the same where a flush takes several turns, and dashboards come and go between them`, () => {
    let held = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const writeBytesMax = seed % 2 === 0 ? 2048 : undefined;
      held += walk(implementation, seed, { readersMax: 40, writeMs: 0.7, writeBytesMax });
    }
    assert.ok(held > 0, 'some of them were held back');
  });
}

interface Reader {
  readonly link: FakeLink;
  readonly attachment: DeliveryAttachment;
  /** Its socket takes bytes, and it reads none of them. */
  asleep: boolean;
}

interface Crowd {
  readonly readersMax: number;
  /** What a write takes, in milliseconds: with many of them a flush takes several turns. */
  readonly writeMs: number;
  readonly writeBytesMax: number | undefined;
}

/** Returns how often a reader was held back for not having read. */
function walk(implementation: DeliveryImplementation, seed: number, crowd: Crowd): number {
  const { readersMax, writeMs, writeBytesMax } = crowd;
  const random = seededRandom(seed);
  const stream = new DeliveryWorld(implementation, 1 << (2 + random.int(4)), undefined, writeBytesMax);
  const { clock, delivery } = stream;
  stream.pass(stream.head);
  const readers: Reader[] = [];
  let held = 0;
  for (let step = 0; step < 300; step++) {
    if (random.chance(readersMax / 80) && readers.length < readersMax) {
      const link = new FakeLink(random.chance(0.5));
      if (writeMs > 0) link.onWrite = () => clock.spend(writeMs);
      const since = random.chance(0.5) ? { epoch: 'epoch', seq: Math.max(0, stream.head - 1 - random.int(20)) } : null;
      readers.push({ link, attachment: delivery.attach(link, since), asleep: false });
    }
    for (let n = random.int(6); n > 0; n--) stream.publish('x'.repeat(random.int(600)));
    stream.pass(random.chance(0.7) ? stream.head : Math.max(stream.sendable ?? 0, stream.head - random.int(4)));
    const reader = readers[random.int(readers.length)];
    if (reader !== undefined && random.chance(0.3)) {
      if (reader.link.stuck) reader.link.unstick();
      else reader.link.stuck = true;
    }
    if (reader !== undefined && random.chance(0.1)) reader.asleep = !reader.asleep;
    for (const { link, attachment, asleep } of readers) if (!asleep && !link.stuck) link.pong(attachment);
    if (reader !== undefined && random.chance(readersMax / 400)) {
      reader.attachment.detached();
      readers.splice(readers.indexOf(reader), 1);
    }
    if (random.chance(0.8)) delivery.wake();
    clock.advance(random.int(40));
    held += delivery.counters.get('held');
  }
  stream.pass(stream.head);
  for (const reader of readers) reader.link.unstick();
  for (let n = 0; n < readersMax / 2; n++) {
    delivery.wake();
    clock.advance(100);
    for (const { link, attachment } of readers) link.pong(attachment);
  }
  for (const reader of readers) assertLaw(reader, stream.head - 1, `seed ${seed}`);
  return held;
}

/**
 * Follows one reader's frames: where it is, what it was told it missed; it must end at `published` with nothing open.
 */
function assertLaw(reader: Reader, published: number, label: string): void {
  let at: number | null = null;
  let told = 0;
  for (const frame of reader.link.frames) {
    const seq = frame['seq'] as number;
    if (frame['kind'] === 'hello' && frame['resumed'] === true) at = null;
    else if (frame['kind'] === 'lagged') {
      const { from, to, missed } = frame as unknown as { from: number; to: number; missed: number };
      assert.equal(from, (at ?? from - 1) + 1, `${label}: lagged begins where it was`);
      assert.equal(missed, to - from + 1, `${label}: missed is exact`);
      told = to;
    } else if (frame['kind'] === 'snapshot') {
      assert.ok(at === null || seq >= at, `${label}: a snapshot never goes back`);
      if (told !== 0) assert.equal(seq, told, `${label}: the snapshot covers exactly what was missed`);
      told = 0;
      at = seq;
    } else if (frame['kind'] === 'share') {
      assert.equal(seq, (at ?? seq - 1) + 1, `${label}: events come once and in order`);
      at = seq;
    }
  }
  assert.equal(at ?? published, published, `${label}: everything arrived`);
  assert.equal(reader.attachment.pending, 0, label);
}
