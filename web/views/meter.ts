// What the page measures of itself: events a second, the time from an event's arrival to the painted frame that shows
// it, and hitches. Pure: times come in. Owns ten one-second histograms of millisecond buckets and sixty counts of
// hitches. Bounded by these arrays; a paint later than the last bucket counts as the last bucket.

const windowSec = 10;
const bucketsMax = 256;
const hitchesSec = 60;
/** A paint that shows its event later than two frames of 60 Hz. */
export const hitchMs = 34;

/**
 * More events than this in one second, or a paint slower than `slowPaintMs`, and motion is switched off for a while.
 */
const busyEventsPerSecond = 150;
const slowPaintMs = 50;
const busyMs = 3_000;

export interface MeterReading {
  /** Mean over the last whole seconds; null before the first one. */
  readonly eventsPerSecond: number | null;
  /** Milliseconds under which 99 of 100 frames of the last ten seconds showed their oldest event; null = none. */
  readonly paintMs: number | null;
  readonly paintMaxMs: number | null;
  /** Hitches of the last minute. */
  readonly hitches: number;
}

export class Meter {
  readonly #paints = Array.from({ length: windowSec }, () => new Uint16Array(bucketsMax));
  readonly #events = new Uint32Array(windowSec);
  readonly #hitches = new Uint16Array(hitchesSec);
  #firstSecond = -1;
  #second = -1;
  /** Arrival of the oldest event that is not painted yet; null = all are. */
  #oldestAtMs: number | null = null;
  #busyUntilMs = Number.NEGATIVE_INFINITY;

  /** An event arrived. */
  arrived(nowMs: number): void {
    this.advance(nowMs);
    const count = ++this.#events[this.#second % windowSec]!;
    if (count > busyEventsPerSecond) this.#busyUntilMs = nowMs + busyMs;
    this.#oldestAtMs ??= nowMs;
  }

  /** The arrival that the frame now being drawn will be measured by; null when it shows nothing new. */
  takeOldest(): number | null {
    const oldest = this.#oldestAtMs;
    this.#oldestAtMs = null;
    return oldest;
  }

  /** The frame that showed what arrived at `arrivedAtMs` has been painted. */
  painted(arrivedAtMs: number, nowMs: number): void {
    this.advance(nowMs);
    const ms = nowMs - arrivedAtMs;
    const bucket = Math.min(bucketsMax - 1, Math.max(0, Math.ceil(ms)));
    this.#paints[this.#second % windowSec]![bucket]!++;
    if (ms > slowPaintMs) this.#busyUntilMs = nowMs + busyMs;
    if (ms > hitchMs) this.#hitches[this.#second % hitchesSec]!++;
  }

  /** Whether there is too much to move rows about: too many events, or a machine that cannot keep up. */
  isBusy(nowMs: number): boolean {
    return nowMs < this.#busyUntilMs;
  }

  /** Empties the seconds that time has moved into. */
  advance(nowMs: number): void {
    const second = Math.floor(nowMs / 1_000);
    if (this.#firstSecond < 0) [this.#firstSecond, this.#second] = [second, second];
    const from = Math.max(this.#second + 1, second - hitchesSec + 1);
    for (let at = from; at <= second; at++) {
      this.#hitches[at % hitchesSec] = 0;
      this.#events[at % windowSec] = 0;
      this.#paints[at % windowSec]!.fill(0);
    }
    if (second > this.#second) this.#second = second;
  }

  read(): MeterReading {
    const wholeSeconds = Math.min(windowSec - 1, this.#second - this.#firstSecond);
    let events = 0;
    for (let back = 1; back <= wholeSeconds; back++) events += this.#events[(this.#second - back) % windowSec]!;
    const { paintMs, paintMaxMs } = this.#paintTimes();
    return {
      eventsPerSecond: wholeSeconds === 0 ? null : events / wholeSeconds,
      paintMs,
      paintMaxMs,
      hitches: this.#hitches.reduce((sum, count) => sum + count, 0),
    };
  }

  #paintTimes(): { paintMs: number | null; paintMaxMs: number | null } {
    const merged = new Uint32Array(bucketsMax);
    let count = 0;
    for (const second of this.#paints)
      for (let bucket = 0; bucket < bucketsMax; bucket++) {
        merged[bucket]! += second[bucket]!;
        count += second[bucket]!;
      }
    if (count === 0) return { paintMs: null, paintMaxMs: null };
    let left = Math.floor(count * 0.01);
    let [paintMs, paintMaxMs] = [-1, -1];
    for (let bucket = bucketsMax - 1; paintMs < 0; bucket--) {
      if (merged[bucket]! > 0 && paintMaxMs < 0) paintMaxMs = bucket;
      if (merged[bucket]! > left) paintMs = bucket;
      left -= merged[bucket]!;
    }
    return { paintMs, paintMaxMs };
  }
}
