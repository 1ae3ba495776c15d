import type { Clock } from '../base/clock.ts';
import { limits } from '../protocol/limits.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { normalizerCounters, type NormalizerCounter, type NormalizerCounters } from './counters.ts';
import { Drift, type FieldDrift } from './drift.ts';
import { settledEvent } from './gift.ts';
import { handlingOf, type Handling, type WireMessage } from './handlers.ts';
import { IdWindow } from './id-window.ts';
import { isIgnored } from './ignored-methods.ts';
import { noteLive } from './live.ts';
import { Quarantine, type QuarantineReason } from './quarantine.ts';
import { contentHash } from './read.ts';
import { restoreEvent } from './restore.ts';
import { Streaks } from './streaks.ts';
import { Turn, type Handled, type Memory } from './turn.ts';
import { WireCheck } from './wire-check.ts';

export { Quarantine, type QuarantineEntry } from './quarantine.ts';
export { wireDump } from './wire-dump.ts';

// The door of normalizer/: raw messages of one room become typed events. What a message says is decided by pure
// functions over tables (one file a family); this file owns the order of the steps and what outlives a message: the
// ids of the last messages, the streaks, the quarantine, the drift counts. Each is bounded by its limit and says
// there what happens.
//
//   known method? -> size -> wire check -> decode -> seen before? -> its family -> events

/**
 * What became of a message. `events`: it gave at least one. `duplicate`: seen before by its id, or it says only what is
 * known (an overtaken tick, a rank sent again unchanged, a second end of the same battle). `ignored`: known and of no
 * use. `quarantined`: not understood, kept with the reason. `unknown`: a method nobody has heard of.
 */
export type Outcome = Handled | 'unknown';

/** Own bounds, for tests; by default those of protocol/limits.ts. */
export interface NormalizerLimits {
  readonly messageBytesMax: number;
  readonly fieldsMax: number;
  readonly idsMax: number;
  readonly streaksMax: number;
  readonly streakSilenceMs: number;
  readonly streakKeptMs: number;
  readonly quarantineMessagesMax: number;
  readonly quarantineBytesMax: number;
  readonly driftNamesMax: number;
}

const defaultLimits: NormalizerLimits = {
  messageBytesMax: limits.rawMessageBytesMax.value,
  fieldsMax: limits.messageFieldsMax.value,
  idsMax: limits.dedupeIdsMax.value,
  streaksMax: limits.streaksOpenMax.value,
  streakSilenceMs: limits.streakSilenceMs.value,
  streakKeptMs: limits.streakKeptMs.value,
  quarantineMessagesMax: limits.quarantineMessagesMax.value,
  quarantineBytesMax: limits.quarantineBytesMax.value,
  driftNamesMax: limits.driftNamesMax.value,
};

export interface NormalizerOptions {
  readonly room: { readonly id: string };
  readonly clock: Clock;
  readonly limits?: Partial<NormalizerLimits>;
  /** One place per counter, when another thread reads them. */
  readonly counterValues?: Float64Array;
}

/** Messages kept of each method that nobody has heard of. */
const unknownSamplesMax = 3;

export class Normalizer {
  readonly room: { readonly id: string };
  readonly counters: NormalizerCounters;
  /** Messages that could not be understood, newest ones with their bytes. */
  readonly quarantine: Quarantine;
  /** Signs that upstream has changed. */
  readonly drift: Drift;
  readonly #clock: Clock;
  readonly #limits: NormalizerLimits;
  readonly #check: WireCheck;
  readonly #memory: Memory;
  readonly #turn: Turn;
  /** Price mismatches counted so far: each one more is a sign. */
  #mismatches = 0;

