import type { Random } from '../base/random.ts';
import type { CorrectionEvent } from '../protocol/corrections.ts';
import type {
  BattleEvent,
  BattleItemEvent,
  BattlePhase,
  BattleSideInfo,
  GapEvent,
  GiftEvent,
  LikeEvent,
  MeksEvent,
  RoomEvent,
  ScoreEvent,
  User,
  ViewersEvent,
} from '../protocol/events.ts';
import type { OperatorEvent } from '../protocol/operator.ts';

// Events for this room's tests: builders with overrides, and a small world of chance in which everything happens that
// may happen to a ranking.

export const worldStart = 1_700_000_000_000;

export function person(id: string, about = ''): User {
  return { id, handle: `handle${id}`, name: `Name ${id}${about}`, avatar: `https://p16.example/${id}.webp` };
}

export function gift(userId: string, diamonds: number, about: Partial<GiftEvent> = {}): GiftEvent {
  return {
    kind: 'gift',
    id: '0',
    at: worldStart,
    user: person(userId),
    gift: { id: `g${diamonds}`, name: `Gift ${diamonds}`, price: diamonds, type: 1 },
    count: 1,
    diamonds,
    streak: null,
    receiver: '',
    multiplier: 1,
    standing: null,
    battle: null,
    ...about,
  };
}

export function side(id: string, about: Partial<BattleSideInfo> = {}): BattleSideInfo {
  return { id, hosts: [person(id)], rooms: [], points: null, outcome: 'unknown', winStreak: null, ...about };
}

export function battle(battleId: string, phase: BattlePhase, about: Partial<BattleEvent> = {}): BattleEvent {
  const base = {
    kind: 'battle',
    change: 'state',
    id: '0',
    at: worldStart,
    form: 'duel',
    extraSec: 0,
    endAt: 0,
  } as const;
  return { ...base, battleId, phase, startAt: worldStart, durationSec: 301, sides: [], state: null, ...about };
}

export function score(battleId: string, points: Record<string, number>, about: Partial<ScoreEvent> = {}): ScoreEvent {
  const sides = Object.entries(points).map(([id, value]) => ({ id, value, top: [] }));
  const base = {
    kind: 'score',
    id: '0',
    at: worldStart,
    scoredAt: worldStart,
    cause: 'gift',
    basis: 'points',
  } as const;
  return { ...base, battleId, sides, state: null, ...about };
}

export function item(battleId: string, about: Partial<BattleItemEvent> = {}): BattleItemEvent {
  const base = { kind: 'battle', change: 'item', id: '0', at: worldStart, startAt: worldStart, userId: '9' } as const;
  return { ...base, battleId, item: 'glove', anchorId: '', durationSec: 30, multiplier: 1, state: null, ...about };
}

export function correction(
  action: CorrectionEvent['action'],
  userId: string,
  diamonds: number,
  about: Partial<CorrectionEvent> = {},
): CorrectionEvent {
  const base = { kind: 'correction', id: '0', at: worldStart, reason: 'miscounted', by: 'operator' } as const;
  const filled = { board: null, sessionDiamonds: 0 };
  return { ...base, action, user: person(userId), target: null, diamonds, ...filled, ...about };
}

export function room(topic: RoomEvent['topic'], about: Partial<RoomEvent> = {}): RoomEvent {
  return { kind: 'room', id: '0', at: worldStart, topic, user: null, text: '', value: 0, target: 0, ...about };
}

export function pinned(userId: string): OperatorEvent {
  const now = { user: person(userId), by: 'operator', at: worldStart };
  const change = { list: 'pin', key: userId, now, before: null } as const;
  return { kind: 'operator', id: '0', at: worldStart, by: 'operator', change };
}

export function gap(about: Partial<GapEvent> = {}): GapEvent {
  return { kind: 'gap', id: '0', at: worldStart, reason: 'upstream-lost', lengthMs: 1_000, missed: 0, ...about };
}

export function like(total: number): LikeEvent {
  return { kind: 'like', id: '0', at: worldStart, user: person('1'), count: 1, total };
}

export function viewers(current: number): ViewersEvent {
  const top = [{ user: person('1'), score: 5, rank: 1 }];
  return { kind: 'viewers', id: '0', at: worldStart, current, total: current * 2, top };
}

export interface WorldOptions {
  readonly gifters: number;
  /** Milliseconds between events, on average. */
  readonly paceMs: number;
  /** Unix ms at which it begins; worldStart unless given. */
  readonly startAt?: number;
}

/** A room in which hosts '1' (ours), '2' and '3' battle, guests '4' and '5' receive, and gifters from '100' on give. */
export class World {
  readonly #random: Random;
  readonly #options: WorldOptions;
  #at: number;
  #battle = 0;
  #battleStart: number;
  #ids = 0;
  /** Some of the last corrections: what an undo may be about. */
  readonly #corrections: CorrectionEvent[] = [];

  constructor(random: Random, options: WorldOptions) {
    this.#random = random;
    this.#options = options;
    this.#at = options.startAt ?? worldStart;
    this.#battleStart = this.#at;
  }

