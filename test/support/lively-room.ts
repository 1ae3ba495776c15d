import type { Random } from '../../src/base/random.ts';
import type { ActiveItem, BattleCockpit, BattleState } from '../../src/protocol/battle-state.ts';
import type {
  GiftEvent,
  GiftStanding,
  GiftBattle,
  MeksEvent,
  Standing,
  Streak,
  User,
} from '../../src/protocol/events.ts';
import { standsAbove } from '../../src/protocol/room-view.ts';
import { familyNames, givenNames, livelyGifts, oddNames } from './lively-names.ts';
import type { LivelyGift } from './lively-names.ts';

// A made-up room that behaves like a lively one: a few hundred gifters of whom few give most, streaks, likes, viewers,
// and battles with points, power-ups and an end. It ranks its own gifters the plain way (a scan), so that what a page
// shows can be compared with something that shares no code with the broker's ranking. Bounded: `giftersMax`, the open
// streaks (one a gifter), and one battle.

export interface LivelyOptions {
  readonly random: Random;
  readonly giftersMax?: number;
  /** Whether the rival's gifts are seen too (a guest in the same room) or not (another room: diamonds unknown). */
  readonly rivalSeen?: boolean;
}

/** A power-up and how long it works. */
export interface PlayedItem {
  readonly item: ActiveItem['item'];
  readonly durationSec: number;
  readonly multiplier: number;
}

interface Gifter {
  readonly user: User;
  /** Share of the gifts, relative to the others. */
  readonly weight: number;
  diamonds: number;
  seq: number;
  battleDiamonds: number;
  battleSeq: number;
  side: number;
  streak: { group: string; gift: LivelyGift; total: number; left: number } | null;
}

interface RunningBattle {
  readonly state: BattleState;
  readonly points: number[];
  scoredAtMs: number;
}

const noResults = { wins: 0, losses: 0, draws: 0 };

export class LivelyRoom {
  readonly #random: Random;
  readonly #gifters: Gifter[];
  readonly #weightSum: number;
  readonly #giftWeightSum = livelyGifts.reduce((sum, gift) => sum + gift.weight, 0);
  readonly #rivalSeen: boolean;
  readonly #hosts: readonly User[];
  #giftersCounted = 0;
  #id = 0;
  #likes = 0;
  #viewers = 1_840;
  #battle: RunningBattle | null = null;
  #wins = 2;
  #losses = 1;

  constructor(options: LivelyOptions) {
    this.#random = options.random;
    this.#rivalSeen = options.rivalSeen ?? false;
    this.#gifters = Array.from({ length: options.giftersMax ?? 240 }, (_, index) => this.#gifter(index));
    this.#weightSum = this.#gifters.reduce((sum, gifter) => sum + gifter.weight, 0);
    this.#hosts = [user('9001', 'aurora.live', 'Aurora'), user('9002', 'mikael_b', 'Mikael B.')];
  }

  get battle(): BattleState | null {
    return this.#battle === null ? null : snapshotOf(this.#battle.state);
  }

  /** One gift or step of a streak. `seq` is the number it will be published under; `atMs` its time, Unix ms. */
  gift(seq: number, atMs: number): GiftEvent {
    const gifter = this.#pickGifter();
    const running = gifter.streak;
    const gift = running?.gift ?? this.#pickGift();
    const size = gift.type === 1 && gift.price <= 5 && this.#random.chance(0.3) ? 1 + this.#random.int(4) : 1;
    const streak = this.#streak(gifter, gift, size);
    const diamonds = size * gift.price;
    if (gifter.diamonds === 0) this.#giftersCounted++;
    gifter.diamonds += diamonds;
    gifter.seq = seq;
    const multiplier = this.#multiplier();
    return {
      kind: 'gift',
      id: `gift-${++this.#id}`,
      at: atMs,
      user: gifter.user,
      gift: { id: gift.id, name: gift.name, price: gift.price, type: gift.type },
      count: size,
      diamonds,
      streak,
      receiver: '',
      multiplier,
      standing: this.#standing(gifter),
      battle: this.#count(gifter, diamonds, seq, multiplier),
    };
  }

