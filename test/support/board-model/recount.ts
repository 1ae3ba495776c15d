import { assert } from '../../../src/base/assert.ts';
import type { BattleState } from '../../../src/protocol/battle-state.ts';
import type { CorrectionEvent, CorrectionRequest, SideEffect, SideName } from '../../../src/protocol/corrections.ts';
import type { GiftEvent } from '../../../src/protocol/events.ts';
import { hostId, sideByHand } from './recount-battles.ts';
import { TimeRecount } from './recount-time.ts';
import { WindowRecount } from './recount-windows.ts';

// The oracle of the ranking's model test: everything is counted by hand, in plain maps that are sorted anew for every
// question. For tests.

interface CountedRow extends Readonly<Row> {
  readonly id: string;
}

interface Row {
  diamonds: number;
  seq: number;
}

interface CountedGift {
  readonly id: string;
  readonly seq: number;
  readonly user: string;
  readonly receiver: string;
  /** 0 = voided. */
  diamonds: number;
  side: SideName | null;
}

/** A correction, and what it did. */
interface Entry {
  readonly event: CorrectionEvent;
  readonly seq: number;
  readonly session: number;
  readonly day: number;
  readonly week: number;
  readonly from: string | null;
  readonly to: string | null;
  readonly onBoards: ReadonlyMap<string, number>;
  readonly sides: readonly SideEffect[];
  readonly did: boolean;
  undone: boolean;
  carriedOn: number;
}

type Done = Pick<Entry, 'from' | 'to' | 'onBoards' | 'sides' | 'did'>;

type Battles = readonly (BattleState | null)[];

const calendar = ['day', 'week', 'all-time'] as const;

