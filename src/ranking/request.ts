import { unreachable } from '../base/assert.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { CorrectionEvent, CorrectionRequest, SideName } from '../protocol/corrections.ts';
import { MeksError } from '../protocol/errors.ts';
import { unknownUser, type User } from '../protocol/events.ts';
import { knownSides, sideNamed } from './corrected-sides.ts';
import type { CorrectedState } from './corrections.ts';
import type { NamedGift } from './gift-index.ts';

// From what an operator asks for to the event that says it: people, gifts and battles are looked up, and what cannot be
// meant is refused before anything is published. Throws MeksError, with what to do instead.

type Request<Action extends CorrectionRequest['action']> = Extract<CorrectionRequest, { readonly action: Action }>;

const unfilled = { kind: 'correction', board: null, sessionDiamonds: 0 } as const;

/** `at`: Unix ms by the broker's clock. */
export function correctionOf(
  request: CorrectionRequest,
  at: number,
  state: CorrectedState,
  shown: BattleState | null,
): CorrectionEvent {
  const { id, reason, by } = request;
  const base = { ...unfilled, id, at, reason, by };
  switch (request.action) {
    case 'add': {
      const { user, diamonds } = request;
      return {
        ...base,
        ...about(request, state, shown),
        action: 'add',
        user: userOf(user, state),
        target: null,
        diamonds,
      };
    }
    case 'void': {
      const { diamonds } = request;
      return {
        ...base,
        ...about(request, state, shown),
        action: 'void',
        user: giverOf(request.user, state),
        target: null,
        diamonds,
      };
    }
    case 'move': {
      const { diamonds } = request;
      const target = otherThan(request.user, request.target, state);
      return {
        ...base,
        ...about(request, state, shown),
        action: 'move',
        user: giverOf(request.user, state),
        target,
        diamonds,
      };
    }
    case 'merge': {
      const target = otherThan(request.user, request.target, state);
      return { ...base, action: 'merge', user: giverOf(request.user, state), target, diamonds: 0 };
    }
    case 'void-gift':
      return { ...base, ...voided(request, state) };
    case 'attribute':
      return { ...base, ...attributed(request, state, shown) };
    case 'undo':
      return { ...base, ...undoing(request, state) };
    default:
      return unreachable(request);
  }
}

type Wanted = Omit<CorrectionEvent, keyof typeof unfilled | 'id' | 'at' | 'reason' | 'by'>;

function voided(request: Request<'void-gift'>, state: CorrectedState): Wanted {
  const gift = giftNamed(request.gift, state);
  const { diamonds, receiver, side } = gift;
  if (diamonds === 0) throw empty(`gift ${quoted(request.gift)} is void already`);
  return {
    action: 'void',
    user: state.roster.user(gift.gifter),
    target: null,
    diamonds,
    gift: { id: request.gift, seq: gift.seq },
    ...(receiver === '' ? {} : { receiver }),
    ...(side === null ? {} : { side }),
  };
}

function attributed(request: Request<'attribute'>, state: CorrectedState, shown: BattleState | null): Wanted {
  const gift = giftNamed(request.gift, state);
  const side = request.to === null ? null : knownSide(request.to, state, shown);
  if (gift.diamonds === 0) throw empty(`gift ${quoted(request.gift)} is void: undo that first`);
  const from = gift.side;
  const same = from?.battleId === side?.battleId && from?.sideId === side?.sideId;
  if (same) throw empty(`gift ${quoted(request.gift)} counts there already`);
  return {
    action: 'attribute',
    user: state.roster.user(gift.gifter),
    target: null,
    diamonds: gift.diamonds,
    gift: { id: request.gift, seq: gift.seq },
    ...(side === null ? {} : { side }),
    ...(from === null ? {} : { fromSide: from }),
  };
}

function undoing({ undoes }: Request<'undo'>, { ledger }: CorrectedState): Wanted {
  const entry = ledger.find(undoes);
  if (entry === undefined)
    throw new MeksError(
      'MEKS_CORRECTION_UNKNOWN',
      `no correction ${quoted(undoes)} among the newest: GET …/corrections lists them; what is older is corrected anew`,
    );
  if (entry.undoneBy !== null)
    throw new MeksError(
      'MEKS_CORRECTION_UNDONE',
      `correction ${quoted(undoes)} was undone by ${quoted(entry.undoneBy)}: make it again where it is wanted after all`,
    );
  if (!ledger.isOpen(entry) || entry.effect === null) {
    const why =
      entry.action === 'undo'
        ? 'is itself an undo'
        : entry.effect === null
          ? 'changed nothing'
          : 'is of a session that is over';
    throw new MeksError(
      'MEKS_CORRECTION_CLOSED',
      `correction ${quoted(undoes)} ${why} and cannot be undone: make a new correction`,
    );
  }
  const { user, target, applied: diamonds, gift } = entry;
  return { action: 'undo', user, target, diamonds, undoes, ...(gift === null ? {} : { gift }) };
}

/** The battle side and the receiver that a correction concerns, as it will name them. */
function about(
  { side, receiver }: { readonly side?: SideName; readonly receiver?: string },
  state: CorrectedState,
  shown: BattleState | null,
): { readonly side?: SideName; readonly receiver?: string } {
  return {
    ...(side === undefined ? {} : { side: knownSide(side, state, shown) }),
    ...(receiver === undefined || receiver === '' ? {} : { receiver }),
  };
}

function knownSide(name: SideName, state: CorrectedState, shown: BattleState | null): SideName {
  const side = sideNamed(knownSides(state.battles, shown), name);
  if (side !== null) return { battleId: side.battleId, sideId: side.sideId };
  throw new MeksError(
    'MEKS_BATTLE_UNKNOWN',
    `no side ${quoted(name.sideId)} of battle ${quoted(name.battleId)}: only the battle on display and the one before it take corrections`,
  );
}

function giftNamed(id: string, state: CorrectedState): NamedGift {
  const gift = state.gifts.find(id);
  if (gift !== null) return gift;
  throw new MeksError(
    'MEKS_GIFT_UNKNOWN',
    `no gift ${quoted(id)} among the newest of this session: correct its gifter by so many diamonds instead`,
  );
}

function userOf(id: string, { roster }: CorrectedState): User {
  const gifter = roster.find(id);
  return gifter < 0 ? unknownUser(id) : roster.user(gifter);
}

/** Who gives must be known: there is nothing to take from a stranger. */
function giverOf(id: string, state: CorrectedState): User {
  if (state.roster.find(id) >= 0) return userOf(id, state);
  throw new MeksError('MEKS_GIFTER_UNKNOWN', `no gifter ${quoted(id)} in this room: people are named by user id`);
}

function otherThan(user: string, target: string, state: CorrectedState): User {
  if (user !== target) return userOf(target, state);
  throw empty(`${quoted(user)} is both who gives and who receives`);
}

function empty(why: string): MeksError {
  return new MeksError('MEKS_CORRECTION_EMPTY', `${why}: nothing would change`);
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}
