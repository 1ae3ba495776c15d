import type { BattleState } from '../protocol/battle-state.ts';
import type { CorrectionEffect, CorrectionEvent, SideEffect } from '../protocol/corrections.ts';
import type { User } from '../protocol/events.ts';
import type { BattleBoards } from './battle-boards.ts';
import type { Boards } from './boards.ts';
import {
  correctedBattle,
  knownSides,
  moveOnSide,
  sideNamed,
  takeBackOnSides,
  type KnownSide,
} from './corrected-sides.ts';
import type { GiftIndex } from './gift-index.ts';
import type { KeptCorrection, Ledger } from './ledger.ts';
import type { Roster } from './roster.ts';

// Corrections by operators: compensating, never an edit of the past. None takes more than is there: what each really
// did is in its `effect`. `planOf` looks everything up and changes nothing; `carryOut` cannot fail.

/** The parts of a ranking that corrections move. */
export interface CorrectedState {
  readonly boards: Boards;
  readonly battles: BattleBoards;
  readonly roster: Roster;
  readonly ledger: Ledger;
  readonly gifts: GiftIndex;
  /** User id of the room's host; '' = not known. */
  readonly hostId: string;
}

/** What a correction will do. */
export interface CorrectionPlan {
  /** False: there is nothing to take, or nobody to take it from. */
  readonly acts: boolean;
  /** What the session board gives. */
  readonly applied: number;
  /** What was asked of it: above what was applied, the correction was cut. */
  readonly asked: number;
  /** Who receives and has to be known for it; null = nobody. */
  readonly receives: User | null;
  /** The correction that is taken back; null = none. */
  readonly undone: KeptCorrection | null;
}

const nothing: CorrectionPlan = { acts: false, applied: 0, asked: 0, receives: null, undone: null };

export function planOf(event: CorrectionEvent, state: CorrectedState): CorrectionPlan {
  if (event.action === 'undo') return planOfUndo(event, state);
  const { roster, boards } = state;
  const from = roster.find(event.user.id);
  const { diamonds } = event;
  if (event.action === 'attribute') {
    const elsewhere =
      event.fromSide?.battleId !== event.side?.battleId || event.fromSide?.sideId !== event.side?.sideId;
    return { ...nothing, acts: from >= 0 && diamonds > 0 && elsewhere, asked: diamonds };
  }
  const receives = event.action === 'add' ? event.user : event.action === 'void' ? null : event.target;
  const refused = receives !== null && roster.find(receives.id) < 0 && roster.full;
  if (refused) return { ...nothing, asked: diamonds };
  if (event.action === 'add') return { ...nothing, acts: diamonds > 0, applied: diamonds, asked: diamonds, receives };
  if (from < 0 || receives?.id === event.user.id) return { ...nothing, asked: event.action === 'merge' ? 0 : diamonds };
  const held = boards.session.diamondsOf(from);
  // A merge joins what other boards hold even where the session has nothing to join.
  if (event.action === 'merge') return { acts: true, applied: held, asked: held, receives, undone: null };
  const applied = Math.min(held, diamonds);
  return { acts: applied > 0, applied, asked: diamonds, receives, undone: null };
}

function planOfUndo(event: CorrectionEvent, { ledger }: CorrectedState): CorrectionPlan {
  const undone = event.undoes === undefined ? undefined : ledger.find(event.undoes);
  if (undone === undefined || undone.effect === null || !ledger.isOpen(undone)) return nothing;
  // Whoever reads the event alone must know whom it concerns.
  if (event.user.id !== undone.user.id || event.target?.id !== undone.target?.id) return nothing;
  return { acts: true, applied: undone.applied, asked: undone.applied, receives: null, undone };
}

/** What was done, and the sides that it changed. */
interface Done {
  readonly effect: CorrectionEffect;
  readonly changed: readonly KnownSide[];
}

interface At {
  readonly seq: number;
  /** The room's time. */
  readonly now: number;
}

/** Carries out a plan, and says in the event what it did. */
export function carryOut(
  plan: CorrectionPlan,
  event: CorrectionEvent,
  state: CorrectedState,
  shown: BattleState | null,
  at: At,
): void {
  event.battle = null;
  event.effect = null;
  event.applied = 0;
  if (!plan.acts) return;
  const { effect, changed } = act(plan, event, state, shown, at);
  event.effect = effect;
  event.applied = appliedBy(effect);
  event.battle = correctedBattle(shown, changed, state.roster);
}

