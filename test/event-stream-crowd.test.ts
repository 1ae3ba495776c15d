import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ByteRing } from '../src/base/byte-ring.ts';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { Delivery } from '../src/delivery/delivery.ts';
import { EventStreamText } from '../src/gateway/event-stream-text.ts';
import type { Link } from '../src/protocol/link.ts';
import { textFrame } from '../src/protocol/websocket-frame.ts';
import { ringStream } from './support/ring-stream.ts';

// What a crowd of event streams costs: delivery hands everybody the same bytes, and the gateway makes their text once.

const listeners = 300;

/** A room with a crowd of event streams, and what each of them was sent as text. */
class Crowd {
  readonly clock = new VirtualClock();
  readonly delivery: Delivery;
  readonly sent: Buffer[][] = Array.from({ length: listeners }, () => []);
  readonly stuck = new Set<number>();
  readonly #ring = new ByteRing({ recordsMax: 64, segmentBytes: 1024, bytesMax: 16_384 });
  readonly #text = new EventStreamText();

  constructor() {
    const snapshot = textFrame('{"kind":"snapshot","epoch":"epoch","seq":0}');
    this.delivery = new Delivery({
      clock: this.clock,
      room: 'room',
      stream: ringStream(this.#ring),
      gate: { sendable: () => this.#ring.head },
      snapshots: { snapshot: () => ({ seq: this.#ring.head - 1, bytes: snapshot }) },
      heartbeat: () => '{"kind":"heartbeat"}',
    });
    for (let index = 0; index < listeners; index++) this.delivery.attach(this.#link(index), null);
    this.forget();
  }

  /** Publishes events of about 330 bytes: three to a segment. */
  publish(events: number): void {
    for (let n = 0; n < events; n++) {
      const frame = textFrame(JSON.stringify({ seq: this.#ring.head, kind: 'share', padding: 'x'.repeat(290) }));
      frame.copy(this.#ring.reserve(frame.length), this.#ring.writeOffset);
      this.#ring.commit(frame.length);
    }
  }

  forget(): void {
    for (const texts of this.sent) texts.length = 0;
  }

  /** Texts that were made since it was last forgotten: whoever shares one was sent the same memory. */
  get conversions(): number {
    return new Set(this.sent.flat()).size;
  }

  #link(index: number): Link {
    return {
      write: (bytes) => void this.sent[index]!.push(this.#text.convert(bytes)),
      pendingBytes: () => (this.stuck.has(index) ? 1 : 0),
      ping: () => {},
      close: () => {},
    };
  }
}

test('what crosses segments of the ring is turned into text once for all event streams', () => {
  const crowd = new Crowd();
  crowd.publish(8);
  crowd.delivery.flush();
  assert.deepEqual([crowd.sent[0]!.length, crowd.conversions], [3, 3]);
  const ids = Buffer.concat(crowd.sent[listeners - 1]!)
    .toString()
    .match(/^id: .*$/gm);
  assert.deepEqual(
    ids,
    [1, 2, 3, 4, 5, 6, 7, 8].map((seq) => `id: epoch:${seq}`),
  );
});

test('a crowd that lagged together shares its snapshot and what follows, though each is told its own loss', () => {
  const crowd = new Crowd();
  for (let index = 0; index < listeners; index++) crowd.stuck.add(index);
  crowd.publish(1);
  crowd.delivery.flush();
  crowd.publish(64);
  crowd.delivery.flush();
  crowd.stuck.clear();
  crowd.forget();
  crowd.delivery.flush();
  assert.deepEqual([crowd.sent[0]!.length, crowd.conversions], [2, listeners + 1]);
});
