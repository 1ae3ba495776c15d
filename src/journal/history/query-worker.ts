import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { stopMessage, type ThreadData } from '../../base/supervised-thread.ts';
import { limits } from '../../protocol/limits.ts';
import { answerQuery } from './answers.ts';
import { HistoryDatabase } from './database.ts';
import { Deadline, QueryTimeout } from './deadline.ts';
import { type FromQuery, type HistorySettings, type ToQuery } from './messages.ts';
import { placesIn } from './places.ts';
import { HistoryQueries } from './queries.ts';

// Entry of the query thread: one query after the other, each with a deadline, on a connection that cannot write.

const { settings, ports } = workerData as ThreadData<HistorySettings>;
const port = ports['queries']!;
const database = HistoryDatabase.openToRead(settings.file);
const queries = new HistoryQueries(database);
const places = placesIn(settings.dataDirectory);

function answer({ id, query }: ToQuery): FromQuery {
  const deadline = new Deadline(systemClock, limits.historyQueryMs.value);
  try {
    return { id, kind: 'answer', value: answerQuery(queries, query, places, deadline) };
  } catch (error) {
    if (error instanceof QueryTimeout) return { id, kind: 'timed-out' };
    throw error;
  }
}

port.on('message', (message: ToQuery) => port.postMessage(answer(message)));
parentPort?.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  database.close();
  process.exit();
});
