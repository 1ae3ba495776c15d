import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { type Log, silentLog } from '../base/log.ts';
import { until } from '../../test/support/until.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { Journals, readLog } from './journal.ts';
import { JournalThread } from './journal-thread.ts';
import { allocateRing, ringWord } from './shared-ring.ts';

const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-thread-'));
after(() => rmSync(dataDirectory, { recursive: true }));
const nobody = { load: () => false, apply: () => undefined, hole: () => undefined };

test('a writer thread that is torn down under load is followed by one that goes on, and nothing taken is lost', async () => {
  const workers: Worker[] = [];
  const onWorker = (worker: Worker): void => void workers.push(worker);
  process.on('worker', onWorker);
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
  const journal = await journals.open(journals.recover('1', nobody), { sync: { kind: 'interval', ms: 5 } });
  let seq = 0;
  for (let life = 1; life <= 2; life++) {
    for (let count = 0; count < 2000; count++) journal.append(++seq, Buffer.from(`{"seq":${seq}}`));
    journal.commit();
    await workers.at(-1)!.terminate();
    for (let count = 0; count < 100; count++) journal.append(++seq, Buffer.from(`{"seq":${seq}}`));
    await until('the next life of the thread has written all', () => journal.sendable() === seq + 1);
  }
  process.off('worker', onWorker);
  assert.equal(workers.length, 3);
  await journal.close();
  await journals.stop();
  let next = 1;
  for (const item of readLog(journals.disk, journals.directoryOf('1'), 1, Number.POSITIVE_INFINITY)) {
    assert.ok(item.kind === 'record');
    assert.equal(item.payload.toString(), `{"seq":${next}}`);
    next++;
  }
  assert.equal(next, seq + 1);
});

test('one thread writes the logs of many rooms, each in its own directory', async () => {
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
  const rooms = ['a', 'b', 'c'];
  const open = await Promise.all(
    rooms.map((room) => journals.open(journals.recover(room, nobody), { sync: { kind: 'os' } })),
  );
  for (let seq = 1; seq <= 300; seq++)
    for (const [index, journal] of open.entries()) journal.append(seq, Buffer.from(`${rooms[index]} ${seq}`));
  await Promise.all(open.map((journal) => journal.close()));
  for (const room of rooms) {
    const texts: string[] = [];
    journals.recover(room, { ...nobody, apply: (_seq, payload) => void texts.push(payload.toString()) }).lock.release();
    assert.deepEqual(
      texts,
      Array.from({ length: 300 }, (_, index) => `${room} ${index + 1}`),
    );
  }
  await journals.stop();
});

test('a log that cannot be written is told when it is opened, and its lock is let go of', async () => {
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
  const log = journals.recover('gone', nobody);
  rmSync(log.directory, { recursive: true });
  await assert.rejects(journals.open(log, { sync: { kind: 'os' } }), { code: 'MEKS_JOURNAL_UNWRITABLE' });
  journals.recover('gone', nobody).lock.release();
  await journals.stop();
});

test('what the disk says when it refuses is in the log, in the words of the system', async () => {
  const told: string[] = [];
  const log: Log = { ...silentLog, warn: (event, fields) => void told.push(`${event} ${JSON.stringify(fields)}`) };
  const journals = new Journals({ clock: systemClock, log, dataDirectory });
  const recovered = journals.recover('refused', nobody);
  const journal = await journals.open(recovered, { sync: { kind: 'os' }, segmentBytesMax: 2048 });
  rmSync(recovered.directory, { recursive: true });
  // The next segment has no place to be made in.
  for (let seq = 1; seq <= 10; seq++) journal.append(seq, Buffer.alloc(400, 'x'));
  journal.commit();
  await until('it was told', () => told.length > 0);
  assert.match(told.join(), /^journal\.refused \{"room":"refused","problem":"ENOENT: no such file or directory, open/);
  mkdirSync(recovered.directory);
  await until('all is written', () => journal.sendable() === 11);
  await journal.close();
  await journals.stop();
});

test('a thread that was waited for in vain is not waited for again for a while, whatever the room', async () => {
  const clock = new VirtualClock();
  const thread = new JournalThread({ clock, log: silentLog });
  const [slow, quick] = [allocateRing(4096), allocateRing(4096)].map(({ control }) => new Int32Array(control));
  Atomics.store(quick!, ringWord.written, 7);
  assert.equal(thread.settle(quick!, 7, 1), true);
  assert.equal(thread.settle(slow!, 7, 1), false, 'nobody writes this one');
  clock.advance(49);
  assert.equal(thread.settle(quick!, 7, 1), false, 'so this one is not even looked at');
  clock.advance(1);
  assert.equal(thread.settle(quick!, 7, 1), true);
  await thread.stop();
});