/** Counts by hand. Scopes are texts: 'session', 'receiver 4', 'side b2 0'… */
export class Recount {
  readonly scopes = new Map<string, Map<string, Row>>();
  /** Boards that were asked for and have not changed since, sorted. */
  readonly #sorted = new WeakMap<object, readonly CountedRow[]>();
  readonly met: string[] = [];
  readonly time = new TimeRecount();
  readonly windows = new WindowRecount(this);
  gifts: CountedGift[] = [];
  readonly ledger: Entry[] = [];
  readonly #format: Intl.DateTimeFormat;
  day = 0;
  week = 0;
  session = 0;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  }

  change(scope: string, user: string, diamonds: number, seq: number): void {
    const rows = this.scopes.get(scope) ?? new Map<string, Row>();
    this.scopes.set(scope, rows);
    this.#sorted.delete(rows);
    const row = { diamonds: (rows.get(user)?.diamonds ?? 0) + diamonds, seq };
    assert(row.diamonds >= 0, 'no board goes below zero');
    if (row.diamonds === 0) rows.delete(user);
    else rows.set(user, row);
  }

  meet(user: string): void {
    if (!this.met.includes(user)) this.met.push(user);
  }

  held(scope: string, user: string): number {
    return this.scopes.get(scope)?.get(user)?.diamonds ?? 0;
  }

  total(scope: string): number {
    let total = 0;
    for (const row of this.scopes.get(scope)?.values() ?? []) total += row.diamonds;
    return total;
  }

  rows(scope: string): readonly CountedRow[] {
    const counted = this.scopes.get(scope);
    const known = counted === undefined ? [] : this.#sorted.get(counted);
    if (known !== undefined) return known;
    const rows = [...(this.scopes.get(scope) ?? [])].map(([id, row]) => ({ id, diamonds: row.diamonds, seq: row.seq }));
    const tie = (id: string): number => this.met.indexOf(id);
    rows.sort((a, b) => b.diamonds - a.diamonds || a.seq - b.seq || tie(a.id) - tie(b.id));
    this.#sorted.set(counted!, rows);
    return rows;
  }

  drop(test: (scope: string) => boolean): void {
    for (const scope of this.scopes.keys()) if (test(scope)) this.scopes.delete(scope);
  }

  beginSession(seq: number): void {
    this.drop((scope) => scope === 'session' || scope.startsWith('receiver ') || scope.startsWith('side '));
    this.gifts = [];
    this.session = seq;
  }

  /** Time goes on (0 = nothing is told of it): gifts leave windows, days and weeks change. */
  tick(at: number): void {
    this.time.tell(at);
    this.#age();
  }

  /** The same by the broker's word. */
  goOn(at: number): void {
    this.time.goOn(at);
    this.#age();
  }

  #age(): void {
    const { now } = this.time;
    if (now === 0) return;
    const day = Date.parse(this.#format.format(now)) / 86_400_000;
    const week = Math.floor((day + 3) / 7);
    if (day > this.day && this.day > 0) this.scopes.delete('day');
    if (week > this.week && this.week > 0) this.scopes.delete('week');
    this.day = Math.max(day, this.day);
    this.week = Math.max(week, this.week);
    this.windows.tick(now);
  }

  give(user: string, diamonds: number, receiver: string, seq: number): void {
    this.meet(user);
    for (const scope of ['session', ...calendar, 'window 5', 'window 60', `receiver ${receiver}`]) {
      this.change(scope, user, diamonds, seq);
    }
    this.windows.push(this.time.now, user, diamonds, seq);
  }

  gift(event: GiftEvent, battle: BattleState | null, former: BattleState | null, seq: number): void {
    if (event.diamonds === 0) return;
    const receiver = event.receiver === hostId ? '' : event.receiver;
    const user = event.user.id;
    this.give(user, event.diamonds, receiver, seq);
    let counted: SideName | null = null;
    const side = sideByHand(battle, event);
    const late = side >= 0 ? -1 : sideByHand(former, event);
    for (const [of, index] of [
      [battle, side],
      [former, late],
    ] as const) {
      if (of === null || index < 0) continue;
      this.change(`side ${of.battleId} ${index}`, user, event.diamonds, seq);
      counted = { battleId: of.battleId, sideId: of.sides[index]!.id };
    }
    this.gifts.push({ id: event.id, seq, user, receiver, diamonds: event.diamonds, side: counted });
  }

  /** One to another on one board, where null is nobody; as much as is there. */
  carry(scope: string, from: string | null, to: string | null, diamonds: number, seq: number): number {
    const taken = from === null ? diamonds : Math.min(diamonds, this.held(scope, from));
    if (taken === 0) return 0;
    if (from !== null) this.change(scope, from, -taken, seq);
    if (to !== null) this.change(scope, to, taken, seq);
    return taken;
  }

  #receivers(): string[] {
    return [...this.scopes.keys()].filter((scope) => scope.startsWith('receiver '));
  }

  /** Carries a correction out. Returns what it did. */
  correct(event: CorrectionEvent, battles: Battles, seq: number): Entry {
    const done = this.#act(event, battles, seq);
    const { session, day, week } = this;
    const entry = { event, seq, session, day, week, undone: false, carriedOn: 0, ...done };
    this.ledger.push(entry);
    if (this.ledger.length > 500) this.ledger.shift();
    return entry;
  }

  #act(event: CorrectionEvent, battles: Battles, seq: number): Done {
    const { action, diamonds } = event;
    const user = event.user.id;
    const nothing = { from: null, to: null, onBoards: new Map<string, number>(), sides: [], did: false };
    if (action === 'undo') return this.#undo(event, battles, seq) ?? nothing;
    if (action === 'attribute') {
      const same = event.side?.battleId === event.fromSide?.battleId && event.side?.sideId === event.fromSide?.sideId;
      if (same || diamonds === 0 || !this.met.includes(user)) return nothing;
      const sides = this.#attribute(event, battles, seq);
      return { ...nothing, from: user, to: user, sides, did: true };
    }
    const from = action === 'add' ? null : user;
    const to = action === 'add' ? user : action === 'void' ? null : event.target!.id;
    if (from === to || (from !== null && !this.met.includes(from))) return nothing;
    const held = from === null ? diamonds : this.held('session', from);
    const applied = action === 'merge' ? held : Math.min(held, diamonds);
    if (applied === 0 && action !== 'merge') return nothing;
    const most = action === 'merge' ? Number.POSITIVE_INFINITY : applied;
    const onBoards = this.#carryOnBoards(event, from, to, applied, most, seq);
    const named = sidesOf(battles).filter((side) => action === 'merge' || isNamed(side, event.side, battles));
    const sides = named.flatMap((side) => this.#carryOnSide(side, from, to, most, seq));
    const gift = this.gifts.find((one) => one.id === event.gift?.id);
    if (gift !== undefined) gift.diamonds = 0;
    return { from, to, onBoards, sides, did: true };
  }

  #carryOnBoards(
    event: CorrectionEvent,
    from: string | null,
    to: string | null,
    applied: number,
    most: number,
    seq: number,
  ): Map<string, number> {
    const done = new Map<string, number>();
    const receiver = `receiver ${event.receiver ?? ''}`;
    if (from === null) {
      this.give(to!, applied, event.receiver ?? '', seq);
      for (const scope of ['session', ...calendar, receiver]) done.set(scope, applied);
      return done;
    }
    if (to !== null) this.meet(to);
    for (const scope of ['session', ...calendar]) done.set(scope, this.carry(scope, from, to, most, seq));
    const exactly = event.gift === undefined ? 0 : this.windows.carry(from, to, most, seq, event.gift.seq);
    this.windows.carry(from, to, most - exactly, seq);
    let left = most;
    for (const scope of [receiver, ...this.#receivers().filter((scope) => scope !== receiver)]) {
      const taken = this.carry(scope, from, to, left, seq);
      left -= taken;
      done.set(scope, taken);
    }
    return done;
  }

  #carryOnSide(side: Side, from: string | null, to: string | null, most: number, seq: number): SideEffect[] {
    const moved = this.carry(side.scope, from, to, most, seq);
    const { battleId, sideId } = side;
    const effect = { battleId, sideId, taken: from === null ? 0 : moved, given: to === null ? 0 : moved };
    return moved === 0 ? [] : [effect];
  }

  #attribute(event: CorrectionEvent, battles: Battles, seq: number): SideEffect[] {
    const gift = this.gifts.find((one) => one.id === event.gift?.id);
    if (gift !== undefined) gift.side = event.side ?? null;
    const user = event.user.id;
    const done: SideEffect[] = [];
    let diamonds = event.diamonds;
    for (const side of sidesOf(battles).filter((one) => isNamed(one, event.fromSide, battles))) {
      const taken = this.#carryOnSide(side, user, null, diamonds, seq);
      diamonds = taken[0]?.taken ?? 0;
      done.push(...taken);
    }
    for (const side of sidesOf(battles).filter((one) => isNamed(one, event.side, battles)))
      done.push(...this.#carryOnSide(side, null, user, diamonds, seq));
    return done;
  }

  #undo(event: CorrectionEvent, battles: Battles, seq: number): Done | null {
    const entry = this.ledger.findLast((one) => one.event.id === event.undoes);
    if (entry === undefined || this.refusal(entry) !== null) return null;
    const { user, target } = entry.event;
    if (event.user.id !== user.id || event.target?.id !== target?.id) return null;
    entry.undone = true;
    const { from, to } = entry;
    const onBoards = entry.event.action === 'attribute' ? new Map<string, number>() : this.#undoOnBoards(entry, seq);
    const sides = this.#undoSides(entry, sidesOf(battles), seq);
    const gift = this.gifts.find((one) => one.id === entry.event.gift?.id);
    if (gift !== undefined && entry.event.action === 'void') gift.diamonds = entry.event.diamonds;
    if (gift !== undefined && entry.event.action === 'attribute') gift.side = entry.event.fromSide ?? null;
    return { from: to, to: from, onBoards, sides, did: true };
  }

  #undoOnBoards({ from, to, ...entry }: Entry, seq: number): Map<string, number> {
    const done = new Map<string, number>();
    const asked = (scope: string): number => entry.onBoards.get(scope) ?? 0;
    const session = this.carry('session', to, from, asked('session'), seq);
    done.set('session', session);
    for (const scope of calendar) {
      const gone = (scope === 'day' && entry.day !== this.day) || (scope === 'week' && entry.week !== this.week);
      const most = asked(scope) - (asked('session') - session);
      done.set(scope, gone || most <= 0 ? 0 : this.carry(scope, to, from, most, seq));
    }
    const most = entry.event.action === 'merge' ? Number.POSITIVE_INFINITY : session;
    // Before the undo itself carries it on.
    const { carriedOn } = entry;
    const exactly = this.windows.carry(to, from, most, seq, entry.seq);
    if (to !== null) this.windows.carry(to, from, Math.min(carriedOn, most - exactly), seq);
    let left = session;
    const named = [...entry.onBoards].filter(([scope]) => scope.startsWith('receiver '));
    const others = to === null ? [] : this.#receivers().map((scope) => [scope, Number.POSITIVE_INFINITY] as const);
    for (const [scope, diamonds] of [...named, ...others]) {
      const taken = this.carry(scope, to, from, Math.min(left, diamonds), seq);
      left -= taken;
      done.set(scope, (done.get(scope) ?? 0) + taken);
    }
    return done;
  }

  #undoSides(entry: Entry, sides: readonly Side[], seq: number): SideEffect[] {
    const done: SideEffect[] = [];
    const moved = entry.event.action === 'attribute';
    let returned = Number.POSITIVE_INFINITY;
    // What was given comes back first: what it was taken from gets no more than that.
    for (const effect of entry.sides.toSorted((a, b) => a.taken - b.taken)) {
      const side = sides.find((one) => one.battleId === effect.battleId && one.sideId === effect.sideId);
      if (side === undefined) continue;
      if (!moved)
        done.push(...this.#carryOnSide(side, entry.to, entry.from, Math.max(effect.taken, effect.given), seq));
      else if (effect.given > 0) {
        const back = this.#carryOnSide(side, entry.to, null, effect.given, seq);
        returned = back[0]?.taken ?? 0;
        done.push(...back);
      } else done.push(...this.#carryOnSide(side, null, entry.from, Math.min(effect.taken, returned), seq));
    }
    return done;
  }

  /** Why this entry cannot be undone, as an error code; null = it can. */
  refusal(entry: Entry): string | null {
    if (entry.undone) return 'MEKS_CORRECTION_UNDONE';
    const open = entry.did && entry.event.action !== 'undo' && entry.session === this.session;
    return open ? null : 'MEKS_CORRECTION_CLOSED';
  }

  /** The code with which a request is refused; null = it is not. */
  refuses(request: CorrectionRequest, battles: Battles): string | null {
    if (request.action === 'undo') {
      const entry = this.ledger.findLast((one) => one.event.id === request.undoes);
      return entry === undefined ? 'MEKS_CORRECTION_UNKNOWN' : this.refusal(entry);
    }
    if (request.action !== 'void-gift' && request.action !== 'attribute') return null;
    const gift = this.gifts.find((one) => one.id === request.gift);
    if (gift === undefined) return 'MEKS_GIFT_UNKNOWN';
    if (request.action === 'void-gift') return gift.diamonds === 0 ? 'MEKS_CORRECTION_EMPTY' : null;
    const { to } = request;
    const side = to === null ? null : (sidesOf(battles).find((one) => isNamed(one, to, battles)) ?? undefined);
    if (side === undefined) return 'MEKS_BATTLE_UNKNOWN';
    const same = gift.side?.battleId === side?.battleId && gift.side?.sideId === side?.sideId;
    return gift.diamonds === 0 || same ? 'MEKS_CORRECTION_EMPTY' : null;
  }
}