  next(): MeksEvent {
    const random = this.#random;
    this.#at += Math.floor(random.exponential(this.#options.paceMs));
    // Upstream's clock is late, out of order, silent or, now and then, wrong.
    const at = random.chance(0.05) ? 0 : this.#at - (random.chance(0.2) ? random.int(90_000) : 0);
    const stamped = random.chance(0.002) ? at + 40_000_000 : at;
    const event = { ...this.#event(stamped), id: `world-${++this.#ids}`, at: stamped };
    if (event.kind === 'correction') this.#corrections[this.#ids % 20] = event;
    return event;
  }

  #gifter(): string {
    return String(100 + Math.floor(this.#options.gifters * this.#random.next() ** 3));
  }

  #event(at: number): MeksEvent {
    const random = this.#random;
    const roll = random.next();
    if (roll < 0.7) return this.#gift();
    if (roll < 0.78) return this.#battleEvent(at);
    if (roll < 0.88) return this.#score(at);
    if (roll < 0.91) return this.#correction();
    if (roll < 0.92) return gap({ missed: random.int(5) });
    if (roll < 0.925) return room(random.pick(['ended', 'suspended', 'paused', 'resumed', 'goal']));
    if (roll < 0.93) return room('live', random.chance(0.3) ? { liveId: String(700 + random.int(3)) } : {});
    if (roll < 0.935) return pinned(this.#gifter());
    if (roll < 0.95) return viewers(random.int(900));
    return like(random.int(10_000));
  }

  #gift(): GiftEvent {
    const random = this.#random;
    const id = this.#gifter();
    const price = random.pick([0, 1, 1, 1, 1, 1, 5, 10, 99, 1_000]);
    const count = random.pick([0, 1, 1, 1, 1, 2, 7]);
    const receiver = random.chance(0.75) ? '' : random.pick(['1', '2', '4', '5']);
    const user = person(id, random.chance(0.1) ? ` ${random.int(3)}` : '');
    // Prices and names of a kind change, now and then.
    const kind = { id: `g${random.int(6)}`, name: `Gift ${random.int(2)}`, price, type: 1 };
    const multiplier = random.pick([1, 1, 1, 1, 2, 3]);
    return gift(id, price, { count, diamonds: count * price, receiver, user, multiplier, gift: kind });
  }

  #battleEvent(at: number): MeksEvent {
    const random = this.#random;
    if (random.chance(0.15)) {
      this.#battle++;
      this.#battleStart = this.#at;
    }
    const battleId = `b${Math.max(0, this.#battle - (random.chance(0.1) ? 1 : 0))}`;
    const startAt = random.chance(0.2) ? 0 : this.#battleStart;
    if (random.chance(0.2)) {
      const kind = random.pick(['glove', 'extra-time', 'top2', 'mist'] as const);
      return item(battleId, {
        item: kind,
        startAt: at,
        anchorId: random.pick(['', '1', '2']),
        durationSec: random.int(30),
      });
    }
    const phase = random.pick([
      'invited',
      'declined',
      'open',
      'open',
      'open',
      'finished',
      'cut-short',
      'punish',
      'settled',
    ]);
    const known = random.pick([
      [],
      [side('2'), side('1')],
      [side('1', { outcome: 'win', points: random.int(500) }), side('2', { outcome: 'lose', points: 3 })],
      [side('1', { outcome: 'lose' }), side('2', { outcome: 'win' })],
      [side('1', { outcome: 'win' }), side('2', { outcome: 'win' })],
      [side('1', { outcome: 'draw', points: 7 }), side('2', { outcome: 'draw', points: 7 })],
      [side('t1', { hosts: [person('1'), person('3')] }), side('t2', { hosts: [person('2')] })],
    ]);
    return battle(battleId, phase as BattlePhase, { startAt, sides: known, durationSec: random.pick([0, 60, 301]) });
  }

  #score(at: number): MeksEvent {
    const random = this.#random;
    if (random.chance(0.3)) {
      return score('', { 1: random.int(5_000), 4: random.int(5_000), 8: 7 }, { basis: 'diamonds', scoredAt: at });
    }
    const points = random.pick([
      { 1: random.int(999), 2: random.int(999) },
      { 1: 5, 3: 6, 2: 7 },
      { t1: 9, t2: 8 },
    ]);
    const cause = random.pick(['gift', 'gift', 'like', 'effect', 'other'] as const);
    const told = { startAt: this.#battleStart, durationSec: 301, extraSec: random.int(20), form: 'duel' } as const;
    const scoredAt = random.chance(0.1) ? 0 : at;
    return score(`b${this.#battle}`, points, { scoredAt, cause, ...(random.chance(0.3) ? told : {}) });
  }

  #correction(): CorrectionEvent {
    const random = this.#random;
    const past = this.#corrections[random.int(20)];
    if (past !== undefined && random.chance(0.15)) {
      const user = random.chance(0.9) ? past.user.id : this.#gifter();
      return correction('undo', user, past.diamonds, { undoes: past.id, target: past.target });
    }
    const action = random.pick(['add', 'void', 'move', 'merge'] as const);
    const target = action === 'move' || action === 'merge' ? person(this.#gifter()) : null;
    const about = random.chance(0.4)
      ? {
          side: {
            battleId: `b${Math.max(0, this.#battle - random.int(2))}`,
            sideId: random.pick(['1', '2', 't1', 'x']),
          },
        }
      : {};
    const receiver = random.chance(0.3) ? { receiver: random.pick(['4', '5', '']) } : {};
    return correction(action, this.#gifter(), random.pick([0, 1, 5, 50, 10_000]), { target, ...about, ...receiver });
  }
}
