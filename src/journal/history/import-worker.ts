import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { errorFields } from '../../base/log.ts';
import { stopMessage, type ThreadData } from '../../base/supervised-thread.ts';
import { realDisk } from '../real-disk.ts';
import { ringWord, SeqMirror } from '../shared-ring.ts';
import { HistoryDatabase } from './database.ts';
import { Importer } from './importer.ts';
import { type FromImport, type HistorySettings, importNumber, type ToImport } from './messages.ts';

// Entry of the import thread: looks at the logs twice a second, and brings the history up to them.

const everyMs = 500;

const { settings, ports } = workerData as ThreadData<HistorySettings>;
const port = ports['history']!;
const say = (message: FromImport): void => port.postMessage(message);

const database = HistoryDatabase.openToWrite(settings.file);
const importer = new Importer({
  disk: realDisk,
  clock: systemClock,
  database,
  onFault: (room, seq, error) =>
    say({ kind: 'log', level: 'error', event: 'history.fault', fields: { room, seq, ...errorFields(error) } }),
});
const numbers = new Map<string, Float64Array>();

function publish(): void {
  for (const { room, seq, behind, disagreements, faults } of importer.progress()) {
    const shared = numbers.get(room);
    if (shared === undefined) continue;
    shared[importNumber.nextSeq] = seq + 1;
    shared[importNumber.behind] = behind;
    shared[importNumber.disagreements] = disagreements;
    shared[importNumber.faults] = faults;
  }
}

function turn(): void {
  const more = importer.turn();
  publish();
  if (more) systemClock.soon(turn);
  else systemClock.after(everyMs, turn);
}

port.on('message', (message: ToImport) => {
  if (message.kind === 'remove') {
    importer.removeRoom(message.room);
    numbers.delete(message.room);
    return;
  }
  const { room: name, handle, epoch, directory, progress } = message;
  const mirror = new SeqMirror(progress.control, ringWord.written, progress.seq);
  importer.addRoom({ name, handle, epoch, directory, writtenSeq: () => mirror.read() });
  numbers.set(name, message.numbers);
  publish();
});
parentPort?.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  importer.close();
  database.close();
  process.exit();
});
say({ kind: 'ready' });
turn();
