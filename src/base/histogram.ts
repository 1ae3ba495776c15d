import { assert } from './assert.ts';

// Owns counts of durations in buckets that grow with the value (log-linear, as in HdrHistogram): exact below 128
// microseconds, at most 1.6 % wide above, up to 35 minutes; what is longer counts as that. Fixed size (13 KB of shared
// memory), no allocation when recording. One thread writes, any other may read.
//
// A value of `exponent` octaves above the first has its bucket where its top seven bits say:
//   0 1 2 ... 127 | 128 130 132 ... 254 | 256 260 ... 508 | ...

const subBucketBits = 6;
const subBuckets = 1 << subBucketBits;
const exactBelow = 2 * subBuckets;
const valueMax = 2 ** 31 - 1;
const bucketCount = bucketOf(valueMax) + 1;
const sumPlace = bucketCount;
const maxPlace = bucketCount + 1;

/** Numbers that a histogram takes: the length of a Float64Array given to it. */
export const histogramPlaces = bucketCount + 2;

function bucketOf(value: number): number {
  if (value < exactBelow) return value;
  const shift = 31 - Math.clz32(value) - subBucketBits;
  return (shift << subBucketBits) + (value >>> shift);
}

/** The highest whole number of microseconds that falls into `bucket`. */
function highestOf(bucket: number): number {
  if (bucket < exactBelow) return bucket;
  const shift = (bucket >> subBucketBits) - 1;
  return ((bucket & (subBuckets - 1)) + subBuckets + 1) * 2 ** shift - 1;
}

export class Histogram {
  readonly values: Float64Array;

  constructor(values: Float64Array = new Float64Array(new SharedArrayBuffer(histogramPlaces * 8))) {
    assert(values.length === histogramPlaces, `a histogram needs ${histogramPlaces} places, not ${values.length}`);
    this.values = values;
  }

  /** Counts one duration in microseconds. Fractions are cut off; below 0 counts as 0. */
  record(us: number): void {
    const value = us >= valueMax ? valueMax : us > 0 ? Math.floor(us) : 0;
    const values = this.values;
    values[bucketOf(value)]!++;
    values[sumPlace]! += value;
    if (value > values[maxPlace]!) values[maxPlace] = value;
  }

  /** How many were recorded: counted from the buckets, so that it fits them while another thread is recording. */
  get count(): number {
    let count = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) count += this.values[bucket]!;
    return count;
  }

  get sumUs(): number {
    return this.values[sumPlace]!;
  }

  get maxUs(): number {
    return this.values[maxPlace]!;
  }

  /** The duration that a share `quantile` of all recorded ones do not exceed (0.999 = p99.9); 0 when there are none. */
  quantileUs(quantile: number): number {
    const wanted = Math.max(1, Math.ceil(this.count * quantile));
    let seen = 0;
    for (let bucket = 0; bucket < bucketCount; bucket++) {
      seen += this.values[bucket]!;
      if (seen >= wanted) return Math.min(highestOf(bucket), this.maxUs);
    }
    return 0;
  }

  /**
   * How many are below each of `bounds` (microseconds, rising): one pass, for cumulative bucket metrics. Exact where a
   * bound is where a bucket begins (powers of two, and 64ths between them); elsewhere too low, never too high.
   */
  countsBelow(bounds: readonly number[]): number[] {
    const counts: number[] = [];
    let bucket = 0;
    let seen = 0;
    for (const bound of bounds) {
      for (; bucket < bucketCount && highestOf(bucket) < bound; bucket++) seen += this.values[bucket]!;
      counts.push(seen);
    }
    return counts;
  }

  /** Takes in what `other` has recorded. Averages of quantiles mean nothing; sums of histograms do. */
  add(other: Histogram): void {
    for (let place = 0; place <= sumPlace; place++) this.values[place]! += other.values[place]!;
    this.values[maxPlace] = Math.max(this.maxUs, other.maxUs);
  }

  reset(): void {
    this.values.fill(0);
  }
}
