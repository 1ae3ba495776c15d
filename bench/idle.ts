import { monotonicMs } from './monotonic.ts';
import { Histogram } from './generator/histogram.ts';

// The machine's own baseline: a process that does nothing but sleep a millisecond at a time and measure how much later
// it woke. What it sees, every program on this machine suffers. After jHiccup (Gil Tene). Forked by the runner.

export interface IdleReport {
  /** Longest wait beyond the millisecond asked for. */
  readonly maxMs: number;
  readonly p999Ms: number;
  /** Waits of more than a frame: when they ended (monotonic) and how long they were. */
  readonly hitches: readonly { readonly atMs: number; readonly ms: number }[];
}

const askedMs = 1;
const hitchMs = 16.7;
const hitchesMax = 10_000;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
let seen = new Histogram();
let hitches: { atMs: number; ms: number }[] = [];

/** Sleeps in rounds of a tenth of a second, so that orders are heard in between. */
function watch(): void {
  for (let round = 0; round < 100; round++) {
    const beganMs = monotonicMs();
    Atomics.wait(sleeper, 0, 0, askedMs);
    const nowMs = monotonicMs();
    const overMs = nowMs - beganMs - askedMs;
    seen.record(overMs);
    if (overMs > hitchMs && hitches.length < hitchesMax) hitches.push({ atMs: nowMs, ms: overMs });
  }
  setImmediate(watch);
}

// Any message asks for what was seen since the last one.
process.on('message', () => {
  const report: IdleReport = { maxMs: seen.maxMs, p999Ms: seen.quantileMs(0.999), hitches };
  seen = new Histogram();
  hitches = [];
  process.send?.(report);
});
process.on('disconnect', () => process.exit(0));
watch();
