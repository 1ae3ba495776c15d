import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';
import { HistoryDatabase } from './database.ts';
import { Deadline } from './deadline.ts';
import { exportPieces } from './export.ts';
import type { ExportSettings, FromExport } from './messages.ts';
import { placesIn } from './places.ts';

// Entry of an export's own thread: one piece for each time that it is asked for one. It sees the history as it was when
// the export began, and is ended by whoever started it.

const { file, dataDirectory, request } = workerData as ExportSettings;
const database = HistoryDatabase.openToRead(file);
database.beginReading();
const deadline = new Deadline(systemClock, limits.historyExportMs.value);
const pieces = exportPieces(database, request, placesIn(dataDirectory), deadline)?.[Symbol.iterator]() ?? null;

function next(): FromExport {
  if (pieces === null) return { kind: 'unknown' };
  const { done, value } = pieces.next();
  if (done === true) return { kind: 'end' };
  return { kind: 'piece', bytes: Buffer.from(value.text), rows: value.rows };
}

parentPort!.on('message', () => parentPort!.postMessage(next()));
