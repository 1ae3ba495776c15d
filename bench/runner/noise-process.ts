import { closeSync, constants, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

// The noise itself. `cpu`: computes without a pause. `disk`: writes 64 MB where the log lies and syncs it, again and
// again, past the page cache: a copy through it would take a quarter of a core as well, and less of the disk. `cold`:
// asks for all that a broker serves beside its streams, one after another: metrics, pages, boards, history, exports of
// the whole LIVE.

const chunkBytes = 4_194_304;
/** Writes past the page cache want memory of whole pages: that is what a buffer is made of that could be resized. */
const chunk = new Uint8Array(new ArrayBuffer(chunkBytes, { maxByteLength: chunkBytes })).fill(0x78);
const fileBytes = 67_108_864;
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
  const file = openDirect(join(directory, 'noise'));
  while (!stop.signal.aborted) {
    for (let at = 0; at < fileBytes; at += chunk.length) writeSync(file, chunk, 0, chunk.length, at);
    fsyncSync(file);
    await new Promise((resolve) => setImmediate(resolve));
  }
  closeSync(file);
  rmSync(directory, { recursive: true, force: true });
}

/** A file whose writes go to the disk at once. Where a file system cannot (tmpfs), they go the usual way. */
function openDirect(file: string): number {
  const flags = constants.O_WRONLY | constants.O_CREAT;
  try {
    return openSync(file, flags | constants.O_DIRECT);
  } catch {
    return openSync(file, flags);
  }
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
