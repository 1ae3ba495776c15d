import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../base/clock.ts';
import { Histogram } from '../base/histogram.ts';
import { silentLog } from '../base/log.ts';
import { type Journal, Journals, readLog, saveSnapshot, type SyncPolicy } from './journal.ts';

// Goal: what the log costs the thread that publishes, how long an event waits to be written before it may be seen,
// and how long a start takes on a day's log. Run: node src/journal/journal.bench.ts [--day]
//
// Latency is open loop: from the moment at which the event was due. Disk: that of the temporary directory (TMPDIR).

export interface GateCost {
  readonly name: string;
  readonly eventsPerSecond: number;
  /** From the event's due time to `sendable` having passed it, microseconds. */
  readonly gateUsP50: number;
  readonly gateUsP99: number;
  readonly gateUsP999: number;
  readonly gateUsMax: number;
  /** Mean time of append and commit on the publishing thread, microseconds per event. */
  readonly appendUs: number;
  readonly eventsPerWrite: number;
  readonly check: number;
}

export interface GateOptions {
  readonly writer: 'thread' | 'inline';
  readonly sync: SyncPolicy;
  readonly eventsPerSecond: number;
  readonly events: number;
}

const payload = Buffer.alloc(700, '{"kind":"gift"}');
const nobody = { load: () => true, apply: () => undefined, hole: () => undefined };

/** Publishes at a rate and measures each event's way through the gate. */
export async function runGateBench(options: GateOptions): Promise<GateCost> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-bench-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory, writer: options.writer });
  const journal = await journals.open(journals.recover('bench', nobody), { sync: options.sync });
  const histogram = new Histogram();
  const appendMs = await publish(journal, options, histogram);
  await journal.close();
  await journals.stop();
  let check = 0;
  for (const item of readLog(journals.disk, journals.directoryOf('bench'), 1, options.events))
    check += item.kind === 'record' ? item.payload.length : 0;
  rmSync(dataDirectory, { recursive: true });
  const writes = 'writerCounters' in journal ? countWrites(journal.writerCounters) : 0;
  return {
    name: `${options.writer}, ${options.sync.kind}`,
    eventsPerSecond: options.eventsPerSecond,
    gateUsP50: histogram.quantileUs(0.5),
    gateUsP99: histogram.quantileUs(0.99),
    gateUsP999: histogram.quantileUs(0.999),
    gateUsMax: histogram.maxUs,
    appendUs: (appendMs * 1000) / options.events,
    eventsPerWrite: options.events / Math.max(1, writes),
    check,
  };
}

function countWrites(counters: unknown): number {
  return (counters as { get(name: 'writes'): number }).get('writes');
}

/** Total milliseconds spent in append and commit. */
function publish(journal: Journal, options: GateOptions, histogram: Histogram): Promise<number> {
  const { events, eventsPerSecond } = options;
  const startMs = systemClock.nowMs();
  const dueMs = (seq: number): number => startMs + ((seq - 1) * 1000) / eventsPerSecond;
  let appended = 0;
  let passed = 0;
  let appendMs = 0;
  return new Promise((resolve) => {
    const look = (): void => {
      const sendable = journal.sendable();
      const nowMs = systemClock.nowMs();
      while (passed + 1 < sendable) histogram.record(Math.round((nowMs - dueMs(++passed)) * 1000));
      if (passed === events) resolve(appendMs);
    };
    const turn = (): void => {
      const nowMs = systemClock.nowMs();
      const before = appended;
      while (appended < events && dueMs(appended + 1) <= nowMs) journal.append(++appended, payload);
      if (appended > before) {
        journal.commit();
        appendMs += systemClock.nowMs() - nowMs;
      }
      look();
      // Busy like a thread with sockets to serve, not asleep: the wait is for the log and not for a timer.
      if (appended < events) systemClock.soon(turn);
    };
    journal.onSendable(look);
    turn();
  });
}

export interface StartCost {
  readonly events: number;
  readonly logBytes: number;
  readonly writeSeconds: number;
  readonly recoverMsWithSnapshot: number;
  readonly recoverMsWithout: number;
  readonly check: number;
}

/** Writes a log of `events`, with a snapshot 100,000 events (or a tenth) before its end, and starts on it both ways. */
export async function runStartBench(events: number): Promise<StartCost> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-bench-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
  const journal = await journals.open(journals.recover('day', nobody), { sync: { kind: 'os' } });
  const startMs = systemClock.nowMs();
  for (let seq = 1; seq <= events;) {
    while (seq <= events && journal.admits()) journal.append(seq++, payload);
    journal.commit();
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
  await journal.close();
  const writeSeconds = (systemClock.nowMs() - startMs) / 1000;
  const without = recoverMs(journals);
  const seq = events - Math.min(100_000, Math.ceil(events / 10));
  saveSnapshot(journals.disk, journals.directoryOf('day'), { room: 'day', epoch: journal.epoch, seq, createdAt: 0 }, [
    Buffer.alloc(20_000_000),
  ]);
  const withSnapshot = recoverMs(journals);
  await journals.stop();
  rmSync(dataDirectory, { recursive: true });
  return {
    events,
    logBytes: events * (payload.length + 28),
    writeSeconds,
    recoverMsWithSnapshot: withSnapshot.tookMs,
    recoverMsWithout: without.tookMs,
    check: without.applied + withSnapshot.applied,
  };
}

function recoverMs(journals: Journals): { tookMs: number; applied: number } {
  const beganMs = systemClock.nowMs();
  const log = journals.recover('day', nobody);
  const tookMs = systemClock.nowMs() - beganMs;
  log.lock.release();
  return { tookMs, applied: log.report.applied };
}

async function main(): Promise<void> {
  for (const eventsPerSecond of [50, 500, 5000]) {
    for (const writer of ['thread', 'inline'] as const) {
      for (const sync of [{ kind: 'os' }, { kind: 'interval', ms: 50 }, { kind: 'always' }] as const) {
        const events = Math.min(eventsPerSecond * 3, 10_000);
        const cost = await runGateBench({ writer, sync, eventsPerSecond, events });
        process.stdout.write(`${JSON.stringify(cost)}\n`);
      }
    }
  }
  if (process.argv.includes('--day')) process.stdout.write(`${JSON.stringify(await runStartBench(10_000_000))}\n`);
}

if (process.argv[1] === import.meta.filename) await main();
