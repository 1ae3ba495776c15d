import { renameSync, rmSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { Counters } from '../../base/counters.ts';
import { errorFields } from '../../base/log.ts';
import { stopMessage, type ThreadData } from '../../base/supervised-thread.ts';
import { realDisk } from '../real-disk.ts';
import { ringWord, SeqMirror } from '../shared-ring.ts';
import { type HistoryCounter, historyCounterSpec } from './counters.ts';
import { HistoryDatabase, isDamage } from './database.ts';
import { Importer } from './importer.ts';
import type { FromImport, HistorySettings, ToImport } from './messages.ts';

// Entry of the import thread: looks at the logs twice a second, and brings the history up to them. A history that is
// damaged is set aside, for whoever wants to save something of it, and built again from the logs. Whatever else the
// disk refuses ends the thread, which is started again after a while.

const everyMs = 500;
/** Between two syncs of what was imported: retention, which waits for them, looks at the logs once a minute. */
const safeEveryMs = 20_000;

const message =
  'the log is gone, shorter or another, and the history follows it: what only the history knew is in the copy alone. ' +
  'To look at it, move it as history.db to a folder of its own and export from that (meks export --data)';

const { settings, ports } = workerData as ThreadData<HistorySettings>;
const port = ports['history']!;
const rooms = new Map<string, Counters<HistoryCounter>>();

function say(message: FromImport): void {
  port.postMessage(message);
}

function setAside(error: unknown): void {
  const aside = `${settings.file}.damaged-${systemClock.wallMs()}`;
  renameSync(settings.file, aside);
  for (const suffix of ['-wal', '-shm']) rmSync(settings.file + suffix, { force: true });
  say({ level: 'error', event: 'history.set-aside', fields: { aside, ...errorFields(error) } });
}

function open(): HistoryDatabase {
  try {
    return HistoryDatabase.openToWrite(settings.file);
  } catch (error) {
    if (!isDamage(error)) throw error;
    setAside(error);
    return HistoryDatabase.openToWrite(settings.file);
  }
}

function publish(): void {
  for (const { room, seq, neededSeq, behind, disagreements, faults } of importer.progress()) {
    const counters = rooms.get(room)!;
    counters.set('nextSeq', seq + 1);
    counters.set('neededSeq', neededSeq);
    counters.set('behind', behind);
    counters.set('disagreements', disagreements);
    counters.set('faults', faults);
  }
}

function turn(): void {
  let more = false;
  try {
    more = importer.turn();
    const nowMs = systemClock.nowMs();
    if (nowMs >= safeDueMs) {
      safeDueMs = nowMs + safeEveryMs;
      importer.keepSafe();
    }
  } catch (error) {
    if (isDamage(error)) setAside(error);
    throw error;
  }
  publish();
  if (more) systemClock.soon(turn);
  else systemClock.after(everyMs, turn);
}

/** The last events of a stop are written by then, and few: better now than at the next start. */
function drain(): void {
  for (let turns = 0; turns < 4 && importer.turn(); turns++);
}

let safeDueMs = systemClock.nowMs() + safeEveryMs;
const database = open();
const importer = new Importer({
  disk: realDisk,
  clock: systemClock,
  database,
  onFault: (room, seq, error) =>
    say({ level: 'error', event: 'history.fault', fields: { room, seq, ...errorFields(error) } }),
  copyName: () => `${settings.file}.before-${systemClock.wallMs()}`,
  onForgotten: (room, copy) => say({ level: 'error', event: 'history.forgotten', fields: { room, copy, message } }),
});

port.on('message', (message: ToImport) => {
  if (message.kind === 'remove') {
    drain();
    importer.removeRoom(message.room);
    rooms.delete(message.room);
    return;
  }
  const { room: name, handle, epoch, directory, progress, values } = message;
  const mirror = new SeqMirror(progress.control, ringWord.written, progress.seq);
  rooms.set(name, new Counters(historyCounterSpec, values));
  importer.addRoom({ name, handle, epoch, directory, writtenSeq: () => mirror.read() });
  publish();
});
parentPort!.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  drain();
  importer.close();
  database.close();
  process.exit();
});
turn();
