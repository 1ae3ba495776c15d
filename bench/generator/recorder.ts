import { Accounting } from './accounting.ts';
import type { AccountingTotals } from './accounting.ts';
import { Histogram } from './histogram.ts';
import type { HistogramData } from './histogram.ts';
import { findHitches } from './hitches.ts';
import type { Hitch } from './hitches.ts';
import { scheduleLengthMs } from './schedule.ts';
import type { Schedule } from './schedule.ts';
import { Series } from './series.ts';
import type { SeriesData } from './series.ts';

// Owns all that one run measures at the dashboards. Latency is from an event's intended time to the read of its last
// byte. Good dashboards, slow ones and those that have just come back are kept apart: the first are the figures.

/** `good` reads as fast as it can. `slow` reads 1 KB/s. `stalled` reads nothing. */
export type Temper = 'good' | 'slow' | 'stalled';

export interface Measured {
  /** In the order of the schedule's phases; their sum is the whole run. */
  readonly byPhase: readonly HistogramData[];
  readonly slow: HistogramData;
  /** Events that were due while the dashboard was away: how late they were on return. */
  readonly caughtUp: HistogramData;
  /** All that `byPhase` has, by intended time. */
  readonly series: SeriesData;
  readonly hitches: readonly Hitch[];
  readonly good: AccountingTotals;
  readonly others: AccountingTotals;
  /** Numbered frames of other kinds than the generator's gifts: battles, gaps, settled streaks. */
  readonly otherEvents: number;
  /** Frames whose seq did not follow the one before on the same connection, without a snapshot in between. */
  readonly seqBreaks: number;
}

export class Recorder {
  readonly accounting: Accounting;
  readonly #schedule: Schedule;
  readonly #tempers: readonly Temper[];
  readonly #good: Uint8Array;
  readonly #slotOfEvent: Uint16Array;
  readonly #byPhase: Histogram[];
  readonly #slow = new Histogram();
  readonly #caughtUp = new Histogram();
  readonly #series: Series;
  readonly #worstMs: Float32Array;
  /** Per dashboard: seq of the last numbered frame; 0 = any may follow. */
  readonly #seq: Float64Array;
  /** Per dashboard: events due before this are late by absence, not by slowness. */
  readonly #backMs: Float64Array;
  #startMs = 0;
  #otherEvents = 0;
  #seqBreaks = 0;
  #ended = 0;

  constructor(schedule: Schedule, tempers: readonly Temper[], rooms = 1) {
    this.#schedule = schedule;
    this.#tempers = tempers;
    this.accounting = new Accounting(tempers.length, schedule.events, rooms);
    this.#good = Uint8Array.from(tempers, (temper) => (temper === 'good' ? 1 : 0));
    this.#series = new Series(scheduleLengthMs(schedule));
    this.#slotOfEvent = Uint16Array.from(schedule.eventDueMs, (dueMs) => this.#series.slotOf(dueMs));
    this.#byPhase = schedule.phases.map(() => new Histogram());
    this.#worstMs = new Float32Array(schedule.events);
    this.#seq = new Float64Array(tempers.length);
    this.#backMs = new Float64Array(tempers.length);
  }

  /** The schedule's zero on the monotonic clock. */
  start(startMs: number): void {
    this.#startMs = startMs;
  }

  /** Good dashboards that have been given the last event of the schedule. */
  get ended(): number {
    return this.#ended;
  }

  event(dashboard: number, index: number, seq: number, nowMs: number): void {
    const seqBefore = this.#seq[dashboard]!;
    if (seqBefore !== 0 && seq !== seqBefore + 1) this.#seqBreaks++;
    this.#seq[dashboard] = seq;
    if (index < 0) {
      this.#otherEvents++;
      return;
    }
    if (!this.accounting.event(dashboard, index)) return;
    const dueMs = this.#schedule.eventDueMs[index]!;
    const latencyMs = nowMs - this.#startMs - dueMs;
    if (this.#good[dashboard] === 0) {
      this.#slow.record(latencyMs);
      return;
    }
    if (this.accounting.isLast(index)) this.#ended++;
    if (dueMs < this.#backMs[dashboard]!) {
      this.#caughtUp.record(latencyMs);
      return;
    }
    this.#byPhase[this.#schedule.eventPhase[index]!]!.record(latencyMs);
    this.#series.record(this.#slotOfEvent[index]!, latencyMs);
    if (latencyMs > this.#worstMs[index]!) this.#worstMs[index] = latencyMs;
  }

  /** A snapshot replaced what `dashboard` held: any seq may follow. */
  snapshot(dashboard: number): void {
    this.#seq[dashboard] = 0;
    this.accounting.snapshot(dashboard);
  }

  lagged(dashboard: number): void {
    this.accounting.lagged(dashboard);
  }

  /** Seq of the last numbered frame of `dashboard`: where a resume goes on. */
  seqOf(dashboard: number): number {
    return this.#seq[dashboard]!;
  }

  /** `dashboard` is connected again since `nowMs`. `resumed`: its stream goes on where it broke off. */
  back(dashboard: number, nowMs: number, resumed: boolean): void {
    this.#backMs[dashboard] = nowMs - this.#startMs;
    if (!resumed) this.#seq[dashboard] = 0;
  }

  measured(): Measured {
    const indices = [...this.#tempers.keys()];
    return {
      byPhase: this.#byPhase.map((phase) => phase.data),
      slow: this.#slow.data,
      caughtUp: this.#caughtUp.data,
      series: this.#series.data,
      hitches: findHitches(this.#schedule.eventDueMs, this.#worstMs),
      good: this.accounting.totals(indices.filter((dashboard) => this.#good[dashboard] === 1)),
      others: this.accounting.totals(indices.filter((dashboard) => this.#good[dashboard] === 0)),
      otherEvents: this.#otherEvents,
      seqBreaks: this.#seqBreaks,
    };
  }
}