function act(
  plan: CorrectionPlan,
  event: CorrectionEvent,
  state: CorrectedState,
  shown: BattleState | null,
  at: At,
): Done {
  const { roster } = state;
  // Who is known keeps the profile that gifts brought: an operator may have typed no more than an id.
  if (plan.receives !== null && roster.find(plan.receives.id) < 0) roster.put(plan.receives);
  const sides = knownSides(state.battles, shown);
  if (plan.undone !== null) return takeBack(plan.undone, state, sides, at.seq);
  if (event.action === 'attribute') return attribute(event, state, sides, at.seq);
  const [from, to] = peopleOf(event, roster);
  const transfer = {
    from,
    to,
    diamonds: plan.applied,
    elsewhere: event.action === 'merge' ? Number.POSITIVE_INFINITY : plan.applied,
    receiver: receiverOf(event.receiver ?? '', state),
    of: event.gift?.seq ?? 0,
    seq: at.seq,
  };
  const onBoards = state.boards.transfer(transfer, at.now, (seq, diamonds) => state.ledger.carriedOn(seq, diamonds));
  const effects: SideEffect[] = [];
  // A merge joins two people wherever they stand; anything else concerns the side that it names.
  const concerned = event.action === 'merge' ? sides : sides.filter((side) => side === sideNamed(sides, event.side));
  for (const side of concerned) effects.push(moveOnSide(side, from, to, transfer.elsewhere, at.seq));
  if (event.gift !== undefined) state.gifts.setDiamonds(event.gift.id, 0);
  const { user, target } = event;
  return {
    effect: {
      from: event.action === 'add' ? '' : user.id,
      to: event.action === 'add' ? user.id : event.action === 'void' ? '' : target!.id,
      ...onBoards,
      sides: effects.filter((effect) => effect.taken > 0 || effect.given > 0),
    },
    changed: concerned.filter((_, index) => effects[index]!.taken > 0 || effects[index]!.given > 0),
  };
}

/** Gifters who give and receive; -1 = nobody. */
function peopleOf(event: CorrectionEvent, roster: Roster): [from: number, to: number] {
  const user = roster.find(event.user.id);
  if (event.action === 'add') return [-1, user];
  return [user, event.action === 'void' || event.target === null ? -1 : roster.find(event.target.id)];
}

const noBoards = { session: 0, day: 0, week: 0, allTime: 0, receivers: [] };

/** One gift counts for another side: what the one loses the other gains, and no other board knows of it. */
function attribute(event: CorrectionEvent, state: CorrectedState, sides: readonly KnownSide[], seq: number): Done {
  const gifter = state.roster.find(event.user.id);
  const before = sideNamed(sides, event.fromSide);
  const after = sideNamed(sides, event.side);
  const effects: SideEffect[] = [];
  let diamonds = event.diamonds;
  if (before !== null) {
    const taken = moveOnSide(before, gifter, -1, diamonds, seq);
    diamonds = taken.taken;
    if (diamonds > 0) effects.push(taken);
  }
  if (after !== null && diamonds > 0) effects.push(moveOnSide(after, -1, gifter, diamonds, seq));
  if (event.gift !== undefined) state.gifts.setSide(event.gift.id, event.side ?? null);
  const { id } = event.user;
  return { effect: { from: id, to: id, ...noBoards, sides: effects }, changed: changedBy(sides, effects) };
}

function takeBack(undone: KeptCorrection, state: CorrectedState, sides: readonly KnownSide[], seq: number): Done {
  const effect = undone.effect!;
  const { boards, roster, ledger, gifts } = state;
  const from = effect.from === '' ? -1 : roster.find(effect.from);
  const to = effect.to === '' ? -1 : roster.find(effect.to);
  let onBoards: ReturnType<Boards['takeBack']> = noBoards;
  if (undone.action !== 'attribute') {
    const { day, week, carriedOn, seq: doneBy } = undone;
    // A receiver may have turned out to be the host since then.
    const receivers = effect.receivers.map((one) => ({ ...one, receiver: receiverOf(one.receiver, state) }));
    const back = { from, to, effect: { ...effect, receivers }, day, week, doneBy, carriedOn, seq };
    const whole = undone.action === 'merge';
    onBoards = boards.takeBack({ ...back, whole }, (brought, diamonds) => ledger.carriedOn(brought, diamonds));
  }
  const effects = takeBackOnSides(sides, effect.sides, from, to, seq);
  if (undone.gift !== null && undone.action === 'void') gifts.setDiamonds(undone.gift.id, undone.diamonds);
  if (undone.gift !== null && undone.action === 'attribute') gifts.setSide(undone.gift.id, undone.fromSide);
  return {
    effect: { from: effect.to, to: effect.from, ...onBoards, sides: effects },
    changed: changedBy(sides, effects),
  };
}

function changedBy(sides: readonly KnownSide[], effects: CorrectionEffect['sides']): KnownSide[] {
  return sides.filter((side) =>
    effects.some((effect) => effect.battleId === side.battleId && effect.sideId === side.sideId),
  );
}

function receiverOf(receiver: string, { hostId }: CorrectedState): string {
  return receiver === hostId ? '' : receiver;
}

/** Diamonds that a correction really moved: those of the session; of an attribution, those of battle sides. */
function appliedBy(effect: CorrectionEffect): number {
  if (effect.from !== effect.to) return effect.session;
  return effect.sides.reduce((most, side) => Math.max(most, side.taken, side.given), 0);
}
