import { assert } from '../base/assert.ts';
import { Counters } from '../base/counters.ts';
import { MeksError } from '../protocol/errors.ts';
import type { MeksEvent } from '../protocol/events.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';
import {
  isShown,
  operatorItem,
  type KnownPerson,
  type ListChange,
  type OperatorEvent,
  type OperatorItems,
  type OperatorList,
  type OperatorRequest,
  type OperatorSet,
  type OperatorUndoRequest,
} from '../protocol/operator.ts';
import { boardRowsMax, type RoomView } from '../protocol/room-view.ts';
import { alertEvent, Alerts, type SavedAlerts } from './alerts.ts';
import { People, type Arrival, type RememberedPerson, type Sighting } from './people.ts';
import { changeOf, checkRoom, type OperatorContext } from './wishes.ts';

export type { OperatorContext } from './wishes.ts';

// The door of operator/: what operators of one room do together beside corrections. What all desks see is in the view
// (protocol/operator.ts), moved by events; here is the rest: notes of people who are not in sight, what can be taken
// back, and the rules that make alerts. All of it follows from the events alone and is saved with the ranking's state,
// so that a restart knows what the log knows.
// Bounded by operatorLimits: notes, changes that can be undone, rules.

export const operatorCounterSpec = {
  changes: 'changes of what operators share: pins, thanks, notes, mutes, goals, rules',
  undone: 'of these, changes that took another one back',
  alerts: 'alerts that rules gave, or the check of the sums',
  alertsHeld: 'alerts that were held back by the rest of their rule, and counted in the next one',
  notesShown: 'notes that came in sight with their person',
} as const;

/** A change that can be taken back. */
interface DoneChange {
  readonly id: string;
  readonly seq: number;
  readonly by: string;
  readonly change: OperatorSet;
  readonly isUndo: boolean;
  undone: boolean;
  /** startSeq of the session in which it was made; not there in what earlier versions saved. */
  readonly session?: number;
  /** Of a note that was taken away: when its person was seen. */
  readonly seen?: Sighting;
}

interface SavedOperator {
  readonly people: readonly RememberedPerson[];
  readonly done: readonly DoneChange[];
  readonly alerts: SavedAlerts;
  readonly session: number;
}

/** A change to make; `again`: it was made before, as the event `seq`. */
export type Wanted =
  | { readonly kind: 'event'; readonly event: OperatorEvent }
  | { readonly kind: 'again'; readonly seq: number };

export class Operator {
  readonly counters = new Counters(operatorCounterSpec);
  readonly #people = new People();
  readonly #alerts = new Alerts();
  #done: DoneChange[] = [];
  #session = 0;
  /** Who arrived with the event that was applied last. */
  #arrival: Arrival | null = null;
  /** The room's time after that event: one event that is dated wrongly does not move it. */
  #now = 0;