  /** What else goes on beside gifts: likes, viewers, follows, chat. */
  murmur(atMs: number): MeksEvent {
    const id = `murmur-${++this.#id}`;
    const someone = this.#pickGifter().user;
    const roll = this.#random.next();
    if (roll < 0.5) {
      const count = 1 + this.#random.int(15);
      this.#likes += count;
      if (this.#battle !== null) this.#battle.points[this.#random.int(2)]! += count;
      return { kind: 'like', id, at: atMs, user: someone, count, total: this.#likes };
    }
    if (roll < 0.7) {
      this.#viewers = Math.max(200, this.#viewers + this.#random.int(61) - 28);
      return { kind: 'viewers', id, at: atMs, current: this.#viewers, total: this.#viewers * 9, top: [] };
    }
    if (roll < 0.8) return { kind: 'follow', id, at: atMs, user: someone, followers: 0 };
    if (roll < 0.9) return { kind: 'share', id, at: atMs, user: someone };
    return { kind: 'chat', id, at: atMs, user: someone, text: 'go go go', language: 'en' };
  }

  startBattle(atMs: number, durationSec: number): MeksEvent {
    for (const gifter of this.#gifters) {
      gifter.battleDiamonds = 0;
      gifter.side = this.#random.chance(0.58) || !this.#rivalSeen ? 0 : 1;
    }
    const state: BattleState = {
      battleId: `battle-${++this.#id}`,
      phase: 'running',
      form: 'duel',
      startAt: atMs,
      durationSec,
      extraSec: 0,
      dueAt: atMs + durationSec * 1_000,
      endedAt: 0,
      complete: true,
      final: false,
      scoredAt: 0,
      sides: this.#hosts.map((host, side) => ({
        id: host.id,
        hosts: [host],
        points: null,
        diamonds: side === 0 || this.#rivalSeen ? 0 : null,
        outcome: 'unknown',
        winStreak: side === 0 ? 2 : null,
      })),
      own: 0,
      items: [],
      task: null,
      cockpit: null,
    };
    this.#battle = { state, points: [0, 0], scoredAtMs: atMs };
    this.#lookAhead(this.#battle, atMs);
    return this.#battleEvent('open', atMs, durationSec);
  }

