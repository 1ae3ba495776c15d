import { limits } from '../protocol/limits.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { Common } from '../protocol/webcast/webcast_pb.ts';
import type { NormalizerCounters } from './counters.ts';
import type { IdWindow } from './id-window.ts';
import type { QuarantineReason } from './quarantine.ts';
import { readEnvelopeId, readId, readTime } from './read.ts';
import type { Streaks } from './streaks.ts';

// What a family's handler has at hand while one message is read: one object for all messages, filled anew for each.

/** What a handler says of its message. `events`: it has appended at least one. */
export type Handled = 'events' | 'duplicate' | 'ignored' | 'quarantined';

/** What outlives a message, beside the streaks. Bounded: `ranks` by `listsMax` (ranks.ts), the rest by itself. */
export interface Memory {
  readonly streaks: Streaks;
  readonly ids: IdWindow;
  /** User id of the room's host; '' = not told yet. */
  hostId: string;
  /** Upstream's id of the LIVE at hand; '' = not told yet. */
  liveId: string;
  /** Whether the log says that a LIVE is or was on. */
  liveTold: boolean;
  /** Whether upstream has said that this LIVE is over, and Unix ms of when it did (0 = not known). */
  liveEnded: boolean;
  liveEndedAt: number;
  /** Whether its creator has paused it, as told last. */
  livePaused: boolean;
  /** A LIVE id that messages have named instead, and how many in a row. */
  rivalLiveId: string;
  rivalLiveCount: number;
  /** What the room's place in each list was when it was last told, as one text. */
  readonly ranks: Map<string, string>;
}

const noMessage: RawMessage = { method: '', payload: new Uint8Array(0), msgId: '', receivedAt: 0, history: false };
const noEvents: MeksEvent[] = [];

export class Turn {
  readonly counters: NormalizerCounters;
  readonly memory: Memory;
  raw: RawMessage = noMessage;
  out: MeksEvent[] = noEvents;
  /** The message's id: all its events are named after it. */
  key = '';
  /** Upstream's time of the message, Unix ms; 0 = not said. */
  at = 0;
  /** Monotonic ms. */
  nowMs = 0;
  reason: QuarantineReason = 'fault';
  detail = '';
  #ids = 0;
  #people = 0;

  constructor(counters: NormalizerCounters, memory: Memory) {
    this.counters = counters;
    this.memory = memory;
  }

  begin(raw: RawMessage, out: MeksEvent[], nowMs: number): void {
    this.raw = raw;
    this.out = out;
    this.nowMs = nowMs;
    this.key = '';
    this.at = 0;
    this.#ids = 0;
    this.#people = 0;
    this.detail = '';
  }

  /** Lets go of the message: its bytes are a view of a whole frame. */
  end(): void {
    this.raw = noMessage;
    this.out = noEvents;
  }

  /** Takes id and time from the part that all messages have. False: neither it nor the envelope has an id. */
  identify(common: Common | undefined): boolean {
    const { raw } = this;
    const own = common === undefined ? '' : readId(common.msgId);
    this.key = own === '' ? readEnvelopeId(raw.msgId) : own;
    this.at = common === undefined ? 0 : readTime(common.createTime, raw.receivedAt);
    return this.key !== '';
  }

  /** The id of the next event of this message: its key, then `key:1`, `key:2`… */
  nextId(): string {
    const index = this.#ids++;
    return index === 0 ? this.key : `${this.key}:${index}`;
  }

  /** A count or total as a number from 0 to `max`; what is outside is moved to the bound and counted. */
  number(value: string | number, max: number = Number.MAX_SAFE_INTEGER): number {
    const read = typeof value === 'number' ? value : Number(value);
    if (read >= 0 && read <= max) return read;
    this.counters.add('clamped');
    return read > max ? max : 0;
  }

  /** How many of `length` rows an event takes; the rest is counted. */
  rows(length: number, max: number = limits.eventRowsMax.value): number {
    if (length <= max) return length;
    this.counters.add('clamped');
    return max;
  }

  /** Whether one more person fits into the events of this message; who does not is counted. */
  person(): boolean {
    if (this.#people < limits.eventPeopleMax.value) {
      this.#people++;
      return true;
    }
    this.counters.add('clamped');
    return false;
  }

  quarantine(reason: QuarantineReason, detail: string): 'quarantined' {
    this.reason = reason;
    this.detail = detail;
    return 'quarantined';
  }
}

/** The message id that an event's id was made from. */
export function keyOf(eventId: string): string {
  const colon = eventId.indexOf(':');
  return colon < 0 ? eventId : eventId.slice(0, colon);
}
