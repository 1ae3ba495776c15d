import type { CorrectionAction, CorrectionEffect, CorrectionEvent, LedgerEntry } from '../protocol/corrections.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';

// Owns the newest corrections, each with what it really did: what an undo takes back, what the invariants are explained
// by, and how a correction that is sent twice is known. Bounded: limits.ledgerEntriesMax; the oldest is forgotten here
// and can no longer be undone. All of them are in the log.

/** An entry with what only the ranking needs. */
export interface KeptCorrection extends Omit<LedgerEntry, 'open' | 'undoneBy'> {
  undoneBy: string | null;
  /** null = it did nothing. */
  readonly effect: CorrectionEffect | null;
  /** seq at which its session began. */
  readonly session: number;
  /** Days and weeks since 1970 by the room's time. */
  readonly day: number;
  readonly week: number;
  /** Diamonds that it brought into the rolling windows and that later corrections have carried on. */
  carriedOn: number;
}

export interface SavedLedger {
  readonly entries: readonly KeptCorrection[];
  readonly session: number;
  readonly forgotten: number;
  readonly forgottenDiamonds: number;
}

/** A battle side for `explainedOn`. */
interface Side {
  readonly battleId: string;
  readonly sideId: string;
}

export class Ledger {
  #entries: KeptCorrection[] = [];
  readonly #byId = new Map<string, KeptCorrection>();
  readonly #bySeq = new Map<number, KeptCorrection>();
  /** seq at which the session under way began. */
  #session = 0;
  /** Of this session: entries that are no longer here, and what they added to the session. */
  #forgotten = 0;
  #forgottenDiamonds = 0;

  /** The newest entry with this id. */
  find(id: string): KeptCorrection | undefined {
    return this.#byId.get(id);
  }

  /** Whether an undo of this entry would be carried out. */
  isOpen(entry: KeptCorrection): boolean {
    return entry.undoneBy === null && isUndoable(entry.action) && entry.session === this.#session;
  }

  /** Takes note of a correction that was carried out. */
  add(event: CorrectionEvent, seq: number, day: number, week: number): void {
    const effect = event.effect ?? null;
    const { id, at, action, user, target, diamonds, reason, by } = event;
    const entry: KeptCorrection = {
      id,
      seq,
      at,
      action,
      user,
      target,
      diamonds,
      applied: event.applied ?? 0,
      reason,
      by,
      side: event.side ?? null,
      fromSide: event.fromSide ?? null,
      gift: event.gift ?? null,
      undoes: event.undoes ?? null,
      undoneBy: null,
      effect,
      session: this.#session,
      day,
      week,
      carriedOn: 0,
    };
    const undone = effect === null || event.undoes === undefined ? undefined : this.find(event.undoes);
    if (undone !== undefined) undone.undoneBy = id;
    this.#keep(entry);
    if (this.#entries.length > operatorLimits.ledgerEntriesMax.value) this.#forgetOldest();
  }

  /** Diamonds that the event with this number brought into a window were carried on by another correction. */
  carriedOn(seq: number, diamonds: number): void {
    const entry = this.#bySeq.get(seq);
    if (entry !== undefined) entry.carriedOn += diamonds;
  }

  beginSession(seq: number): void {
    this.#session = seq;
    this.#forgotten = 0;
    this.#forgottenDiamonds = 0;
  }

  /** What all corrections of this session have added to it. */
  get explained(): number {
    let sum = this.#forgottenDiamonds;
    for (const entry of this.#entries) if (entry.session === this.#session) sum += sessionChange(entry);
    return sum;
  }

  /** What all corrections of this session have added to a battle side; null = not known any more. */
  explainedOn(side: Side): number | null {
    if (this.#forgotten > 0) return null;
    let sum = 0;
    for (const { effect, session } of this.#entries) {
      if (effect === null || session !== this.#session) continue;
      for (const { battleId, sideId, given, taken } of effect.sides)
        if (battleId === side.battleId && sideId === side.sideId) sum += given - taken;
    }
    return sum;
  }

  /** Newest first. */
  list(): LedgerEntry[] {
    const listed: LedgerEntry[] = [];
    for (const entry of this.#entries.toReversed()) {
      const { effect, session: _session, day: _day, week: _week, carriedOn: _carriedOn, ...told } = entry;
      listed.push({ ...told, open: effect !== null && this.isOpen(entry) });
    }
    return listed;
  }

  save(): SavedLedger {
    const forgotten = this.#forgotten;
    return { entries: this.#entries, session: this.#session, forgotten, forgottenDiamonds: this.#forgottenDiamonds };
  }

  restore(saved: SavedLedger): void {
    this.#session = saved.session;
    this.#forgotten = saved.forgotten;
    this.#forgottenDiamonds = saved.forgottenDiamonds;
    for (const entry of saved.entries) this.#keep(entry);
  }

  #keep(entry: KeptCorrection): void {
    this.#entries.push(entry);
    this.#byId.set(entry.id, entry);
    this.#bySeq.set(entry.seq, entry);
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift()!;
    if (this.#byId.get(oldest.id) === oldest) this.#byId.delete(oldest.id);
    this.#bySeq.delete(oldest.seq);
    if (oldest.session !== this.#session) return;
    this.#forgotten++;
    this.#forgottenDiamonds += sessionChange(oldest);
  }
}

/** An undo is final: what it took back is given again by a new correction, with a reason of its own. */
function isUndoable(action: CorrectionAction): boolean {
  return action !== 'undo';
}

function sessionChange({ effect }: KeptCorrection): number {
  if (effect === null) return 0;
  return (effect.from === '' ? effect.session : 0) - (effect.to === '' ? effect.session : 0);
}