  constructor(options: NormalizerOptions) {
    const own = { ...defaultLimits, ...options.limits };
    this.room = options.room;
    this.#clock = options.clock;
    this.#limits = own;
    this.counters = normalizerCounters(options.counterValues);
    this.quarantine = new Quarantine({ entriesMax: own.quarantineMessagesMax, bytesMax: own.quarantineBytesMax });
    this.drift = new Drift(own.driftNamesMax);
    this.#check = new WireCheck(own.fieldsMax);
    this.#memory = {
      streaks: new Streaks({
        streaksMax: own.streaksMax,
        silenceMs: own.streakSilenceMs,
        keptMs: own.streakKeptMs,
      }),
      ids: new IdWindow(own.idsMax),
      hostId: '',
      liveId: '',
      liveTold: false,
      liveEnded: false,
      liveEndedAt: 0,
      livePaused: false,
      rivalLiveId: '',
      rivalLiveCount: 0,
      ranks: new Map(),
    };
    this.#turn = new Turn(this.counters, this.#memory);
  }

  /** Streaks that are open: neither ended nor silent. */
  get streaksOpen(): number {
    return this.#memory.streaks.openCount;
  }

  /** Appends the events of one raw message to `out` (none or more) and says what became of it. Never throws. */
  normalize(raw: RawMessage, out: MeksEvent[]): Outcome {
    const start = out.length;
    const turn = this.#turn;
    turn.begin(raw, out, this.#clock.nowMs());
    this.counters.add('messages');
    this.drift.heard(raw.receivedAt);
    let outcome: Outcome;
    try {
      outcome = this.#read(raw, turn, start);
    } catch (error) {
      // A bug, shown by this message: the room goes on without it, and the operator can see which one it was.
      this.counters.add('faults');
      outcome = turn.quarantine('fault', String(error));
    }
    if (outcome === 'quarantined') {
      out.length = start;
      if (raw.late !== true) this.#setAside(raw, turn);
    }
    const mismatches = this.counters.get('alarmPriceMismatch');
    if (mismatches !== this.#mismatches) {
      this.drift.mismatch(raw.method, turn.key, raw.receivedAt);
      this.#mismatches = mismatches;
    }
    if (raw.late === true) for (let index = start; index < out.length; index++) out[index]!.late = true;
    turn.end();
    this.#count(outcome, out, start);
    return outcome;
  }

  /** Settles streaks that fell silent: appends gift events with count 0 that close them. Called about once a second. */
  expire(out: MeksEvent[]): void {
    const { streaks } = this.#memory;
    const nowMs = this.#clock.nowMs();
    for (;;) {
      const silent = streaks.takeSilent(nowMs);
      if (silent === null) break;
      out.push(settledEvent(silent));
      this.counters.add('streaksSettled');
      this.counters.add('events');
      this.counters.add('gift');
    }
    streaks.forgetOld(nowMs);
  }

  /** Takes up what an event read back from the log says, so that a replay after a restart gives nothing twice. */
  restore(event: MeksEvent): void {
    restoreEvent(event, this.#memory, this.#clock.nowMs());
  }

  #read(raw: RawMessage, turn: Turn, start: number): Outcome {
    const handling = handlingOf(raw.method);
    if (handling === undefined) {
      return isIgnored(raw.method) ? 'ignored' : this.#unknown(raw);
    }
    const { payload } = raw;
    if (payload.length > this.#limits.messageBytesMax) return turn.quarantine('too-large', `${payload.length} bytes`);
    const problem = this.#check.check(handling.shape, handling.known, payload);
    if (problem !== '') return turn.quarantine(problem, `field ${this.#check.badPath}`);
    const message = decode(handling, payload);
    if (message instanceof Error) return turn.quarantine('undecodable', message.message);
    this.#identify(handling, message, turn);
    const { ids } = this.#memory;
    if (ids.has(turn.key)) return 'duplicate';
    if (raw.late === true && this.#isPast(handling, message)) return 'ignored';
    const missing = this.drift.fieldsOf(raw.method, this.#check, handling.expected, raw.receivedAt);
    const handled = handling.handle(message, turn);
    if (handled === 'ignored' && missing > 0 && this.drift.emptied(raw.method, missing, raw.receivedAt))
      this.counters.add('alarmMethodChanged');
    if (handled === 'events' || handled === 'duplicate') ids.add(turn.key);
    if (handled === 'events' && handling.ofTheRoom) {
      const live = noteLive(message.common?.roomId ?? '0', turn);
      // Rare: before the first message of a LIVE.
      if (live !== null) turn.out.splice(start, 0, live);
    }
    return handled;
  }

  #unknown(raw: RawMessage): 'unknown' {
    if (raw.late === true) return 'unknown';
    if (this.drift.unknownMethod(raw.method, raw.receivedAt)) this.counters.add('alarmMethodUnknown');
    if (this.drift.timesSeen(raw.method) <= unknownSamplesMax) this.quarantine.sample('unknown-method', '', raw);
    return 'unknown';
  }

  #setAside(raw: RawMessage, turn: Turn): void {
    this.quarantine.add(turn.reason, turn.detail, raw);
    if (this.drift.quarantined(raw.method, turn.reason, turn.detail, this.#check.badPath, raw.receivedAt))
      this.counters.add('alarmMethodChanged');
  }

  /**
   * Whether a message that is run again has nothing to say any more: it tells how things stood, or it belongs to
   * another LIVE than the one at hand, whose boards it would add to.
   */
  #isPast(handling: Handling, { common }: WireMessage): boolean {
    const { liveId } = this.#memory;
    const roomId = common?.roomId ?? '0';
    return !handling.addsOnly || (roomId !== '0' && roomId !== '' && liveId !== '' && roomId !== liveId);
  }

  #identify(handling: Handling, message: WireMessage, turn: Turn): void {
    const { raw } = turn;
    if (handling.identity === 'arrival') {
      turn.key = `${raw.method}-${raw.receivedAt}`;
      return;
    }
    if (!turn.identify(message.common)) {
      this.counters.add('withoutId');
      turn.key = contentHash(raw.method, raw.payload);
    } else if (handling.identity === 'own-and-bytes') turn.key += `-${contentHash(raw.method, raw.payload)}`;
  }

  #count(outcome: Outcome, out: readonly MeksEvent[], start: number): void {
    const { counters } = this;
    counters.add(outcomeCounters[outcome]);
    counters.add('events', out.length - start);
    for (let index = start; index < out.length; index++) {
      const { kind } = out[index]!;
      if (kind !== 'correction' && kind !== 'operator' && kind !== 'gap') counters.add(kind);
    }
  }
}

