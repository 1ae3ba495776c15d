import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { systemClock } from '../src/base/clock.ts';
import { silentLog } from '../src/base/log.ts';
import { seededRandom } from '../src/base/random.ts';
import { HistoryReader } from '../src/journal/history-cold.ts';
import { pastRoom, writePast } from './past/log.ts';
import type { ExportFigures, PastFigures, PastResults } from './past/results.ts';
import { readCommit, readMachine } from './runner/machine.ts';

// `node bench/past.ts --events 10000000 --record`: what a day's log costs. Writes one, kills whoever wrote it, and
// measures the program as its users run it: building the history, boards at random positions, exports with the memory
// that they take, and how long a broker with this log takes until a dashboard has its snapshot.

const root = fileURLToPath(new URL('..', import.meta.url));
const meks = join(root, 'bin', 'meks.js');
const result = join(root, 'bench', 'results', 'past.json');

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '1000000' },
    record: { type: 'boolean', default: false },
    /** Where the data is put, and kept: to measure again what needs a quiet machine. */
    folder: { type: 'string' },
    write: { type: 'string' },
  },
});
const events = Number(options.events);

interface Measured {
  readonly seconds: number;
  /** Most memory that the process had in use; 0 where the system does not tell (Linux does). */
  readonly peakMb: number;
  readonly output: string;
}

function peakMbOf(child: ChildProcess): number {
  const file = `/proc/${child.pid}/status`;
  const status = existsSync(file) ? readFileSync(file, 'utf8') : '';
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Runs `meks` with these words to its end. */
async function measure(...words: string[]): Promise<Measured> {
  const beganMs = performance.now();
  const child = spawn(process.execPath, [meks, ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let peakMb = 0;
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  const looking = setInterval(() => (peakMb = Math.max(peakMb, peakMbOf(child))), 20);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(looking);
  if (code !== 0) throw new Error(`meks ${words.join(' ')} ended with ${code}`);
  return { seconds: (performance.now() - beganMs) / 1000, peakMb, output };
}

function folderBytes(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Writes the log in a process of its own, which is killed when all is written: as a crash leaves it. */
async function write(data: string): Promise<number> {
  const beganMs = performance.now();
  const script = fileURLToPath(import.meta.url);
  const words = [script, '--write', data, '--events', String(events)];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'close');
  return (performance.now() - beganMs) / 1000;
}

async function boards(data: string): Promise<PastFigures['boards']> {
  const reader = new HistoryReader({ clock: systemClock, log: silentLog, dataDirectory: data });
  reader.start();
  const random = seededRandom(2);
  const times: number[] = [];
  for (let count = 0; count < 40; count++) {
    const seq = 1 + random.int(events);
    const beganMs = performance.now();
    const answer = await reader.query({ kind: 'board', room: pastRoom, session: 1, seq, limit: 100 });
    times.push(performance.now() - beganMs);
    if (answer.kind !== 'answer' || answer.value?.seq !== seq) throw new Error(`no board at ${seq}: ${answer.kind}`);
  }
  await reader.stop();
  times.sort((a, b) => a - b);
  return { asked: times.length, p50Ms: times[times.length >> 1]!, maxMs: times.at(-1)! };
}

async function exports(data: string): Promise<ExportFigures[]> {
  const all: ExportFigures[] = [];
  for (const format of ['csv', 'ndjson', 'xlsx']) {
    const out = join(data, `export.${format}`);
    const to = String(Math.min(events, 1_000_000));
    const words = [
      'export',
      'events',
      '--data',
      data,
      '--room',
      pastRoom,
      '--to',
      to,
      '--format',
      format,
      '--out',
      out,
    ];
    const { seconds, peakMb } = await measure(...words);
    all.push({ format, rows: Number(to), seconds, bytes: statSync(out).size, peakMb });
    rmSync(out);
  }
  return all;
}

/** Starts a broker on the log, and waits for what a dashboard gets first. */
async function start(data: string): Promise<PastFigures['start']> {
  const beganMs = performance.now();
  // Nobody listens there: the room has a past and no present.
  const words = ['serve', '--port', '0', '--no-open', '--data', data, '--webcast', 'ws://127.0.0.1:9'];
  const child = spawn(process.execPath, [meks, ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
  const deadlineMs = beganMs + 600_000;
  const heard = async (what: RegExp): Promise<void> => {
    while (!what.test(said) && performance.now() < deadlineMs) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await heard(/127\.0\.0\.1:\d+/);
  const port = /127\.0\.0\.1:(\d+)/.exec(said)?.[1];
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/rooms/${pastRoom}/stream`, 'meks.v1');
  await new Promise<void>((resolve) => {
    socket.addEventListener('message', ({ data: text }) => {
      if (String(text).startsWith('{"kind":"snapshot"')) resolve();
    });
  });
  const seconds = (performance.now() - beganMs) / 1000;
  await heard(/"journal\.recovered".*\n/);
  socket.close();
  child.kill('SIGKILL');
  await once(child, 'close');
  const recovered = said.split('\n').find((line) => line.includes('journal.recovered')) ?? '{}';
  const { applied = 0, tookMs = 0 } = JSON.parse(recovered) as { applied?: number; tookMs?: number };
  return { seconds, applied, recoveryMs: tookMs };
}

async function run(): Promise<void> {
  const data = options.folder ?? mkdtempSync(join(tmpdir(), 'meks-past-'));
  const log = join(data, 'rooms', pastRoom, 'log');
  const before: Partial<PastFigures> = existsSync(log) && existsSync(result) ? readResults().figures : {};
  const writeSeconds = existsSync(log) ? (before.writeSeconds ?? 0) : await write(data);
  let imported = before.imported;
  if (!existsSync(join(data, 'history.db')) || imported === undefined) {
    const { seconds, peakMb } = await measure('history', 'rebuild', '--data', data, '--forget');
    imported = { seconds, eventsPerSecond: events / seconds, peakMb, bytes: statSync(join(data, 'history.db')).size };
  }
  const figures: PastFigures = {
    events,
    logBytes: folderBytes(log),
    writeSeconds,
    imported,
    boards: await boards(data),
    exports: await exports(data),
    start: await start(data),
  };
  if (options.folder === undefined) rmSync(data, { recursive: true });
  const results: PastResults = {
    taken_at: new Date().toISOString(),
    commit: readCommit(),
    command: `node bench/past.ts --events ${events} --record`,
    machine: readMachine(),
    node: process.versions.node,
    figures,
  };
  const text = `${JSON.stringify(results, null, 2)}\n`;
  if (options.record) writeFileSync(result, text);
  process.stdout.write(text);
}

function readResults(): PastResults {
  return JSON.parse(readFileSync(result, 'utf8')) as PastResults;
}

if (options.write === undefined) await run();
else {
  await writePast(options.write, events);
  process.stdout.write('written\n');
  // Until it is killed.
  setInterval(() => {}, 60_000);
}
