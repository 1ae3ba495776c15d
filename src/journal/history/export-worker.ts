import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import { HistoryDatabase } from './database.ts';
import { openExport } from './export.ts';
import type { ExportSettings, FromExport } from './messages.ts';
import { placesIn } from './places.ts';

// Entry of an export's own thread: one piece for each time that it is asked for one. It sees the history as it was when
// the export began, and is ended by whoever started it.

const { file, dataDirectory, request } = workerData as ExportSettings;

function say(message: FromExport): void {
  parentPort!.postMessage(message);
}

function open(): HistoryDatabase | null {
  try {
    return HistoryDatabase.openToRead(file);
  } catch (error) {
    if (error instanceof MeksError && error.code === 'MEKS_HISTORY_UNAVAILABLE') return null;
    throw error;
  }
}

async function begin(): Promise<void> {
  const database = open();
  if (database === null) return say({ kind: 'unavailable' });
  database.beginReading();
  const opened = await openExport(database, request, placesIn(dataDirectory), systemClock);
  if (opened === null) return say({ kind: 'unknown' });
  const pieces = opened.pieces[Symbol.iterator]();
  parentPort!.on('message', () => {
    const { done, value } = pieces.next();
    say(done === true ? { kind: 'end' } : { kind: 'piece', ...value });
  });
  return say({ kind: 'begun', expected: opened.expected });
}

await begin();