interface Side extends SideName {
  readonly scope: string;
}

function sidesOf(battles: Battles): Side[] {
  return battles.flatMap((battle) =>
    battle === null
      ? []
      : battle.sides.map(({ id }, index) => {
          return { battleId: battle.battleId, sideId: id, scope: `side ${battle.battleId} ${index}` };
        }),
  );
}

function isNamed(side: Side, name: SideName | undefined, battles: Battles): boolean {
  const battle = battles.find((one) => one?.battleId === name?.battleId) ?? null;
  if (battle === null || name === undefined || side.battleId !== name.battleId) return false;
  const named = battle.sides.find(
    ({ id, hosts }) => id === name.sideId || hosts.some((host) => host.id === name.sideId),
  );
  return name.sideId !== '' && named?.id === side.sideId;
}

/** A side takes its board along wherever it comes to stand; a battle gone for good is forgotten. */
export function recountBattle(
  model: Recount,
  before: BattleState | null,
  after: BattleState | null,
  former: BattleState | null,
): void {
  if (after === null) return;
  const known = before?.battleId === after.battleId ? before.sides : [];
  const boards = after.sides.map(({ id }) => {
    const index = known.findIndex((other) => other.id === id);
    return index < 0 ? undefined : model.scopes.get(`side ${after.battleId} ${index}`);
  });
  model.drop((scope) => scope.startsWith('side ') && scope.split(' ')[1] !== former?.battleId);
  for (const [index, rows] of boards.entries())
    if (rows !== undefined) model.scopes.set(`side ${after.battleId} ${index}`, rows);
}
