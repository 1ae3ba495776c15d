import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { directory, firstLife, recover } from '../../test/support/log-life.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';
import { listSnapshots, loadSnapshot, saveSnapshot, snapshotName } from './snapshot.ts';

const meta = { room: '1', epoch: 'e', seq: 20, createdAt: 1_700_000_000_000 };
const path = `${directory}/${snapshotName(20)}`;

function emptyDisk(): SimulatedDisk {
  return new SimulatedDisk(new VirtualClock());
}

test('a snapshot gives back what was put into it, in however many pieces', () => {
  const disk = emptyDisk();
  const pieces = [Buffer.from('one '), Buffer.alloc(0), new Uint8Array(Buffer.from('two '))];
  saveSnapshot(disk, directory, meta, pieces);
  const loaded = loadSnapshot(disk, directory, 20);
  assert.ok(typeof loaded !== 'string');
  assert.deepEqual({ ...loaded, payload: loaded.payload.toString() }, { ...meta, payload: 'one two ' });
});

test('every single flipped bit of a snapshot is detected, and so is every cut', () => {
  const disk = emptyDisk();
  saveSnapshot(disk, directory, meta, [Buffer.from('some state')]);
  const whole = Buffer.from(disk.content(path));
  const bytes = disk.content(path);
  for (let bit = 0; bit < whole.length * 8; bit++) {
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    assert.equal(typeof loadSnapshot(disk, directory, 20), 'string', `bit ${bit}`);
    bytes[bit >> 3]! ^= 1 << (bit & 7);
  }
  assert.equal(typeof loadSnapshot(disk, directory, 20), 'object');
  for (let length = whole.length - 1; length >= 0; length--) {
    disk.truncate(path, length);
    assert.equal(typeof loadSnapshot(disk, directory, 20), 'string', `cut at ${length}`);
  }
});

test('a snapshot never knows more than the log that is on the medium: the log is synced first', () => {
  const life = firstLife({ sync: { kind: 'os' } });
  life.write(20);
  saveSnapshot(life.disk, directory, { ...meta, epoch: life.journal.epoch }, [Buffer.from('s')]);
  const { trace } = life.disk;
  const logSynced = trace.findIndex((operation) => operation.kind === 'sync' && operation.node === 1);
  const renamed = trace.findIndex((operation) => operation.kind === 'rename');
  assert.ok(logSynced >= 0 && logSynced < renamed);
  assert.equal(trace.at(-1)?.kind, 'sync-names');
});

test('a snapshot that does not fit the disk leaves nothing behind', () => {
  const disk = emptyDisk();
  disk.capacityBytes = 1000;
  assert.throws(() => saveSnapshot(disk, directory, meta, [Buffer.alloc(800)]), { name: 'DiskError', kind: 'full' });
  assert.deepEqual(disk.list(directory), []);
});

test('an unfinished snapshot of a crash is removed at the next start', () => {
  const life = firstLife();
  life.write(3);
  life.disk.open(`${path}.unfinished`, 'create');
  life.kill();
  recover(life.disk);
  assert.deepEqual(
    life.disk.list(directory).filter((name) => name.startsWith('snapshot')),
    [],
  );
});

test('snapshots are listed newest first', () => {
  const disk = emptyDisk();
  for (const seq of [20, 3, 100]) saveSnapshot(disk, directory, { ...meta, seq }, []);
  assert.deepEqual(listSnapshots(disk, directory), [100, 20, 3]);
});
