import { statSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { stopMessage, type ThreadData } from '../../base/supervised-thread.ts';
import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { type AnswerSource, answerQuery } from './answers.ts';
import { HistoryDatabase } from './database.ts';
import { Deadline, QueryTimeout } from './deadline.ts';
import type { FromQuery, HistorySettings, ToQuery } from './messages.ts';
import { placesIn } from './places.ts';
import { HistoryQueries } from './queries.ts';

// Entry of the query thread: one query after the other, each with a deadline, on a connection that cannot write. The
// database is made by the import, and made anew where it was damaged: each query looks whether it is still the same.

const { settings, ports } = workerData as ThreadData<HistorySettings>;
const port = ports['queries']!;
const places = placesIn(settings.dataDirectory);
let source: AnswerSource | null = null;
/** Which file is open; 0 = none. */
let inode = 0;

function close(): void {
  source?.database.close();
  source = null;
  inode = 0;
}

/** The database as it is now; null when it is not ready. */
function currentSource(): AnswerSource | null {
  const now = statSync(settings.file, { throwIfNoEntry: false })?.ino ?? 0;
  if (now !== inode) close();
  if (source !== null || now === 0) return source;
  try {
    const database = HistoryDatabase.openToRead(settings.file);
    source = { database, queries: new HistoryQueries(database), places };
    inode = now;
    return source;
  } catch (error) {
    if (error instanceof MeksError) return null;
    throw error;
  }
}

function answer({ id, query }: ToQuery): FromQuery {
  const from = currentSource();
  if (from === null) return { id, kind: 'unavailable' };
  const deadline = new Deadline(systemClock, limits.historyQueryMs.value);
  try {
    return { id, kind: 'answer', value: answerQuery(from, query, deadline) };
  } catch (error) {
    if (error instanceof QueryTimeout) return { id, kind: 'timed-out' };
    throw error;
  }
}

port.on('message', (message: ToQuery) => port.postMessage(answer(message)));
parentPort!.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  close();
  process.exit();
});