  /** An event was applied to `view`, now or when the log was read. `now`: the room's time; 0 = not known. */
  apply(view: RoomView, seq: number, event: MeksEvent, now: number): void {
    const { startSeq } = view.session;
    if (startSeq !== this.#session) {
      this.#session = startSeq;
      this.#alerts.beginSession();
    }
    this.#arrival = null;
    this.#now = now;
    if (event.kind === 'operator') this.#take(view, seq, event);
    else if (this.#people.size > 0 && 'user' in event && event.user !== null && event.kind !== 'correction')
      this.#arrival = this.#people.seen(event.user.id, event.at, startSeq);
  }

  #take(view: RoomView, seq: number, event: OperatorEvent): void {
    const { change, id, by } = event;
    if (change.list === 'note-shown') this.counters.add('notesShown');
    else if (change.list === 'alert') {
      this.#alerts.took(change.alert, this.#session);
      this.counters.add('alerts');
    } else {
      const undone = event.undoes === undefined ? undefined : this.#done.findLast(({ id: of }) => of === event.undoes);
      const seen = change.list === 'note' ? this.#noted(view, change, undone) : null;
      if (change.list === 'rule' && change.now === null) this.#alerts.forget(change.key);
      this.counters.add('changes');
      const isUndo = event.undoes !== undefined;
      if (isUndo) this.counters.add('undone');
      if (undone !== undefined) undone.undone = true;
      const done = { id, seq, by, change, isUndo, undone: false, session: this.#session };
      this.#done.push(seen === null ? done : { ...done, seen });
      if (this.#done.length > operatorLimits.operatorUndoMax.value) this.#done.shift();
    }
  }

  /** A note was set or taken away; tells what is to be remembered of its person, should the note come back. */
  #noted(view: RoomView, { key, now }: ListChange<'note'>, undone: DoneChange | undefined): Sighting | null {
    if (now === null) return this.#people.removeNote(key);
    this.#people.setNote(key, now, undone?.seen ?? sightingOf(view, key));
    return null;
  }

  /** False while there is nothing to observe: no rule, and nobody with a note. */
  watches(view: RoomView): boolean {
    return view.operator.rules.length > 0 || this.#people.size > 0;
  }

  /** Adds to `out` what follows from an event that was just published: alerts, and notes that came in sight. */
  observe(view: RoomView, event: MeksEvent, at: number, out: MeksEvent[]): void {
    if (view.operator.rules.length > 0) {
      const now = this.#now > 0 ? this.#now : at;
      this.#alerts.observe(view, event, { arrival: this.#arrival, people: this.#people, at, now }, out);
      this.counters.set('alertsHeld', this.#alerts.held);
    }
    if (this.#people.size > 0) this.#showNotes(view, event, at, out);
  }

  /** The broker's own check found sums that do not agree. */
  mismatch(problems: readonly string[], seq: number, at: number): OperatorEvent {
    const [text = ''] = problems;
    const told = { rule: '', kind: 'mismatch', user: null, usual: 0, held: 0 } as const;
    return alertEvent({ ...told, id: `mismatch-${seq}`, at, value: problems.length, text: text.slice(0, 300) });
  }

  #showNotes(view: RoomView, event: MeksEvent, at: number, out: MeksEvent[]): void {
    if (event.kind === 'gift') {
      if (event.standing !== null && event.standing.rank <= boardRowsMax)
        this.#showNote(view, event.user.id, event.id, at, out);
    } else if (event.kind === 'correction') {
      for (const row of view.board) this.#showNote(view, row.user.id, event.id, at, out);
    } else if (event.kind === 'operator' && event.change.list === 'pin' && event.change.now !== null) {
      this.#showNote(view, event.change.key, event.id, at, out);
    }
  }

  #showNote(view: RoomView, userId: string, cause: string, at: number, out: MeksEvent[]): void {
    const known = this.#people.find(userId);
    if (known === undefined) return;
    const { notes } = view.operator;
    for (let index = 0; index < notes.length; index++) if (notes[index]!.user.id === userId) return;
    if (!isShown(view, userId)) return;
    const { note } = known;
    out.push({ kind: 'operator', id: `note-${cause}-${userId}`, at, by: '', change: { list: 'note-shown', note } });
  }

  /** The event that does what is asked for. Throws MeksError MEKS_OPERATOR_FULL or MEKS_OPERATOR_SAME. */
  wish(request: OperatorRequest, at: number, context: OperatorContext): Wanted {
    const again = this.#done.findLast((done) => done.id === request.id);
    if (again !== undefined) return { kind: 'again', seq: again.seq };
    const itemOf = (list: OperatorList, key: string): OperatorItems[OperatorList] | null =>
      this.#itemOf(context.view, list, key);
    const change = changeOf(request, at, context, itemOf, this.#people.size);
    return { kind: 'event', event: eventOf(request, at, change, context.view) };
  }

  /**
   * The event that takes a change back: that with the id `undoes`, or the newest of `by`. Throws MeksError
   * MEKS_OPERATOR_UNKNOWN, or MEKS_OPERATOR_CHANGED where something else is there now.
   */
  undo(request: OperatorUndoRequest, at: number, view: RoomView): Wanted {
    const again = this.#done.findLast((done) => done.id === request.id);
    if (again !== undefined) return { kind: 'again', seq: again.seq };
    const { undoes, by } = request;
    const done = this.#done.findLast((one) =>
      undoes === undefined ? one.by === by && !one.undone && !one.isUndo && !this.#isOver(one) : one.id === undoes,
    );
    if (done === undefined) {
      const which = undoes === undefined ? `of ${JSON.stringify(by)}` : JSON.stringify(undoes.slice(0, 80));
      throw new MeksError('MEKS_OPERATOR_UNKNOWN', `no change ${which} among the newest: set it as it should be`);
    }
    const { change } = done;
    const there = this.#itemOf(view, change.list, change.key);
    const carried = (item: OperatorSet['now']): OperatorSet['now'] =>
      this.#ofThisSession(done) ? item : inLaterSession(item);
    const left = carried(change.now);
    if (done.undone || done.isUndo || this.#isOver(done) || JSON.stringify(there) !== JSON.stringify(left)) {
      const what = `${change.list} ${JSON.stringify(change.key)}`;
      throw new MeksError(
        'MEKS_OPERATOR_CHANGED',
        `${what} is no longer as that change left it: set it as it should be`,
      );
    }
    if (there === null) checkRoom(change.list, view, this.#people.size);
    const back = { list: change.list, key: change.key, now: carried(change.before), before: left } as OperatorSet;
    return { kind: 'event', event: { ...eventOf(request, at, back, view), undoes: done.id } };
  }

  /** Thanks are gone with their session: one that was taken back then does not come back in another. */
  #isOver(done: DoneChange): boolean {
    return done.change.list === 'thanked' && !this.#ofThisSession(done);
  }

  /** What an earlier version saved does not say; it is taken to be of this one, as it was then. */
  #ofThisSession({ session }: DoneChange): boolean {
    return session === undefined || session === this.#session;
  }

