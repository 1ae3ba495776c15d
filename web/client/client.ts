import type {
  EventFrame,
  HeartbeatFrame,
  HelloFrame,
  ServerFrame,
  SnapshotFrame,
  SourceState,
} from '../../src/protocol/frames.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import type { Position } from '../../src/protocol/position.ts';
import { formatPosition } from '../../src/protocol/position.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { applyEvent } from '../../src/protocol/room-view.ts';
import { backoffMs } from './backoff.ts';
import { ClockOffset } from './clock-offset.ts';
import { Connection } from './connection.ts';
import type { ClientEnvironment } from './environment.ts';
import { systemEnvironment } from './environment.ts';
import { roomLanguage } from './frame-parser.ts';
import type { Action, Input, LinkState, Phase } from './link-machine.ts';
import { hangUpCodes, hasSocket, initialLinkState, isTrying, step } from './link-machine.ts';
import { Moment } from './moment.ts';
import { SleepWatch, sleptText } from './sleep-watch.ts';

// A dashboard without a screen: follows one room of a broker, over whatever happens to the connection, and holds the
// same RoomView as the broker at the same position. Runs in browsers and in Node. Owns one socket, one view, at most
// four timers. Bounded: the view is (protocol/room-view.ts), and nothing is queued: a frame is applied as it arrives.

/**
 * How the link is doing, as a person should see it. Only `live` means: what you see is what is. `loading`: the broker
 * has answered and could not go on from what you see, and the room as it is now has not come yet.
 */
export type Link = 'connecting' | 'loading' | 'live' | 'catching-up' | 'stale' | 'down' | 'refused';

/** Whether what is shown is what is, give or take what is under way. */
export function isCurrent(link: Link): boolean {
  return link === 'live' || link === 'catching-up';
}

export interface LinkStatus {
  readonly link: Link;
  /** Why, where there is something to say; '' otherwise. */
  readonly reason: string;
  /** Milliseconds since the broker last said anything at all, errors included; null = it never has. */
  readonly heardAgeMs: number | null;
  /** Milliseconds since the view was last known to be what is; null = it never was. */
  readonly dataAgeMs: number | null;
  /** When that was by the broker's clock, Unix ms; null = not known. */
  readonly dataAtMs: number | null;
  /** Milliseconds until the next attempt; null when none is planned. */
  readonly retryInMs: number | null;
  /** Upstream's state as last told; null = not told on this connection. */
  readonly source: SourceState | null;
  /** Milliseconds since upstream last said anything; null = not known. */
  readonly sourceAgeMs: number | null;
  readonly attempt: number;
  readonly delivered: number;
  readonly missed: number;
  readonly connects: number;
  readonly resumes: number;
  readonly snapshots: number;
  readonly lags: number;
  readonly breaches: number;
}

/** What happened to the link and to what is shown, in order with the events: the feed shows these. */
export type Notice =
  /** The view was replaced. `missed` events were skipped (0 on the first one, and when the epoch is new). */
  | { readonly kind: 'snapshot'; readonly missed: number; readonly newEpoch: boolean; readonly first: boolean }
  | { readonly kind: 'lagged'; readonly missed: number }
  /** Back where it was left; `behind` events follow. */
  | { readonly kind: 'resumed'; readonly behind: number }
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'stale' };

export interface ClientOptions {
  /** Where the room's stream is, without query: `…/v1/rooms/<room>/stream`, http(s) or ws(s). */
  readonly streamUrl: string;
  readonly environment?: ClientEnvironment;
}

const links: Readonly<Record<Phase, Link>> = {
  idle: 'down',
  dialling: 'connecting',
  loading: 'loading',
  'snapshot-due': 'catching-up',
  'catching-up': 'catching-up',
  live: 'live',
  stale: 'stale',
  waiting: 'down',
  refused: 'refused',
};

/** Kinds that do not prove that upstream talks: the broker makes them itself (and a score `from` another room). */
const ownKinds: ReadonlySet<string> = new Set<MeksEvent['kind']>(['gap', 'correction']);

/** What proves that the view is what is, once the link is live. That something was heard does not: an error is. */
const proofs: ReadonlySet<Input['kind']> = new Set<Input['kind']>(['hello', 'snapshot', 'event', 'heartbeat']);

function isOwn(frame: EventFrame): boolean {
  return ownKinds.has(frame.kind) || (frame.kind === 'score' && frame.from !== undefined);
}