const outcomeCounters = {
  events: 'understood',
  duplicate: 'duplicates',
  ignored: 'ignored',
  quarantined: 'quarantined',
  unknown: 'unknown',
} as const satisfies Record<Outcome, NormalizerCounter>;

function decode(handling: Handling, payload: Uint8Array): WireMessage | Error {
  try {
    return handling.decode(payload);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** What the normalizer makes of one message by itself, for people: `meks explain`, the quarantine page, the lab. */
export interface Explanation {
  readonly outcome: Outcome;
  readonly events: readonly MeksEvent[];
  /** Where it was quarantined. */
  readonly reason: QuarantineReason | null;
  readonly detail: string;
  /** The fields that MEKS reads, as decoded; null where there is no schema for it or it cannot be decoded. */
  readonly fields: unknown;
  /** New, missing and mistyped fields. */
  readonly drift: readonly Readonly<FieldDrift>[];
}

/** Reads `raw` as the first message of a room. Cold: makes a normalizer of its own. */
export function explain(raw: RawMessage, clock: Clock): Explanation {
  const normalizer = new Normalizer({ room: { id: 'explained' }, clock, limits: { idsMax: 1, streaksMax: 1 } });
  const events: MeksEvent[] = [];
  const outcome = normalizer.normalize(raw, events);
  const handling = handlingOf(raw.method);
  const fields = handling === undefined ? null : decode(handling, raw.payload);
  const entry = normalizer.quarantine.entries[0];
  return {
    outcome,
    events,
    reason: entry?.reason ?? null,
    detail: entry?.detail ?? '',
    fields: fields instanceof Error ? null : fields,
    drift: normalizer.drift.fields,
  };
}
