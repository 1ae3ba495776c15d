// How far what MEKS counted is from upstream's own running totals, and why: for an operator who wants to know whether
// the board can be trusted.

/**
 * Diamonds of the room's host and guests. upstream = counted + joinedLate + gap + unknownGift + multiGuest + unknown.
 */
export interface Reconciliation {
  readonly counted: number;
  readonly upstream: number;
  /** Apart when they were first compared: given before MEKS listened. */
  readonly joinedLate: number;
  /** Came apart over an interruption. */
  readonly gap: number;
  /** Came apart while gifts without a known price were given. */
  readonly unknownGift: number;
  /** Came apart for guests: this room's feed does not carry all that they are given. */
  readonly multiGuest: number;
  /** No known cause: what an operator should look at. */
  readonly unknown: number;
}

/** Why upstream's count and ours differ, as far as that is known. */
export type ReconciliationCause = 'joinedLate' | 'gap' | 'unknownGift' | 'multiGuest' | 'unknown';

/** Causes in words, the largest first. */
const causes: Readonly<Record<ReconciliationCause, string>> = {
  joinedLate: 'joined late',
  gap: 'lost in a gap',
  unknownGift: 'gifts without a price',
  multiGuest: 'given to guests',
  unknown: 'cause not known',
};

/**
 * Why one gifter's diamonds are `drift` apart; null = they are not. Upstream's account of a gifter has no history to
 * learn that from, but nobody can lack more than the room lacks: the one cause by which the room is apart in the same
 * direction and by as much is named. Several that could be, or none: `unknown`.
 */
export function gifterCause(drift: number, total: Reconciliation | null): ReconciliationCause | null {
  if (drift === 0) return null;
  if (total === null) return 'unknown';
  const possible = (Object.keys(causes) as ReconciliationCause[]).filter((cause) =>
    drift > 0 ? total[cause] >= drift : total[cause] <= drift,
  );
  return possible.length === 1 ? possible[0]! : 'unknown';
}

/** `counted 12,340 of 12,400: joined late`. */
export function reconciliationText(total: Reconciliation): string {
  const parts = Object.entries(causes)
    .map(([cause, words]) => ({ words, diamonds: total[cause as ReconciliationCause] }))
    .filter(({ diamonds }) => diamonds !== 0)
    .sort((a, b) => Math.abs(b.diamonds) - Math.abs(a.diamonds));
  const sums = `counted ${total.counted.toLocaleString('en')} of ${total.upstream.toLocaleString('en')}`;
  if (parts.length === 0) return sums;
  if (parts.length === 1) return `${sums}: ${parts[0]!.words}`;
  return `${sums}: ${parts.map(({ words, diamonds }) => `${words} ${diamonds.toLocaleString('en')}`).join(', ')}`;
}