  /** Everybody with a note, the newest first. */
  notes(): KnownPerson[] {
    return this.#people.list();
  }

  /** The note on one person; null = there is none. */
  note(userId: string): KnownPerson | null {
    const known = this.#people.find(userId);
    return known === undefined ? null : { note: known.note, lastSeenAt: known.lastSeenAt };
  }

  #itemOf(view: RoomView, list: OperatorList, key: string): OperatorItems[OperatorList] | null {
    if (list === 'note') return this.#people.find(key)?.note ?? null;
    return operatorItem(view.operator, list, key);
  }

  save(): string {
    const saved: SavedOperator = {
      people: this.#people.save(),
      done: this.#done,
      alerts: this.#alerts.save(),
      session: this.#session,
    };
    return JSON.stringify(saved);
  }

  /** Takes up what `save` gave; '' = nothing was saved. */
  restore(text: string): void {
    if (text === '') return;
    const saved = JSON.parse(text) as SavedOperator;
    assert(this.#done.length === 0, 'only an empty operator room takes up a saved one');
    this.#people.restore(saved.people);
    this.#done = [...saved.done];
    this.#alerts.restore(saved.alerts);
    this.#session = saved.session;
  }
}

/** An item as it is in a later session than that of its change: goals count from nothing there. */
function inLaterSession(item: OperatorSet['now']): OperatorSet['now'] {
  return item !== null && 'from' in item ? { ...item, from: 0 } : item;
}

/** Whoever is in sight was seen in this session: at the time of a gift that is, or else some time since it began. */
function sightingOf(view: RoomView, userId: string): Sighting | null {
  const { startAt, startSeq: session } = view.session;
  const gift = view.recentGifts.findLast((frame) => frame.kind === 'gift' && frame.user.id === userId);
  if (gift !== undefined) return { lastSeenAt: gift.at > 0 ? gift.at : startAt, session };
  const isHere = [...view.board, ...view.topViewers].some(({ user }) => user !== null && user.id === userId);
  return isHere ? { lastSeenAt: startAt, session } : null;
}

function eventOf(
  { id, by }: { readonly id: string; readonly by: string },
  at: number,
  change: OperatorSet,
  view: RoomView,
): OperatorEvent {
  const event = { kind: 'operator', id, at, by, change } as const;
  const { thanked } = view.operator;
  const isNew = change.list === 'thanked' && change.now !== null && change.before === null;
  const drops = isNew && thanked.length >= operatorLimits.operatorThankedMax.value;
  return drops ? { ...event, dropped: [thanked[0]!.user.id] } : event;
}
