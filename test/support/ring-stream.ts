import type { ByteRing } from '../../src/base/byte-ring.ts';
import type { DeliveryStream } from '../../src/delivery/delivery.ts';

/** The stream of a room whose ring is read where it is written, without a broadcast in front. */
export function ringStream(ring: ByteRing, epoch = 'epoch'): DeliveryStream {
  return {
    epoch,
    get head() {
      return ring.head;
    },
    get oldest() {
      return ring.oldest;
    },
    read: (cursor, limit, piece) => ring.read(cursor, limit, piece),
    hold: (seq) => ring.hold(seq),
    release: (hold, read) => ring.release(hold, read),
    get outsideBytes() {
      return ring.outsideBytes;
    },
  };
}