export class StreamClient {
  readonly #streamUrl: string;
  readonly #environment: ClientEnvironment;
  readonly #offset = new ClockOffset();
  readonly #batchListeners = new Set<() => void>();
  readonly #eventListeners = new Set<(event: EventFrame) => void>();
  readonly #noticeListeners = new Set<(notice: Notice) => void>();
  readonly #heard: Moment;
  /** When the view was last known to be what is. */
  readonly #current: Moment;
  readonly #sleep: SleepWatch;
  #state: LinkState = initialLinkState;
  #view: RoomView | null = null;
  #version = 0;
  #connection: Connection<ServerFrame> | null = null;
  #retryTimer: { cancel(): void } | null = null;
  #retryAtMs: number | null = null;
  #currentServerMs: number | null = null;
  #source: SourceState | null = null;
  #sourceHeardAtMs: number | null = null;
  #batchPending = false;

  constructor(options: ClientOptions) {
    this.#streamUrl = options.streamUrl;
    this.#environment = options.environment ?? systemEnvironment;
    const { clock } = this.#environment;
    this.#heard = new Moment(clock);
    this.#current = new Moment(clock);
    this.#sleep = new SleepWatch(clock, () => this.#slept());
  }

  /**
   * The room as of `position`, changed in place by each event; null before the first snapshot. Read it, never write.
   */
  get view(): RoomView | null {
    return this.#view;
  }

  get position(): Position | null {
    return this.#state.position;
  }

  /** Grows with every change of view or link: cheap to compare. */
  get version(): number {
    return this.#version;
  }

  get status(): LinkStatus {
    const nowMs = this.#environment.clock.nowMs();
    const { reason, attempt, delivered, missed, connects, resumes, snapshots, lags, breaches } = this.#state;
    const retryInMs = this.#retryAtMs === null ? null : Math.max(0, this.#retryAtMs - nowMs);
    const counts = { attempt, delivered, missed, connects, resumes, snapshots, lags, breaches };
    return {
      link: links[this.#state.phase],
      reason,
      heardAgeMs: this.#heard.ageMs,
      dataAgeMs: this.#current.ageMs,
      dataAtMs: this.#currentServerMs,
      retryInMs,
      source: this.#source,
      sourceAgeMs: this.#sourceHeardAtMs === null ? null : nowMs - this.#sourceHeardAtMs,
      ...counts,
    };
  }

  /** The broker's wall clock now, Unix ms; null before it told. Countdowns use this and never their own decrement. */
  serverTimeMs(): number | null {
    return this.#offset.serverTimeMs(this.#environment.clock.nowMs());
  }

  start(): void {
    this.#advance({ kind: 'start' });
  }

  /** Ends the connection and stays away until `start`. */
  stop(): void {
    this.#advance({ kind: 'stop' });
  }

  /** Does not wait for the backoff: for "network is back" and for a person's click. Also leaves `refused`. */
  retryNow(): void {
    this.#advance({ kind: this.#state.phase === 'refused' ? 'start' : 'retry' });
  }

  /** `listener` is called once per batch: after all frames that had arrived together were applied. */
  subscribe(listener: () => void): () => void {
    this.#batchListeners.add(listener);
    return () => void this.#batchListeners.delete(listener);
  }

  /** Every event, in order, after it was applied. What a snapshot skipped does not come: a notice says so. */
  onEvent(listener: (event: EventFrame) => void): () => void {
    this.#eventListeners.add(listener);
    return () => void this.#eventListeners.delete(listener);
  }

  onNotice(listener: (notice: Notice) => void): () => void {
    this.#noticeListeners.add(listener);
    return () => void this.#noticeListeners.delete(listener);
  }

  /** Feeds the machine, does what it says, and follows up on the phase it is in. */
  #advance(input: Input): Action {
    const before = this.#state;
    const { state, action } = step(before, input);
    this.#state = state;
    if (action.kind === 'dial') this.#dial(action.since);
    else if (action.kind === 'redial') this.#redial(action.since);
    else if (action.kind === 'hang-up') this.#hangUp(action.code, action.reason);
    if (state.phase === 'live' && proofs.has(input.kind)) this.#proved();
    if (state.phase !== before.phase) this.#entered(before.phase, state.phase);
    this.#changed();
    return action;
  }

