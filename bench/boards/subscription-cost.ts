import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { BoardRequest } from '../../src/protocol/board-scope.ts';
import type { GiftEvent } from '../../src/protocol/events.ts';
import { encodeEventFrame } from '../../src/protocol/frames.ts';
import type { Link } from '../../src/protocol/link.ts';
import { Ranking } from '../../src/ranking/ranking.ts';
import { SubscribedBoard } from '../../src/subscriptions/subscribed-board.ts';
import { Subscriptions } from '../../src/subscriptions/subscriptions.ts';

// What a subscription costs in bytes, in a burst as battles bring it: few people give most gifts, many give one.
// Held against sending the whole board at the same pace, and against the room's own stream.

export interface SubscriptionCost {
  readonly rows: number;
  readonly giftsPerSecond: number;
  readonly seconds: number;
  /** Bytes of the changes, of whole boards instead of each, and of all gifts as the room's stream has them. */
  readonly deltaBytes: number;
  readonly boardBytes: number;
  readonly streamBytes: number;
  readonly deltas: number;
  /** Microseconds to look for what changed and encode it, once for all who show the board. */
  readonly lookUs: number;
}

/** Profiles are as long as upstream's: a picture's address is a few hundred characters. */
function user(index: number): GiftEvent['user'] {
  const id = String(7_000_000_000_000_000_000n + BigInt(index) * 7_919n);
  const avatar = `https://p16-sign.example/tos-alisg-avt-0068/${String(index).padStart(32, '0')}~c5_100x100.webp?${'x'.repeat(120)}`;
  return { id, handle: `viewer.${index}`, name: `Viewer ${index}`, avatar };
}

class CountingLink implements Link {
  bytes = 0;
  writes = 0;

  write(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    this.writes++;
  }
  pendingBytes(): number {
    return 0;
  }
  ping(): void {}
  close(): void {}
}

const prices = [1, 1, 1, 1, 1, 5, 10, 20, 30, 99, 100, 199, 500, 1_000];

export interface Burst {
  readonly rows: number;
  readonly gifters: number;
  readonly giftsPerSecond: number;
  readonly seconds: number;
}

function giftOf(seq: number, giver: GiftEvent['user'], price: number, at: number): GiftEvent {
  const gift = { id: '5655', name: 'Rose', price, type: 1 };
  const rest = { streak: null, receiver: '', multiplier: 1, standing: null, battle: null };
  return { kind: 'gift', id: String(seq), at, user: giver, gift, count: 1, diamonds: price, ...rest };
}

/** Runs one burst in virtual time; only the looks are timed. */
export function subscriptionCost(burst: Burst, nowMs: () => number): SubscriptionCost {
  const random = seededRandom(burst.rows + burst.giftsPerSecond);
  const clock = new VirtualClock();
  const ranking = new Ranking({ room: { id: 'bench', handle: 'bench' }, hostId: '1' });
  const stream = { epoch: 'e', head: 1 };
  const request: BoardRequest = { scope: { kind: 'session' }, rows: burst.rows, around: '', each: 0 };
  let streamBytes = 0;
  const give = (): void => {
    const price = random.pick(prices);
    const index = Math.floor(burst.gifters * random.next() ** 3);
    const event = giftOf(stream.head, user(index), price, clock.wallMs());
    ranking.apply(stream.head, event);
    streamBytes += Buffer.byteLength(encodeEventFrame(stream.head, event));
    stream.head++;
  };
  // What a room has after half an hour: everybody has given something.
  for (let index = 0; index < burst.gifters * 3; index++) give();
  const subscriptions = new Subscriptions({
    clock,
    room: 'bench',
    stream,
    gate: { sendable: () => stream.head },
    window: (asked) => ranking.window(asked),
    heartbeat: () => '{}',
  });
  const link = new CountingLink();
  const subscription = subscriptions.attach(link, request);
  const before = { bytes: link.bytes, writes: link.writes };
  streamBytes = 0;
  const shadow = new SubscribedBoard(ranking.window(request), request, stream.head - 1);
  let boardBytes = 0;
  let lookMs = 0;
  let looks = 0;
  const turnMs = 1_000 / burst.giftsPerSecond;
  for (let gift = 0; gift < burst.seconds * burst.giftsPerSecond; gift++) {
    give();
    const { writes } = link;
    subscriptions.wake();
    clock.advance(turnMs);
    subscription?.alive();
    if (link.writes === writes) continue;
    const beganMs = nowMs();
    const delta = shadow.look(stream.head - 1);
    if (delta !== null) JSON.stringify(delta);
    lookMs += nowMs() - beganMs;
    looks++;
    boardBytes += Buffer.byteLength(shadow.boardText('e'));
  }
  return {
    rows: burst.rows,
    giftsPerSecond: burst.giftsPerSecond,
    seconds: burst.seconds,
    deltaBytes: link.bytes - before.bytes,
    boardBytes,
    streamBytes,
    deltas: link.writes - before.writes,
    lookUs: (lookMs / Math.max(1, looks)) * 1_000,
  };
}
