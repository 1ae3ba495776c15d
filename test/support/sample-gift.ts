import type { GiftEvent } from '../../src/protocol/events.ts';

/** A gift of the size that upstream's have once they are normalized, for benchmarks: number `index` of a stream. */
export function sampleGift(index: number): GiftEvent {
  return {
    kind: 'gift',
    id: String(7_400_000_000_000_000_000n + BigInt(index)),
    at: 1_700_000_000_000 + index,
    user: { id: '7201234567890123456', handle: 'a.gifter', name: 'A Gifter 🦁', avatar: '' },
    gift: { id: '5655', name: 'Rose', price: 1, type: 1 },
    count: 3,
    diamonds: 3,
    streak: { group: '1700000000123', total: 12, open: true, joined: false },
    receiver: '',
    multiplier: 1,
    standing: { diamonds: 1234, rank: 17, gifters: 802 },
    battle: null,
  };
}
