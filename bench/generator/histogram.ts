import { build, decodeFromCompressedBase64, encodeIntoCompressedBase64 } from 'hdr-histogram-js';

// Owns a lossless-enough histogram of latencies: log-linear, 256 steps an octave (0.4 % wide), from 1 microsecond to
// 35 minutes; longer values count in the last bucket. Recording is an index and an increment: no object, no branch
// that matters, because the reader of 1.5 million frames a second calls it for each of them.
// For the outside world it becomes an HdrHistogram V2 log, which every HDR tool reads.

const stepBits = 8;
const steps = 1 << stepBits;
const bucketCount = 24 * steps;
const valueMax = 0x7fffffff;

/** Bucket of `microseconds` (0 or more). */
function bucketOf(microseconds: number): number {
  if (microseconds < 2 * steps) return microseconds | 0;
  const value = microseconds > valueMax ? valueMax : microseconds | 0;
  const shift = 31 - Math.clz32(value) - stepBits;
  return (shift << stepBits) + (value >>> shift);
}

/** Highest value that falls into `bucket`, as HdrHistogram reports it: never flattering. */
function bucketTop(bucket: number): number {
  if (bucket < 2 * steps) return bucket;
  const shift = (bucket >>> stepBits) - 1;
  return (((bucket & (steps - 1)) | steps) + 1) * 2 ** shift - 1;
}

/** A histogram as it crosses threads and processes. */
export interface HistogramData {
  readonly counts: Float64Array;
  readonly maxMs: number;
}

export class Histogram {
  readonly counts: Float64Array;
  #count = 0;
  #maxMs = 0;

  constructor(data?: HistogramData) {
    this.counts = data?.counts ?? new Float64Array(bucketCount);
    if (data === undefined) return;
    this.#maxMs = data.maxMs;
    for (const count of data.counts) this.#count += count;
  }

  /** For a message to another thread or process; \`new Histogram(data)\` is the same histogram again. */
  get data(): HistogramData {
    return { counts: this.counts, maxMs: this.#maxMs };
  }

  get count(): number {
    return this.#count;
  }

  /** The largest recorded value itself, not its bucket. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /** Counts one value; below zero counts as zero (clocks of two threads may differ by a microsecond). */
  record(ms: number): void {
    this.counts[bucketOf(ms <= 0 ? 0 : ms * 1_000)]!++;
    this.#count++;
    if (ms > this.#maxMs) this.#maxMs = ms;
  }

  /** Adds all that `other` counted. */
  add(other: Histogram): void {
    for (let bucket = 0; bucket < bucketCount; bucket++) this.counts[bucket]! += other.counts[bucket]!;
    this.#count += other.#count;
    if (other.#maxMs > this.#maxMs) this.#maxMs = other.#maxMs;
  }

  /** Smallest value that at least `share` (0 to 1) of all recorded ones do not exceed; 0 when empty. */
  quantileMs(share: number): number {
    const target = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.counts[bucket]!;
      if (seen >= target) return Math.min(bucketTop(bucket) / 1_000, this.#maxMs);
    }
    return 0;
  }

  /** Count of values above `ms`, to the width of a bucket. */
  countAbove(ms: number): number {
    let above = 0;
    for (let bucket = bucketOf(ms * 1_000) + 1; bucket < bucketCount; bucket++) above += this.counts[bucket]!;
    return above;
  }

  /** HdrHistogram V2, compressed, base64; unit: microseconds. */
  encode(): string {
    const hdr = makeHdr();
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      if (this.counts[bucket]! > 0) hdr.recordValueWithCount(bucketTop(bucket), this.counts[bucket]!);
    }
    return encodeIntoCompressedBase64(hdr);
  }
}

/** Milliseconds at `shares` of several encoded histograms counted together, never averaged: for plots. */
export function quantilesOf(encoded: readonly string[], shares: readonly number[]): number[] {
  const merged = makeHdr();
  for (const text of encoded) merged.add(decodeFromCompressedBase64(text));
  return shares.map((share) => merged.getValueAtPercentile(share * 100) / 1_000);
}

function makeHdr(): ReturnType<typeof build> {
  return build({ lowestDiscernibleValue: 1, highestTrackableValue: valueMax, numberOfSignificantValueDigits: 3 });
}