  #proved(): void {
    this.#current.mark();
    this.#currentServerMs = this.serverTimeMs();
  }

  /** The monotonic clock stood still: what the broker's clock was seen from it is wrong, until the next hello. */
  #slept(): void {
    this.#offset.reset();
    this.#advance({ kind: 'slept' });
  }

  #entered(from: Phase, to: Phase): void {
    if (isTrying(to)) this.#sleep.start();
    else this.#sleep.stop();
    if (from === 'waiting') this.#cancelRetry();
    if (to === 'waiting') this.#planRetry();
    if (!hasSocket(to)) this.#connection = null;
    if (to === 'stale') this.#tell({ kind: 'stale' });
    else if (to === 'refused') this.#tell({ kind: 'refused', reason: this.#state.reason });
    else if (to === 'dialling' && hasSocket(from)) this.#tell({ kind: 'lost', reason: sleptText });
    // A failed attempt after the first failure is no news.
    else if (to === 'waiting' && from !== 'dialling') this.#tell({ kind: 'lost', reason: this.#state.reason });
  }

  #dial(since: Position | null): void {
    const url =
      since === null ? this.#streamUrl : `${this.#streamUrl}?since=${encodeURIComponent(formatPosition(since))}`;
    this.#source = null;
    const connection: Connection<ServerFrame> = new Connection(this.#environment, url, roomLanguage, {
      frame: (frame) => this.#connection === connection && this.#receive(frame),
      malformed: (why) => this.#connection === connection && this.#advance({ kind: 'malformed', why, corrupt: false }),
      silent: (kind) => this.#connection === connection && this.#advance({ kind }),
      closed: (code, reason, upMs) =>
        this.#connection === connection && this.#advance({ kind: 'closed', code, reason, upMs }),
    });
    this.#connection = connection;
    connection.open();
  }

  #redial(since: Position | null): void {
    this.#hangUp(hangUpCodes.slept, sleptText);
    this.#dial(since);
  }

  #hangUp(code: number, reason: string): void {
    this.#connection?.hangUp(code, reason);
    this.#connection = null;
  }

  #planRetry(): void {
    const { clock, random } = this.#environment;
    const delayMs = this.#state.toldRetryMs ?? backoffMs(this.#state.attempt, random.next());
    this.#retryAtMs = clock.nowMs() + delayMs;
    this.#retryTimer = clock.after(delayMs, () => void this.#advance({ kind: 'retry' }));
  }

  #cancelRetry(): void {
    this.#retryTimer?.cancel();
    this.#retryTimer = null;
    this.#retryAtMs = null;
  }

  #receive(frame: ServerFrame): void {
    // What had been under way while the machine slept comes again, with the connection that takes its place.
    if (this.#sleep.look()) return;
    this.#heard.mark();
    switch (frame.kind) {
      case 'hello':
        this.#hello(frame);
        break;
      case 'snapshot':
        this.#snapshot(frame);
        break;
      case 'lagged':
        if (this.#advance(frame).kind === 'none') this.#tell({ kind: 'lagged', missed: frame.missed });
        break;
      case 'heartbeat':
        this.#heartbeat(frame);
        break;
      case 'error':
        this.#advance(frame);
        break;
      default:
        this.#event(frame);
    }
  }

  #hello(frame: HelloFrame): void {
    const behind = frame.seq - (this.#state.position?.seq ?? 0);
    this.#offset.reset();
    this.#offset.observe(frame.serverTime, this.#environment.clock.nowMs());
    this.#connection!.expect(frame.heartbeatMs);
    this.#advance(frame);
    if (frame.resumed && this.#connection !== null) this.#tell({ kind: 'resumed', behind });
  }

  #snapshot(frame: SnapshotFrame): void {
    const first = this.#view === null;
    const action = this.#advance(frame);
    if (action.kind !== 'replace') return;
    this.#view = frame.view;
    this.#source = frame.view.source;
    this.#tell({ kind: 'snapshot', missed: action.missed, newEpoch: action.newEpoch, first });
  }

  #heartbeat(frame: HeartbeatFrame): void {
    const nowMs = this.#environment.clock.nowMs();
    this.#offset.observe(frame.serverTime, nowMs);
    this.#source = frame.source;
    this.#sourceHeardAtMs = frame.sourceAgeMs < 0 ? null : nowMs - frame.sourceAgeMs;
    if (this.#view !== null) this.#view.source = frame.source;
    this.#advance(frame);
  }

  #event(frame: EventFrame): void {
    // The machine's input for an event is its number alone; the frame has it.
    const action = this.#advance({ kind: 'event', seq: frame.seq });
    if (action.kind !== 'apply') return;
    try {
      applyEvent(this.#view!, frame.seq, frame);
    } catch (error) {
      this.#view = null;
      this.#advance({ kind: 'malformed', why: `event ${frame.seq}: ${String(error)}`, corrupt: true });
      return;
    }
    // Replayed events are old: they say nothing about how upstream is now.
    if (this.#state.phase === 'live' && !isOwn(frame)) {
      this.#sourceHeardAtMs = this.#environment.clock.nowMs();
      this.#source ??= 'live';
    }
    for (const listener of this.#eventListeners) listener(frame);
  }

  #tell(notice: Notice): void {
    for (const listener of this.#noticeListeners) listener(notice);
    this.#changed();
  }

  #changed(): void {
    this.#version++;
    if (this.#batchPending) return;
    this.#batchPending = true;
    this.#environment.clock.soon(this.#tellBatch);
  }

  readonly #tellBatch = (): void => {
    this.#batchPending = false;
    for (const listener of this.#batchListeners) listener();
  };
}
