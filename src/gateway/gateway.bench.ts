import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRig, type Rig } from '../../test/support/gateway-rig.ts';
import { rawRequest } from '../../test/support/http-raw.ts';
import { until } from '../../test/support/until.ts';
import { Histogram } from '../base/histogram.ts';

// What the gateway costs the hot thread: processor time of that thread alone for a request that the cold thread answers
// and for the opening of a stream, memory of a stream that is idle, and how late the loop is while pages are loaded.
// `node --expose-gc src/gateway/gateway.bench.ts`; the client is a process of its own.

export interface GatewayBenchSize {
  readonly requests: number;
  readonly streams: number;
}

export interface GatewayFigures {
  /** Microseconds of the hot thread for one request, by the size of its answer. */
  readonly requestUs: Readonly<Record<string, number>>;
  /** Microseconds of the hot thread for one opening, and bytes of memory for one idle stream, by kind. */
  readonly streams: Readonly<Record<string, { openUs: number; residentBytes: number; heapBytes: number }>>;
  /** How late a 2 ms timer of the hot loop was while 300 clients loaded pages, in microseconds. */
  readonly latenessUs: Readonly<Record<string, number>>;
  /** Processor time of the hot thread between two firings of that timer: what other processes do is not in it. */
  readonly busyUs: Readonly<Record<string, number>>;
}

const client = fileURLToPath(new URL('./bench-client.ts', import.meta.url));
const bodies = { '2 KB': 2_048, '200 KB': 204_800 };

function run(mode: string, rig: Rig, count: number, atOnce: number, address: string): ChildProcess {
  const words = [client, mode, rig.port, count, atOnce, address].map(String);
  return spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'] });
}

async function ended(child: ChildProcess): Promise<void> {
  await until('the client has ended', () => child.exitCode !== null, 60_000);
}

/** Microseconds of this thread, which is the hot one, while `work` is done. */
async function hotUs(work: () => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage();
  await work();
  const used = process.threadCpuUsage(before);
  return used.user + used.system;
}

async function requestCosts(rig: Rig, size: GatewayBenchSize): Promise<Record<string, number>> {
  const costs: Record<string, number> = {};
  for (const [name, bytes] of Object.entries(bodies)) {
    const address = `/${bytes}.bin`;
    // Once to warm up: what is loaded and compiled at first is no cost of a request.
    for (const round of ['warm', 'measured']) {
      const us = await hotUs(() => ended(run('requests', rig, size.requests, 50, address)));
      if (round === 'measured') costs[name] = us / size.requests;
    }
  }
  return costs;
}

async function settledMemory(): Promise<{ rss: number; heapUsed: number }> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage();
}

async function streamCosts(rig: Rig, size: GatewayBenchSize): Promise<GatewayFigures['streams']> {
  const costs: Record<string, { openUs: number; residentBytes: number; heapBytes: number }> = {};
  rig.room.greeting = [];
  for (const [name, address] of [
    ['WebSocket', '/v1/rooms/main/stream'],
    ['event stream', '/v1/rooms/main/events'],
  ] as const) {
    const before = await settledMemory();
    let child: ChildProcess | null = null;
    const us = await hotUs(async () => {
      child = run('streams', rig, size.streams, 20, address);
      await until('all are open', () => rig.gateway.counters.get('connections') === size.streams, 60_000);
    });
    const after = await settledMemory();
    costs[name] = {
      openUs: us / size.streams,
      residentBytes: (after.rss - before.rss) / size.streams,
      heapBytes: (after.heapUsed - before.heapUsed) / size.streams,
    };
    (child as ChildProcess | null)?.stdin?.end();
    await until('all have left', () => rig.gateway.counters.get('connections') === 0, 60_000);
    rig.room.seats.length = 0;
  }
  return costs;
}

/** A timer of 2 ms while 300 clients load pages: how late it is, and how much the thread worked since the last time. */
async function pageLoads(rig: Rig, size: GatewayBenchSize): Promise<Pick<GatewayFigures, 'latenessUs' | 'busyUs'>> {
  const [lateness, busy] = [new Histogram(), new Histogram()];
  let due = performance.now() + 2;
  let used = process.threadCpuUsage();
  let loading = true;
  const tick = (): void => {
    lateness.record((performance.now() - due) * 1000);
    const { user, system } = process.threadCpuUsage(used);
    busy.record(user + system);
    used = process.threadCpuUsage();
    due = performance.now() + 2;
    if (loading) setTimeout(tick, 2);
  };
  setTimeout(tick, 2);
  await ended(run('requests', rig, size.requests, 300, `/${bodies['200 KB']}.bin`));
  loading = false;
  return { latenessUs: summary(lateness), busyUs: summary(busy) };
}

function summary(histogram: Histogram): Record<string, number> {
  return { p50: histogram.quantileUs(0.5), 'p99.9': histogram.quantileUs(0.999), max: histogram.maxUs };
}

export async function benchGateway(size: GatewayBenchSize): Promise<GatewayFigures> {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-bench-'));
  for (const bytes of Object.values(bodies)) writeFileSync(path.join(folder, `${bytes}.bin`), Buffer.alloc(bytes, 'x'));
  // No pace: it is the cost of an opening that is asked for.
  const rig = await openRig({ cold: true, pagesDirectory: folder, limits: { openingsPerSecondMax: 1_000_000 } });
  try {
    await rawRequest(rig.port, 'GET /healthz');
    const requestUs = await requestCosts(rig, size);
    const loads = await pageLoads(rig, size);
    return { requestUs, ...loads, streams: await streamCosts(rig, size) };
  } finally {
    await rig.close();
    rmSync(folder, { recursive: true });
  }
}

if (import.meta.main) {
  const figures = await benchGateway({ requests: 4_000, streams: 4_000 });
  process.stdout.write(
    `${JSON.stringify(figures, (_name, value: unknown) => (typeof value === 'number' ? Math.round(value * 10) / 10 : value), 2)}\n`,
  );
}
