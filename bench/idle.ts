import { spawnSync } from 'node:child_process';
import { monotonicMs } from './monotonic.ts';
import { Histogram } from './generator/histogram.ts';

// The idle witness: a process that does nothing but sleep a millisecond at a time and measure how much later it woke.
// After jHiccup (Gil Tene). It runs with real-time priority where that is allowed (root, Linux), so that no program on
// this machine can hold it up: what it sees is the machine itself standing still, and every program suffers it. The
// rest of the doubt: a section of the kernel that cannot be preempted, on its core, holds it up as well, and it does
// not see a core stand still on which it does not sleep. Without that priority it also sees what keeps the cores busy,
// and says so. Forked by the runner. Bounded: lists of so many entries, and a count of what is beyond.

/** A wait beyond the millisecond asked for. */
export interface Wait {
  /** When it ended, on the monotonic clock. */
  readonly atMs: number;
  readonly ms: number;
}

export interface IdleReport {
  /** False: it had the priority of any program, and may have waited for one. */
  readonly realtime: boolean;
  /** Longest wait beyond the millisecond asked for. */
  readonly maxMs: number;
  readonly p999Ms: number;
  /** Waits of more than a frame. */
  readonly hitches: readonly Wait[];
  /** Waits of more than 4 ms: nothing that a thread which is let through at once would see on a running machine. */
  readonly stalls: readonly Wait[];
  /** Stalls that are not in the list, which was full. */
  readonly stallsBeyond: number;
}

const askedMs = 1;
const hitchMs = 16.7;
const stallMs = 4;
const waitsMax = 10_000;

/**
 * First in, first out, before every ordinary thread. All threads of this process: its collector waits for its helpers.
 * Node knows no scheduling classes, `chrt` of util-linux does.
 */
function becomeRealtime(): boolean {
  return spawnSync('chrt', ['--all-tasks', '--fifo', '--pid', '1', String(process.pid)]).status === 0;
}

const realtime = becomeRealtime();
const sleeper = new Int32Array(new SharedArrayBuffer(4));
let seen = new Histogram();
let hitches: Wait[] = [];
let stalls: Wait[] = [];
let stallsBeyond = 0;
let lastMs = monotonicMs();

/**
 * Sleeps in rounds of a tenth of a second, so that orders are heard in between. Each wait counts from the waking before
 * it: between two sleeps the machine can stand still as well.
 */
function watch(): void {
  for (let round = 0; round < 100; round++) {
    Atomics.wait(sleeper, 0, 0, askedMs);
    const nowMs = monotonicMs();
    const overMs = nowMs - lastMs - askedMs;
    lastMs = nowMs;
    seen.record(overMs);
    if (overMs > stallMs) keep({ atMs: nowMs, ms: overMs });
  }
  setImmediate(watch);
}

function keep(wait: Wait): void {
  if (wait.ms > hitchMs && hitches.length < waitsMax) hitches.push(wait);
  if (stalls.length < waitsMax) stalls.push(wait);
  else stallsBeyond++;
}

// Any message asks for what was seen since the last one.
process.on('message', () => {
  const report: IdleReport = {
    realtime,
    maxMs: seen.maxMs,
    p999Ms: seen.quantileMs(0.999),
    hitches,
    stalls,
    stallsBeyond,
  };
  seen = new Histogram();
  hitches = [];
  stalls = [];
  stallsBeyond = 0;
  process.send?.(report);
  // Its own work for the report is no wait.
  lastMs = monotonicMs();
});
process.on('disconnect', () => process.exit(0));
watch();
