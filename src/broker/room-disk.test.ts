import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { NullJournal, type SyncPolicy } from '../journal/journal.ts';
import { SimulatedDisk, SimulatedThread } from '../journal/simulation/simulation.ts';
import { isWriting } from '../protocol/disk.ts';
import { recover } from '../../test/support/log-life.ts';
import { RoomDisk } from './room-disk.ts';

// What a room says of its disk, while the disk fills up, fails, falls behind and comes round.

const event = Buffer.from('{"seq":1}');

function stage(sync: SyncPolicy = { kind: 'interval', ms: 50 }) {
  const clock = new VirtualClock();
  const disk = new SimulatedDisk(clock);
  const thread = new SimulatedThread({ clock, ringBytes: 65_536, reserveBytes: 16_384 });
  const log = thread.open(recover(disk).log, { sync });
  const about = new RoomDisk(clock, log);
  let seq = 0;
  const append = (times = 1): void => {
    for (; times > 0; times--) log.append(++seq, event);
    log.commit();
  };
  /** Lets time pass as a room does: with a look at the disk each second. */
  const pass = (seconds: number): void => {
    for (; seconds > 0; seconds--) {
      clock.advance(1_000);
      about.look();
    }
  };
  return { clock, disk, thread, log, about, append, pass };
}

test('a disk that is well says so, with what a power cut could cost', () => {
  const { about, append, pass } = stage();
  append(3);
  pass(1);
  const { state, refuses, waiting, unsynced, retention } = about.describe();
  assert.deepEqual([state, refuses, waiting, unsynced], ['ok', false, 0, 0]);
  assert.equal(retention.state, 'unknown');
});

test('a full disk is told with since when, what waits, and when nothing more is taken in; and its end', () => {
  const { clock, disk, about, append, pass } = stage();
  append();
  pass(1);
  disk.capacityBytes = disk.usedBytes;
  const fullAt = clock.wallMs();
  append(5);
  pass(10);
  const full = about.describe();
  assert.deepEqual([full.state, full.waiting, full.refuses, isWriting(full)], ['disk-full', 5, false, false]);
  assert.ok(Math.abs(full.since - fullAt) <= 1_000, `since ${full.since}, full at ${fullAt}`);
  while (!about.describe().refuses) append();
  assert.equal(about.describe().since, full.since, 'it is one trouble from beginning to end');
  disk.capacityBytes = Number.POSITIVE_INFINITY;
  pass(10);
  const { state, waiting, refuses, since } = about.describe();
  assert.deepEqual([state, waiting, refuses], ['ok', 0, false]);
  assert.ok(since > full.since);
});

test('a disk that fails, one that is slow and one that cannot sync are told apart', () => {
  const failing = stage();
  failing.append();
  failing.pass(1);
  failing.disk.failsWrites = true;
  failing.append();
  failing.pass(2);
  assert.deepEqual([failing.about.describe().state, isWriting(failing.about.describe())], ['disk-failed', false]);

  const slow = stage();
  slow.thread.stalled = true;
  slow.append(7);
  slow.pass(2);
  const { state, waiting } = slow.about.describe();
  assert.deepEqual([state, waiting, isWriting(slow.about.describe())], ['behind', 7, true]);

  const unsynced = stage();
  unsynced.append();
  unsynced.pass(1);
  unsynced.disk.failsSyncs = true;
  unsynced.append(4);
  unsynced.pass(2);
  const told = unsynced.about.describe();
  assert.deepEqual([told.state, told.waiting, told.unsynced, isWriting(told)], ['sync-failed', 0, 4, true]);

  // Where nothing may be seen before it is synced, nothing is seen any more.
  const always = stage({ kind: 'always' });
  always.disk.failsSyncs = true;
  always.append(4);
  always.pass(2);
  const stuck = always.about.describe();
  assert.deepEqual([stuck.state, stuck.waiting, isWriting(stuck)], ['disk-failed', 4, false]);
});

test('where no log is kept there is no disk to speak of', () => {
  const about = new RoomDisk(new VirtualClock(), new NullJournal('epoch'));
  about.look();
  const { state, refuses, unsynced } = about.describe();
  assert.deepEqual([state, refuses, unsynced], ['none', false, null]);
});

test('what retention came to is kept with since when it has been so', () => {
  const { clock, about } = stage();
  const status = { bytes: 10, bytesMax: 20, detail: '' };
  about.retained({ state: 'within', ...status });
  const since = clock.wallMs();
  clock.advance(60_000);
  about.retained({ state: 'within', ...status, bytes: 12 });
  assert.deepEqual(about.describe().retention, { state: 'within', since, ...status, bytes: 12 });
  about.retained({ state: 'at-quota', ...status });
  assert.equal(about.describe().retention.since, since + 60_000);
});
