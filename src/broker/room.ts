import type { Clock, Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { boardAnswer, reconciliationAnswer } from './board-answer.ts';
import { Broadcast } from '../broadcast/broadcast.ts';
import type { Link } from '../protocol/link.ts';
import type { Feed } from '../feed/feed.ts';
import type { Attachment, BoardQuestion, RoomDescription, RoomReconciliation } from '../gateway/gateway.ts';
import { PushFeed } from '../feed/push.ts';
import type { Ingest } from '../ingest/ingest.ts';
import type { Journal } from '../journal/journal.ts';
import type { Operator } from '../operator/operator.ts';
import type { Normalizer } from '../normalizer/normalizer.ts';
import { closeReasons, type CloseReason } from '../protocol/close-codes.ts';
import type { BoardRequest } from '../protocol/board-scope.ts';
import type { CorrectionEvent } from '../protocol/corrections.ts';
import { MeksError } from '../protocol/errors.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { OperatorEvent } from '../protocol/operator.ts';
import type { SourceState } from '../protocol/frames.ts';
import type { Position } from '../protocol/position.ts';
import type { DriftReport } from '../protocol/drift.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';
import type { Ranking } from '../ranking/ranking.ts';
import { type Subscription, Subscriptions } from '../subscriptions/subscriptions.ts';
import { type Fanout, type FanoutMaker, LocalFanout } from './fanout.ts';
import { roomCounterSpec } from './room-counters.ts';
import { RoomCheck } from './room-check.ts';
import { RoomDisk } from './room-disk.ts';
import { realParts, type RoomParts } from './room-parts.ts';
import { accountOf } from './message-account.ts';
import { QuietTime } from './quiet-time.ts';
import type { Recorder } from './recorder.ts';
import { SnapshotBytes } from './snapshot-bytes.ts';
import type { RoomPast } from './room-past.ts';
import { SourceFacts } from './source-facts.ts';
import { UnseenEnd } from './unseen-end.ts';

// One room, wired. Read `message` and `#publish`: they are the data flow.
//
//   feed -> ingest -> message(raw) -> normalizer -> #publish(event) -> ranking -> broadcast (log, ring) -> fanout
//
// Owns the order of these steps and nothing else: each piece of state belongs to the room of the house it is in. One
// turn (all that the ingest gives at once) is synchronous from the first message to the flush at its end.

export interface RoomOptions {
  readonly clock: Clock;
  readonly id: string;
  readonly handle: string;
  readonly feed: Feed;
  /** What the room was, and its log, ready to be written on. */
  readonly past: RoomPast;
  readonly log: Journal;
  /** Position at which the past ended, in the log's epoch. False `continued`: no dashboard can resume from before. */
  readonly lastSeq: number;
  readonly continued: boolean;
  readonly ringRecordsMax: number;
  /** Left out: the real ones. */
  readonly parts?: RoomParts;
  /** Threads that send to dashboards; left out or null: this one does. */
  readonly senders?: FanoutMaker | null;
  /** Keeps every raw message; null = nobody does. */
  readonly recorder: Recorder | null;
  /** Told of a bug that was contained: the event that could not be ranked, and why. */
  readonly onFault: (error: unknown, event: MeksEvent) => void;
  /** Told when the ranking's sums no longer agree: once, until they do again. */
  readonly onMismatch: (problems: readonly string[]) => void;
  /** Told at the end of every turn: for what goes on between rooms. */
  readonly onTurn?: (room: Room) => void;
}

/** How often silent streaks and silence itself are looked for, in milliseconds. */
const expireMs = 1000;

export class Room {
  readonly id: string;
  readonly handle: string;
  readonly counters = new Counters(roomCounterSpec);
  readonly ingest: Ingest;
  readonly normalizer: Normalizer;
  readonly ranking: Ranking;
  readonly operator: Operator;
  readonly broadcast: Broadcast;
  readonly fanout: Fanout;
  readonly subscriptions: Subscriptions;
  readonly feed: Feed;
  readonly log: Journal;
  readonly disk: RoomDisk;
  readonly recorder: Recorder | null;
  /** Takes events from other programs; null where they come from elsewhere. */
  readonly pushed: PushFeed | null;
  readonly #clock: Clock;
  readonly #onFault: RoomOptions['onFault'];
  readonly #check: RoomCheck;
  readonly #onTurn: (room: Room) => void;
  readonly #past: RoomPast;
  /** Feeds that wait to acknowledge: each until the log has passed a position. */
  readonly #logWaiters: { readonly head: number; readonly run: () => void }[] = [];
  /** Events of the message at hand: filled by the normalizer, emptied by the turn. */
  readonly #events: MeksEvent[] = [];
  /** What follows from the event at hand: alerts, notes that come in sight. */
  readonly #follows: MeksEvent[] = [];
  readonly #onExpire = (): void => this.#expire();
  #expireTimer: Timer | null = null;
  readonly #facts: SourceFacts;
  readonly #quiet: QuietTime;
  readonly #unseenEnd: UnseenEnd;
  #sourceDetail = '';
  #closed = false;
  readonly #snapshot = new SnapshotBytes(() => this.snapshotText());
  /** Arrival of the message whose events are being published, monotonic ms. */
  #arrivedMs = 0;

  constructor(options: RoomOptions) {
    const { clock, id, handle, feed } = options;
    this.id = id;
    this.handle = handle;
    this.#clock = clock;
    this.feed = feed;
    this.pushed = feed instanceof PushFeed ? feed : null;
    this.#onFault = options.onFault;
    this.#onTurn = options.onTurn ?? ((): void => {});
    this.#past = options.past;
    this.normalizer = options.past.normalizer;
    this.ranking = options.past.ranking;
    this.operator = options.past.operator;
    this.#check = new RoomCheck({
      clock,
      id,
      ranking: this.ranking,
      onMismatch: (problems) => {
        options.onMismatch(problems);
        this.#mismatch(problems);
      },
    });
    this.log = options.log;
    this.disk = new RoomDisk(clock, this.log);
    this.recorder = options.recorder;
    const { ringRecordsMax, lastSeq, parts = realParts, senders = null } = options;
    const tail = options.continued ? options.past.tail.slice(-ringRecordsMax) : [];
    this.broadcast = parts.broadcast({
      log: this.log,
      resume: { epoch: this.log.epoch, seq: lastSeq, tail },
      ringRecordsMax,
      shared: senders !== null,
    });
    this.#facts = new SourceFacts(clock);
    this.#quiet = new QuietTime(clock, this.ranking.aging);
    this.#unseenEnd = new UnseenEnd(clock);
    const fanoutParts = {
      id,
      handle,
      broadcast: this.broadcast,
      gate: this.log,
      facts: this.#facts,
      snapshot: () => ({ seq: this.broadcast.head - 1, bytes: this.snapshotBytes() }),
    };
    this.fanout = senders?.make(fanoutParts) ?? new LocalFanout(clock, fanoutParts, parts);
    this.subscriptions = new Subscriptions({
      clock,
      room: id,
      stream: this.broadcast,
      gate: this.log,
      window: (request) => this.ranking.window(request),
      heartbeat: (seq) => this.#facts.heartbeatText(seq),
    });
    this.ingest = parts.ingest({ clock, target: this });
    this.log.onSendable(() => this.#logMoved());
  }

  /** Begins to take what the feed brings. Whoever was here before sees that something may be missing. */
  start(): void {
    if (this.#past.lastAt > 0) {
      const at = this.#clock.wallMs();
      const lengthMs = Math.max(0, at - this.#past.lastAt);
      this.#quiet.awayFor(lengthMs);
      const id = `recovery-${this.broadcast.head}`;
      this.#publish({ kind: 'gap', id, at, reason: 'recovery', lengthMs, missed: this.#past.missed });
      this.turnEnd();
    }
    this.#past.tail.length = 0;
    this.#expireTimer = this.#clock.after(expireMs, this.#onExpire);
    this.#check.start();
    this.feed.start(this.ingest);
  }

  /** Stops the feed, publishes and sends what is left, closes the connections with `reason`, then the log. */
  async stop(reason: CloseReason = closeReasons.goingAway): Promise<void> {
    this.#expireTimer?.cancel();
    this.#check.stop();
    await this.feed.stop();
    await this.ingest.stop();
    this.#closed = true;
    this.fanout.flush();
    this.fanout.close(reason);
    this.subscriptions.close(reason);
    await this.log.close();
    await this.recorder?.close();
  }

  /** A dashboard's connection comes in. */
  attach(link: Link, since: Position | null): Attachment {
    return this.fanout.attach(link, since);
  }

  /** A connection comes in that shows one board; null = there are too many different ones. */
  attachBoard(link: Link, request: BoardRequest): Subscription | null {
    return this.subscriptions.attach(link, request);
  }

  /** JSON of a part of one board as it is at this moment. */
  boardBytes(question: BoardQuestion): Uint8Array {
    const { epoch, head } = this.broadcast;
    return Buffer.from(boardAnswer(this.ranking, this.id, { epoch, seq: head - 1 }, question));
  }

  /** What was counted, beside what upstream says. */
  reconciliation(): RoomReconciliation {
    return reconciliationAnswer(this.ranking.drift());
  }

  /** Whether a turn may begin: not while the log can take no more, and never once it is closed. */
  admits(): boolean {
    return !this.#closed && this.log.admits();
  }

  /** One raw message, from the ingest. */
  message(raw: RawMessage): void {
    this.#arrivedMs = this.#clock.nowMs();
    this.#facts.heard(this.#arrivedMs);
    this.recorder?.write(raw);
    const outcome = this.normalizer.normalize(raw, this.#events);
    raw.receipt?.note(outcome);
    this.#publishEvents();
  }

  /** An interruption, from the feed or from the ingest itself: an event like any other, so that nobody overlooks it. */
  gap(gap: FeedGap): void {
    this.#arrivedMs = this.#clock.nowMs();
    this.recorder?.writeGap(gap);
    const { reason, at, lengthMs, missed } = gap;
    this.#publish({ kind: 'gap', id: `gap-${this.broadcast.head}`, at, reason, lengthMs, missed });
  }

  /** How the source is doing, from the feed. */
  state(source: SourceState, detail: string): void {
    const changed = source !== this.#facts.state;
    this.#facts.state = source;
    this.#sourceDetail = detail;
    this.ranking.view.source = source;
    if (!changed) return;
    this.#quiet.source(source);
    this.fanout.announce();
    this.subscriptions.announce();
  }

  /** Calls `run` once everything published until now is in the log. */
  whenLogged(run: () => void): void {
    const { head } = this.broadcast;
    if (this.log.sendable() >= head) run();
    else this.#logWaiters.push({ head, run });
  }

  /** Something that did not come from upstream, in a turn of its own. The log admits it. */
  tell(event: MeksEvent): void {
    this.#arrivedMs = this.#clock.nowMs();
    this.#publish(event);
    this.turnEnd();
  }

  /** The turn is over: whoever keeps up is sent everything at once. */
  turnEnd(): void {
    this.log.commit();
    this.fanout.wake();
    this.subscriptions.wake();
    this.#onTurn(this);
  }

  /** Text of the snapshot frame of this moment. */
  snapshotText(): string {
    const { epoch, head } = this.broadcast;
    return JSON.stringify({ kind: 'snapshot', epoch, seq: head - 1, view: this.ranking.view });
  }

  /** The same as bytes, made at most once per position. */
  snapshotBytes(): Uint8Array {
    return this.#snapshot.at(this.broadcast.head - 1, this.#facts.state);
  }

  describe(): RoomDescription {
    const { session, battle } = this.ranking.view;
    return {
      id: this.id,
      handle: this.handle,
      feed: this.feed.name,
      source: this.#facts.state,
      sourceDetail: this.#sourceDetail,
      sourceAgeMs: this.#facts.ageMs,
      epoch: this.broadcast.epoch,
      seq: this.broadcast.head - 1,
      connections: this.fanout.size,
      diamonds: session.diamonds,
      gifters: session.gifters,
      viewers: session.viewers,
      battle: battle === null ? null : battle.phase,
      messages: accountOf(this.ingest, this.normalizer),
      driftAlarms: this.normalizer.drift.alarms.length,
      sumsAgree: this.#check.agrees,
      disk: this.disk.describe(),
    };
  }

  driftReport(): DriftReport {
    return this.normalizer.drift.report();
  }

  #logMoved(): void {
    this.fanout.wake();
    this.subscriptions.wake();
    while (this.#logWaiters.length > 0 && this.#logWaiters[0]!.head <= this.log.sendable())
      this.#logWaiters.shift()!.run();
    this.ingest.resume();
  }

  #publishEvents(): void {
    const events = this.#events;
    if (events.length > 0 && this.#quiet.stands) this.#publish(this.#quiet.event(this.broadcast.head));
    for (let index = 0; index < events.length; index++) this.#publish(events[index]!);
    events.length = 0;
  }

  /** Ranking first (it fills in where the gifter stands), then the one encoding, the log and the ring. */
  #publish(event: MeksEvent): void {
    const seq = this.broadcast.head;
    try {
      this.ranking.apply(seq, event);
    } catch (error) {
      this.#contain(error, event);
      return;
    }
    const text = this.broadcast.encode(event);
    this.broadcast.publish(text, Broadcast.bytesOf(text));
    this.fanout.published(seq, this.#arrivedMs);
    this.counters.add('published');
    if (event.kind === 'gift') this.counters.add('diamonds', event.diamonds);
    if (this.operator.watches(this.ranking.view)) this.#observe(event);
  }

  /** What operators asked to be told of follows at once, as events of its own. */
  #observe(event: MeksEvent): void {
    const follows = this.#follows;
    this.operator.observe(this.ranking.view, event, this.#clock.wallMs(), follows);
    for (let next = follows.shift(); next !== undefined; next = follows.shift()) this.#publish(next);
  }

  /** Publishes what an operator did; returns its seq. Throws MEKS_ANSWER_LATE or MEKS_INTERNAL, and did nothing. */
  act(event: CorrectionEvent | OperatorEvent): number {
    if (!this.admits())
      throw new MeksError('MEKS_ANSWER_LATE', 'the log can take no more just now: try again in a moment');
    this.#arrivedMs = this.#clock.nowMs();
    if (this.#quiet.stands) this.#publish(this.#quiet.event(this.broadcast.head));
    const seq = this.broadcast.head;
    const faults = this.counters.get('faults');
    this.#publish(event);
    this.turnEnd();
    if (this.counters.get('faults') === faults) return seq;
    throw new MeksError(
      'MEKS_INTERNAL',
      `${event.kind} ${event.id} could not be carried out: see the log of the broker`,
    );
  }

  /** Sums that do not agree: everybody is told, for what they see is not to be relied on. */
  #mismatch(problems: readonly string[]): void {
    // A ranking that stands still takes no event any more: the process restarts from its log with the next one.
    if (!this.ranking.isSound || !this.admits()) return;
    this.#publish(this.operator.mismatch(problems, this.broadcast.head, this.#clock.wallMs()));
    this.turnEnd();
  }

  /** The ranking computes first and swaps then: a turn that failed has changed nothing. Dashboards see a gap of one. */
  #contain(error: unknown, event: MeksEvent): void {
    this.counters.add('faults');
    this.#onFault(error, event);
    if (event.kind === 'gap') throw error;
    const at = this.#clock.wallMs();
    this.#publish({ kind: 'gap', id: `fault-${this.broadcast.head}`, at, reason: 'fault', lengthMs: 0, missed: 1 });
  }

  #expire(): void {
    this.#expireTimer = this.#clock.after(expireMs, this.#onExpire);
    this.disk.look();
    if (!this.admits()) return;
    this.#arrivedMs = this.#clock.nowMs();
    this.normalizer.expire(this.#events);
    this.#unseenEnd.look(this.ranking, this.#events);
    this.#publishEvents();
    if (this.#quiet.look()) this.#publish(this.#quiet.event(this.broadcast.head));
    this.turnEnd();
  }
}
