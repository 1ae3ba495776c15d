import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { silentLog } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { Journals } from '../journal.ts';
import { realDisk } from '../real-disk.ts';
import { HistoryDatabase } from './database.ts';
import { Deadline } from './deadline.ts';
import { openExport } from './export.ts';
import { Importer } from './importer.ts';
import { placesIn } from './places.ts';
import { HistoryQueries } from './queries.ts';

// Goal: how fast a log becomes history, how long a board at any position takes, and what an export costs. Run:
// node src/journal/history/history.bench.ts [events] (default a million). A third of the events are gifts, by up to
// 50,000 people, as the ranking leaves them; the rest are chats, likes and joins.

export interface HistoryCost {
  readonly events: number;
  readonly importSeconds: number;
  readonly eventsPerSecond: number;
  readonly databaseBytes: number;
  /** Slowest of 20 boards of 100 rows at random positions, milliseconds. */
  readonly boardMsMax: number;
  readonly boardMsP50: number;
  readonly exportSeconds: number;
  readonly exportBytes: number;
  /** Most memory that this process had in use while exporting, beside what it had before. */
  readonly exportMemoryBytes: number;
  readonly check: number;
}

/** Writes a log of `events` and makes its history. */
export async function runHistoryBench(events: number): Promise<HistoryCost> {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-bench-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
  await writeLog(journals, events);
  await journals.stop();
  const file = `${dataDirectory}/history.db`;
  const startMs = systemClock.nowMs();
  importAll(file, journals.directoryOf('1'), events);
  const importSeconds = (systemClock.nowMs() - startMs) / 1000;
  const boards = boardTimes(file, events);
  const exported = await exportEvents(file, dataDirectory);
  const databaseBytes = statSync(file).size;
  rmSync(dataDirectory, { recursive: true });
  return {
    events,
    importSeconds,
    eventsPerSecond: events / importSeconds,
    databaseBytes,
    boardMsMax: boards.at(-1)!,
    boardMsP50: boards[boards.length >> 1]!,
    ...exported,
    check: exported.check,
  };
}

async function writeLog(journals: Journals, events: number): Promise<void> {
  const recovered = journals.recover('1', { load: () => true, apply: () => undefined, hole: () => undefined });
  const journal = await journals.open(recovered, { sync: { kind: 'os' } });
  const make = frames();
  for (let seq = 1; seq <= events;) {
    while (seq <= events && journal.admits()) journal.append(seq, Buffer.from(make(seq++)));
    journal.commit();
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
  await journal.close();
}

/** Event frames as a room publishes them, without a ranking's cost. */
function frames(): (seq: number) => string {
  const random = seededRandom(1);
  const totals = new Map<number, number>();
  return (seq) => {
    const who = Math.floor(50_000 * random.next() ** 3);
    const avatar = `https://p16.example/img/${who}~tplv-tiktokx-cropcenter:100:100.webp`;
    const user = { id: `7000000000000${who}`, handle: `user${who}`, name: `User ${who}`, avatar };
    const base = { id: `74${seq}`, at: 1_700_000_000_000 + seq * 2, user };
    const roll = seq % 9;
    if (roll < 3) {
      const price = random.pick([1, 1, 1, 5, 10, 99]);
      const diamonds = (totals.get(who) ?? 0) + price;
      totals.set(who, diamonds);
      const gift = { id: String(5000 + price), name: `Gift ${price}`, price, type: 1 };
      const standing = { diamonds, rank: 1, gifters: totals.size };
      const streak = { group: `g${seq}`, total: 1, open: false, joined: false };
      const rest = { gift, count: 1, diamonds: price, streak, receiver: '', multiplier: 1, standing, battle: null };
      return JSON.stringify({ seq, kind: 'gift', ...base, ...rest });
    }
    if (roll < 6) return JSON.stringify({ seq, kind: 'chat', ...base, text: `message number ${seq}`, language: 'en' });
    if (roll < 8) return JSON.stringify({ seq, kind: 'like', ...base, count: 3, total: seq });
    return JSON.stringify({ seq, kind: 'join', ...base, viewers: 900 });
  };
}

function importAll(file: string, directory: string, events: number): void {
  const database = HistoryDatabase.openToWrite(file);
  const onFault = (_room: string, _seq: number, error: unknown): never => {
    throw error;
  };
  const copyName = (): string => `${file}.before`;
  const callbacks = { onFault, copyName, onForgotten: () => undefined };
  const importer = new Importer({ disk: realDisk, clock: systemClock, database, ...callbacks });
  importer.addRoom({ name: '1', handle: 'bench', epoch: 'e', directory, writtenSeq: () => events });
  while (importer.turn());
  importer.close();
  database.close();
}

function boardTimes(file: string, events: number): number[] {
  const database = HistoryDatabase.openToRead(file);
  const queries = new HistoryQueries(database);
  const random = seededRandom(2);
  const deadline = new Deadline(systemClock, 600_000);
  const times = Array.from({ length: 20 }, () => {
    const beganMs = systemClock.nowMs();
    queries.board({ room: '1', session: 1, seq: 1 + random.int(events), limit: 100 }, deadline);
    return systemClock.nowMs() - beganMs;
  });
  database.close();
  return times.sort((a, b) => a - b);
}

async function exportEvents(
  file: string,
  dataDirectory: string,
): Promise<Pick<HistoryCost, 'exportSeconds' | 'exportBytes' | 'exportMemoryBytes' | 'check'>> {
  const database = HistoryDatabase.openToRead(file);
  const before = process.memoryUsage().rss;
  const beganMs = systemClock.nowMs();
  let exportBytes = 0;
  let most = before;
  let check = 0;
  const request = { subject: { of: 'events', room: '1' }, format: 'csv' } as const;
  const opened = await openExport(database, request, placesIn(dataDirectory), systemClock);
  for (const { bytes, rows } of opened?.pieces ?? []) {
    exportBytes += bytes.length;
    check = rows;
    most = Math.max(most, process.memoryUsage.rss());
  }
  database.close();
  const exportSeconds = (systemClock.nowMs() - beganMs) / 1000;
  return { exportSeconds, exportBytes, exportMemoryBytes: most - before, check };
}

if (process.argv[1] === import.meta.filename) {
  const cost = await runHistoryBench(Number(process.argv[2] ?? 1_000_000));
  process.stdout.write(`${JSON.stringify(cost, null, 2)}\n`);
}
