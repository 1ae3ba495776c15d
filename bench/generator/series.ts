// Owns latency over time: slots of equal length, each a histogram of 64 steps an octave (1.6 % wide). For the plot that
// shows what a burst does from its first second to its last, and for percentiles that leave slots out. Slots are 100 ms
// long in a run of a minute or less, and longer in longer ones. Bounded: 600 slots whatever the length of the run, so
// 4 MB. Recording is an index and an increment, and so is the maximum's comparison: no object, no search.

const stepBits = 6;
const steps = 1 << stepBits;
const valueMax = 0x7fffffff;
const buckets = bucketOf(valueMax) + 1;
const slotsMax = 600;

/** As it crosses to the runner. */
export interface SeriesData {
  readonly slotMs: number;
  /** By slot, then by bucket. */
  readonly counts: Uint32Array;
  /** By slot: the largest value itself. */
  readonly maxMs: Float64Array;
}

export interface SeriesPoint {
  /** Milliseconds after the start at which the slot begins, by intended time. */
  readonly atMs: number;
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

function bucketOf(microseconds: number): number {
  if (microseconds < 2 * steps) return microseconds | 0;
  const value = microseconds > valueMax ? valueMax : microseconds | 0;
  const shift = 31 - Math.clz32(value) - stepBits;
  return (shift << stepBits) + (value >>> shift);
}

/** Upper edge of `bucket`: never flattering. */
function bucketTopMs(bucket: number): number {
  if (bucket < 2 * steps) return (bucket + 1) / 1_000;
  return ((((bucket & (steps - 1)) | steps) + 1) * 2 ** ((bucket >>> stepBits) - 1)) / 1_000;
}

export class Series {
  readonly #slotMs: number;
  readonly #counts: Uint32Array;
  readonly #maxMs: Float64Array;

  constructor(lengthMs: number, slotMsMin = 100) {
    this.#slotMs = Math.max(slotMsMin, Math.ceil(lengthMs / slotsMax));
    const slots = Math.ceil(lengthMs / this.#slotMs) + 1;
    this.#counts = new Uint32Array(slots * buckets);
    this.#maxMs = new Float64Array(slots);
  }

  /** For a message to another process, and for what reads it there. */
  get data(): SeriesData {
    return { slotMs: this.#slotMs, counts: this.#counts, maxMs: this.#maxMs };
  }

  /** Slot of an event that is due `dueMs` after the start. */
  slotOf(dueMs: number): number {
    return Math.floor(dueMs / this.#slotMs);
  }

  record(slot: number, ms: number): void {
    this.#counts[slot * buckets + bucketOf(ms <= 0 ? 0 : ms * 1_000)]!++;
    if (ms > this.#maxMs[slot]!) this.#maxMs[slot] = ms;
  }
}

/** Several slots counted together, never averaged. */
export class SlotSum {
  readonly #counts = new Float64Array(buckets);
  #count = 0;
  #maxMs = 0;

  get count(): number {
    return this.#count;
  }

  get maxMs(): number {
    return this.#maxMs;
  }

  add(data: SeriesData, slot: number): void {
    for (let bucket = 0; bucket < buckets; bucket++) {
      const count = data.counts[slot * buckets + bucket]!;
      this.#counts[bucket]! += count;
      this.#count += count;
    }
    this.#maxMs = Math.max(this.#maxMs, data.maxMs[slot]!);
  }

  /** Smallest value, to the width of a bucket, that at least `share` (0 to 1) do not exceed; 0 when empty. */
  quantileMs(share: number): number {
    const target = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < buckets; bucket++) {
      seen += this.#counts[bucket]!;
      if (seen >= target) return Math.min(bucketTopMs(bucket), this.#maxMs);
    }
    return 0;
  }
}

/** The slots in which something was recorded, in order. */
export function seriesPoints(data: SeriesData): SeriesPoint[] {
  const points: SeriesPoint[] = [];
  for (let slot = 0; slot < data.maxMs.length; slot++) {
    const sum = new SlotSum();
    sum.add(data, slot);
    if (sum.count === 0) continue;
    const { count, maxMs } = sum;
    points.push({ atMs: slot * data.slotMs, count, p50Ms: sum.quantileMs(0.5), p99Ms: sum.quantileMs(0.99), maxMs });
  }
  return points;
}
