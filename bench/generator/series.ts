// Owns latency over time: slots of equal length, each a small histogram of eight steps an octave. For the plot that
// shows what a burst does from its first second to its last. Bounded: 600 slots whatever the length of the run.

const stepBits = 3;
const steps = 1 << stepBits;
const buckets = 28 * steps;
const slotsMax = 600;

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
  const value = microseconds > 0x7fffffff ? 0x7fffffff : microseconds | 0;
  const shift = 31 - Math.clz32(value) - stepBits;
  return (shift << stepBits) + (value >>> shift);
}

function bucketTopMs(bucket: number): number {
  if (bucket < 2 * steps) return bucket / 1_000;
  return ((((bucket & (steps - 1)) | steps) + 1) * 2 ** ((bucket >>> stepBits) - 1)) / 1_000;
}

export class Series {
  readonly slotMs: number;
  readonly #counts: Uint32Array;
  readonly #max: Float32Array;

  constructor(lengthMs: number, slotMsMin = 250) {
    this.slotMs = Math.max(slotMsMin, Math.ceil(lengthMs / slotsMax));
    const slots = Math.ceil(lengthMs / this.slotMs) + 1;
    this.#counts = new Uint32Array(slots * buckets);
    this.#max = new Float32Array(slots);
  }

  /** Slot of an event that is due `dueMs` after the start. */
  slotOf(dueMs: number): number {
    return Math.floor(dueMs / this.slotMs);
  }

  record(slot: number, ms: number): void {
    this.#counts[slot * buckets + bucketOf(ms <= 0 ? 0 : ms * 1_000)]!++;
    if (ms > this.#max[slot]!) this.#max[slot] = ms;
  }

  points(): SeriesPoint[] {
    const points: SeriesPoint[] = [];
    for (let slot = 0; slot < this.#max.length; slot++) {
      const counts = this.#counts.subarray(slot * buckets, (slot + 1) * buckets);
      const count = counts.reduce((sum, n) => sum + n, 0);
      if (count === 0) continue;
      const maxMs = this.#max[slot]!;
      const quantile = (share: number): number => Math.min(maxMs, quantileMs(counts, Math.ceil(share * count)));
      points.push({ atMs: slot * this.slotMs, count, p50Ms: quantile(0.5), p99Ms: quantile(0.99), maxMs });
    }
    return points;
  }
}

function quantileMs(counts: Uint32Array, target: number): number {
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket]!;
    if (seen >= target) return bucketTopMs(bucket);
  }
  return 0;
}