  /** Upstream's points, as they come once or twice a second in a battle; null without one. */
  score(atMs: number): MeksEvent | null {
    const battle = this.#battle;
    if (battle === null) return null;
    if (!this.#rivalSeen) this.#rivalScores(battle, atMs);
    battle.scoredAtMs = atMs;
    battle.state.scoredAt = atMs;
    battle.state.sides.forEach((side, index) => void (side.points = battle.points[index]!));
    battle.state.items = battle.state.items.filter((item) => item.endAt > atMs);
    this.#lookAhead(battle, atMs);
    const sides = battle.state.sides.map((side) => ({ id: side.id, value: side.points ?? 0, top: [] }));
    const base = { id: `score-${++this.#id}`, at: atMs, battleId: battle.state.battleId, scoredAt: atMs };
    return { kind: 'score', ...base, basis: 'points', sides, cause: 'gift', state: snapshotOf(battle.state) };
  }

  /** A power-up for one side; null without a battle. */
  playItem(played: PlayedItem, side: number, atMs: number): MeksEvent | null {
    const battle = this.#battle;
    if (battle === null) return null;
    const { item, durationSec, multiplier } = played;
    const [userId, anchorId] = [this.#pickGifter().user.id, battle.state.sides[side]!.id];
    battle.state.items.push({ item, anchorId, userId, startAt: atMs, endAt: atMs + durationSec * 1_000, multiplier });
    const base = { id: `item-${++this.#id}`, at: atMs, battleId: battle.state.battleId, startAt: atMs };
    this.#lookAhead(battle, atMs);
    const state = snapshotOf(battle.state);
    return { kind: 'battle', ...base, change: 'item', item, userId, anchorId, durationSec, multiplier, state };
  }

  /** Time is up: outcomes by points; null without a battle. */
  endBattle(atMs: number): MeksEvent | null {
    const battle = this.#battle;
    if (battle === null) return null;
    const [own, rival] = [battle.points[0]!, battle.points[1]!];
    battle.state.phase = 'finished';
    battle.state.endedAt = atMs;
    battle.state.items = [];
    battle.state.final = true;
    battle.state.sides[0]!.outcome = own > rival ? 'win' : own < rival ? 'lose' : 'draw';
    battle.state.sides[1]!.outcome = own < rival ? 'win' : own > rival ? 'lose' : 'draw';
    if (own > rival) this.#wins++;
    else if (own < rival) this.#losses++;
    this.#lookAhead(battle, atMs);
    const event = this.#battleEvent('finished', atMs, 0);
    this.#battle = null;
    return event;
  }

  /** A rival in another room keeps up with ours, now better and now worse, and sometimes leaps. */
  #rivalScores(battle: RunningBattle, atMs: number): void {
    const [own, rival] = [battle.points[0]!, battle.points[1]!];
    const seconds = Math.max(0, (atMs - battle.scoredAtMs) / 1_000);
    const pull = Math.max(0, own - rival) * 0.1 + own * 0.02 * (1 + Math.sin(atMs / 7_000));
    const leap = this.#random.chance(0.03) ? own * 0.08 : 0;
    battle.points[1] = rival + Math.round(this.#random.exponential(1) * (seconds * pull + 20) + leap);
  }

  #battleEvent(phase: 'open' | 'finished', atMs: number, durationSec: number): MeksEvent {
    const state = snapshotOf(this.#battle!.state);
    const base = { id: `battle-${++this.#id}`, at: atMs, battleId: state.battleId, form: state.form };
    const times = { startAt: state.startAt, durationSec, extraSec: 0, endAt: state.endedAt };
    return { kind: 'battle', ...base, change: 'state', phase, ...times, sides: [], state };
  }

  #gifter(index: number): Gifter {
    const odd = index % 9 === 4 ? oddNames[Math.floor(index / 9) % oddNames.length] : undefined;
    const [given, family] = [this.#random.pick(givenNames), this.#random.pick(familyNames)];
    const name = odd ?? (this.#random.chance(0.5) ? `${given} ${family}` : given);
    const handle = `${given}.${family}${index}`
      .normalize('NFD')
      .replaceAll(/[^\w.]/g, '')
      .toLowerCase();
    return {
      user: user(String(7_000_000_000_000_000_000n + BigInt(index)), handle, name),
      weight: 1 / (index + 3),
      diamonds: 0,
      seq: 0,
      battleDiamonds: 0,
      battleSeq: 0,
      side: 0,
      streak: null,
    };
  }

  #pickGifter(): Gifter {
    let left = this.#random.next() * this.#weightSum;
    for (const gifter of this.#gifters) {
      left -= gifter.weight;
      if (left < 0) return gifter;
    }
    return this.#gifters[0]!;
  }

  #pickGift(): LivelyGift {
    let left = this.#random.next() * this.#giftWeightSum;
    for (const gift of livelyGifts) {
      left -= gift.weight;
      if (left < 0) return gift;
    }
    return livelyGifts[0]!;
  }

  #streak(gifter: Gifter, gift: LivelyGift, size: number): Streak | null {
    if (gift.type !== 1) return null;
    gifter.streak ??= { group: `streak-${++this.#id}`, gift, total: 0, left: Math.floor(this.#random.exponential(7)) };
    const streak = gifter.streak;
    streak.total += size;
    const open = streak.left-- > 0;
    if (!open) gifter.streak = null;
    return { group: streak.group, total: streak.total, open, joined: false };
  }

  #standing(gifter: Gifter): GiftStanding {
    let above = 0;
    for (const other of this.#gifters)
      if (other !== gifter && other.diamonds > 0 && standsAbove(other, gifter)) above++;
    return { diamonds: gifter.diamonds, rank: above + 1, gifters: this.#giftersCounted };
  }

  /** What the broker's cockpit says, the plain way. */
  #lookAhead(battle: RunningBattle, atMs: number): void {
    const [own, rival] = [battle.state.sides[0]!.points, battle.state.sides[1]!.points];
    const gap = own === null || rival === null ? null : rival - own;
    const multiplier = this.#multiplier();
    const need = gap === null ? null : gap < 0 ? 0 : Math.ceil((gap + 1) / multiplier);
    const minutes = (atMs - battle.state.startAt) / 60_000;
    const glove = battle.state.items.some((item) => item.item === 'glove');
    const cockpit: BattleCockpit = {
      rival: 1,
      gap,
      need,
      needMin: need === null ? null : gap! < 0 ? 0 : Math.ceil((gap! + 1) / (glove ? multiplier * 5 : multiplier)),
      multiplier,
      multiplierMax: glove ? multiplier * 5 : multiplier,
      closers: need === null || need === 0 ? [] : closersOf(need),
      pointsPerMinute: [own, rival].map((points) =>
        points === null || minutes < 0.1 ? null : Math.round(points / Math.max(minutes, 0.5)),
      ),
      scoredAt: [battle.state.scoredAt, battle.state.scoredAt],
      newGifters: 0,
      difference: null,
      extensionSecMax: 30 - battle.state.extraSec,
      safeLead: 7_000 * multiplier,
      series: { wins: this.#wins, losses: this.#losses, draws: 0, streak: this.#wins, versus: noResults },
    };
    battle.state.cockpit = cockpit;
  }

  #multiplier(): number {
    const booster = this.#battle?.state.items.find((item) => item.item === 'top2' || item.item === 'top3');
    return booster?.multiplier ?? 1;
  }

  #count(gifter: Gifter, diamonds: number, seq: number, multiplier: number): GiftBattle | null {
    const battle = this.#battle;
    if (battle === null) return null;
    gifter.battleDiamonds += diamonds;
    gifter.battleSeq = seq;
    const side = battle.state.sides[gifter.side]!;
    side.diamonds = (side.diamonds ?? 0) + diamonds;
    battle.points[gifter.side]! += diamonds * multiplier;
    const own = { diamonds: gifter.battleDiamonds, seq };
    const above = this.#gifters.filter(
      (other) =>
        other !== gifter &&
        other.side === gifter.side &&
        other.battleDiamonds > 0 &&
        standsAbove({ diamonds: other.battleDiamonds, seq: other.battleSeq }, own),
    );
    return {
      battleId: battle.state.battleId,
      side: gifter.side,
      sideDiamonds: side.diamonds,
      diamonds: gifter.battleDiamonds,
      rank: above.length + 1,
    };
  }

  /** The whole board, by the plain way. */
  board(): Standing[] {
    return this.#gifters
      .filter((gifter) => gifter.diamonds > 0)
      .map((gifter) => ({ user: gifter.user, diamonds: gifter.diamonds, seq: gifter.seq }))
      .sort((a, b) => (standsAbove(a, b) ? -1 : 1));
  }
}

function user(id: string, handle: string, name: string): User {
  return { id, handle, name, avatar: '' };
}

/** One, few or many gifts that cover `need`. */
function closersOf(need: number): BattleCockpit['closers'] {
  return livelyGifts
    .filter((gift) => gift.price >= need / 8 && gift.price <= need * 4)
    .slice(0, 3)
    .map(({ id, name, price }) => {
      const count = Math.ceil(need / price);
      return { diamonds: count * price, gifts: [{ id, name, price, count }] };
    });
}

/** An event keeps the battle as it was; the room goes on changing its own. */
function snapshotOf(state: BattleState): BattleState {
  return { ...state, sides: state.sides.map((side) => ({ ...side })), items: state.items.slice() };
}
