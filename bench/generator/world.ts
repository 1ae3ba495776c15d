import { createHash } from 'node:crypto';
import type { Random } from '../../src/base/random.ts';

// The gifts of a run: who gives what, in single gifts and in streaks, from a seed. The same steps become Webcast
// messages for MEKS and ready event frames for the peers, so that all programs carry the same facts and sizes.

export interface Viewer {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly avatar: string;
}

export interface GiftKind {
  readonly id: number;
  readonly name: string;
  readonly price: number;
  /** TikTok's gift type: 1 may repeat in a streak, 2 comes one by one. */
  readonly type: 1 | 2;
}

export interface GiftStep {
  readonly viewer: Viewer;
  readonly gift: GiftKind;
  /** Running count of the streak; 1 for a single gift. */
  readonly repeatCount: number;
  /** What this step adds; 0 for the end mark of a streak. */
  readonly added: number;
  readonly end: boolean;
  /** Streak group; '0' for a gift without one. */
  readonly group: string;
}

const gifts: readonly GiftKind[] = [
  { id: 9_001, name: 'Bench Rose', price: 1, type: 1 },
  { id: 9_002, name: 'Bench Heart', price: 5, type: 1 },
  { id: 9_003, name: 'Bench Perfume', price: 20, type: 1 },
  { id: 9_004, name: 'Bench Doughnut', price: 30, type: 1 },
  { id: 9_005, name: 'Bench Crane', price: 99, type: 2 },
  { id: 9_006, name: 'Bench Confetti', price: 100, type: 2 },
  { id: 9_007, name: 'Bench Gloves', price: 299, type: 2 },
];

const viewersMax = 4_000;
const streaksOpenMax = 60;
/**
 * Open streaks per event a second at the slowest rate: the oldest goes on first, so that none is silent for much longer
 * than this many seconds. A real one ticks every second or so, and MEKS settles what is silent for ten.
 */
const streakPauseSeconds = 1.2;
const idBase = 7_400_000_000_000_000_000n;

/** Message id of event `index`: 19 digits of which the last nine are the index. */
export function eventId(index: number): string {
  return String(idBase + BigInt(index));
}

interface OpenStreak {
  readonly viewer: Viewer;
  readonly gift: GiftKind;
  readonly group: string;
  count: number;
  left: number;
}

export class World {
  readonly #random: Random;
  readonly #viewers: (Viewer | undefined)[] = [];
  /** The one that ticked longest ago first. */
  readonly #open: OpenStreak[] = [];
  readonly #openMax: number;
  #groups = 0;

  /** `eventsPerSecondMin`: the slowest rate at which `next` will be called. */
  constructor(random: Random, eventsPerSecondMin: number) {
    this.#random = random;
    this.#openMax = Math.max(1, Math.min(streaksOpenMax, Math.floor(eventsPerSecondMin * streakPauseSeconds)));
  }

  /** What happens next. Two in three steps belong to a streak; a streak ends with its mark. */
  next(): GiftStep {
    const random = this.#random;
    if (this.#open.length > 0 && random.chance(this.#open.length / this.#openMax)) return this.#advance();
    const gift = random.pick(gifts);
    const viewer = this.#viewer();
    if (gift.type === 2) return { viewer, gift, repeatCount: 1, added: 1, end: true, group: '0' };
    const group = String(1_700_000_000_000 + this.#groups++);
    this.#open.push({ viewer, gift, group, count: 1, left: 1 + random.int(8) });
    return { viewer, gift, repeatCount: 1, added: 1, end: false, group };
  }

  #advance(): GiftStep {
    const streak = this.#open.shift()!;
    const { viewer, gift, group } = streak;
    if (streak.left === 0) return { viewer, gift, repeatCount: streak.count, added: 0, end: true, group };
    streak.left--;
    streak.count++;
    this.#open.push(streak);
    return { viewer, gift, repeatCount: streak.count, added: 1, end: false, group };
  }

  /** Few give much: the cube of a uniform draw favours the first viewers. */
  #viewer(): Viewer {
    const index = Math.floor(this.#random.next() ** 3 * viewersMax);
    return (this.#viewers[index] ??= makeViewer(index));
  }
}

function makeViewer(index: number): Viewer {
  const number = String(index).padStart(4, '0');
  const picture = noise(`picture ${index}`).slice(0, 32);
  return {
    id: String(6_800_000_000_000_000_000n + BigInt(index)),
    handle: `bench_viewer_${number}`,
    name: `Bench Viewer ${number}`,
    avatar: `https://pictures.example/img/tos-bench-avt-0068/${picture}~c5_100x100.webp?refresh=${number}&x-expires=1700000000`,
  };
}

/** 64 hexadecimal digits that do not compress, for what is a hash or a signature in real messages. */
export function noise(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
