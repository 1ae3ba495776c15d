import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

// The noise itself. `cpu`: computes without a pause. `disk`: writes 64 MB where the log lies and syncs it, again and
// again. `cold`: asks for all that a broker serves beside its streams, one after another: metrics, pages, boards,
// history, exports of the whole LIVE.

const chunk = Buffer.alloc(1_048_576, 'x');
const chunks = 64;
const room = '/v1/rooms/webcast';
const coldPaths = [
  '/metrics',
  '/',
  '/v1/rooms',
  `${room}/snapshot`,
  `${room}/boards/session?rows=100`,
  `${room}/sessions`,
  `${room}/log?limit=1000`,
  `${room}/gifters?limit=100`,
  `${room}/exports/events?format=csv`,
  `${room}/exports/gifters?format=xlsx`,
];

const stop = new AbortController();
process.on('SIGTERM', () => stop.abort());
process.on('disconnect', () => stop.abort());

async function cpu(): Promise<void> {
  while (!stop.signal.aborted) {
    const untilMs = performance.now() + 50;
    while (performance.now() < untilMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

async function disk(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'meks-bench-noise-'));
  const file = openSync(join(directory, 'noise'), 'w');
  while (!stop.signal.aborted) {
    for (let at = 0; at < chunks; at++) writeSync(file, chunk, 0, chunk.length, at * chunk.length);
    fsyncSync(file);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  closeSync(file);
  rmSync(directory, { recursive: true, force: true });
}

async function cold(port: number): Promise<void> {
  // Whoever reads exports sits at another machine: here they only stand for load on the broker.
  setPriority(10);
  for (let turn = 0; !stop.signal.aborted; turn++) {
    const path = coldPaths[turn % coldPaths.length]!;
    try {
      await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function main(): Promise<void> {
  if (process.argv[2] === 'cpu') await cpu();
  else if (process.argv[2] === 'disk') await disk();
  else await cold(Number(process.argv[3]));
  process.exit(0);
}

void main();
