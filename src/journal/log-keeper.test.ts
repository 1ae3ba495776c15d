import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directory, firstLife, Life, payloadOf, recover } from '../../test/support/log-life.ts';
import { followProgress, followSyncs } from './journal.ts';
import { DiskError } from './disk.ts';
import { LogKeeper, type LogReplica } from './log-keeper.ts';
import { listSegments, segmentName } from './segment.ts';
import { listSnapshots, type Snapshot } from './snapshot.ts';

/** Counts bytes: a state that every event changes. */
class Tally implements LogReplica {
  seq = 0;
  bytes = 0;

  load(snapshot: Snapshot): void {
    ({ seq: this.seq, bytes: this.bytes } = JSON.parse(snapshot.payload.toString()));
  }
  readable({ payload }: Snapshot): boolean {
    return payload.length > 0;
  }
  apply(seq: number, payload: Buffer): void {
    assert.equal(seq, this.seq + 1);
    this.seq = seq;
    this.bytes += payload.length;
  }
  *save(): Iterable<Uint8Array> {
    yield Buffer.from(`{"seq":${this.seq},`);
    yield Buffer.from(`"bytes":${this.bytes}}`);
  }
}

function bytesUpTo(seq: number): number {
  let bytes = 0;
  for (let at = 1; at <= seq; at++) bytes += payloadOf(at).length;
  return bytes;
}

function keep(
  life: Life,
  replica: Tally,
  bytesMax = Number.POSITIVE_INFINITY,
  ageMs = Number.POSITIVE_INFINITY,
): LogKeeper {
  return new LogKeeper({
    disk: life.disk,
    clock: life.clock,
    directory,
    room: '1',
    epoch: life.journal.epoch,
    replica,
    replicaSeq: replica.seq,
    snapshotSeq: 0,
    writtenSeq: followProgress(life.journal.progress()),
    syncs: followSyncs(life.journal.progress()),
    neededFromSeq: () => Number.POSITIVE_INFINITY,
    policy: { ageMs, bytesMax },
    snapshotEveryEvents: 100,
  });
}

test('the keeper follows the log and makes a snapshot when enough has come', () => {
  const life = firstLife();
  const keeper = keep(life, new Tally());
  life.write(60);
  assert.deepEqual([keeper.turn().applied, keeper.turn().applied], [60, 0]);
  life.write(60);
  const turn = keeper.turn();
  assert.deepEqual([turn.applied, turn.snapshotSeq], [60, 120]);
  const { snapshot } = (life.kill(), recover(life.disk));
  assert.deepEqual(JSON.parse(snapshot!.payload.toString()), { seq: 120, bytes: bytesUpTo(120) });
});

test('the keeper notices when the files of the log are removed while it is being written', () => {
  const life = firstLife();
  const keeper = keep(life, new Tally());
  life.write(10);
  keeper.turn();
  for (const name of life.disk.list(directory)) life.disk.remove(`${directory}/${name}`);
  life.append(1);
  assert.throws(() => keeper.turn(), { code: 'ENOENT', message: /were removed under it/ });
});

test('the keeper reads nothing that the log has not called written', () => {
  const life = firstLife();
  const replica = new Tally();
  const keeper = keep(life, replica);
  life.write(10);
  life.append(10);
  keeper.turn();
  assert.equal(replica.seq, 10);
});

test('a log under the keeper stays within its quota, and every life finds the state of all events ever', () => {
  let life = firstLife({ segmentBytesMax: 2048 });
  let replica = new Tally();
  let peakBytes = 0;
  for (let round = 0; round < 6; round++) {
    const keeper = keep(life, replica, 20_000);
    for (let turn = 0; turn < 10; turn++) {
      life.write(37);
      keeper.turn();
      peakBytes = Math.max(peakBytes, life.disk.usedBytes);
    }
    keeper.close();
    life.kill();
    life = new Life(life.disk, life.clock, { segmentBytesMax: 2048 });
    replica = new Tally();
    const { snapshot, events, report } = life.recovered;
    if (snapshot !== null) replica.load(snapshot);
    for (const event of events) replica.apply(replica.seq + 1, Buffer.from(event));
    assert.equal(replica.seq, report.lastSeq);
    assert.equal(replica.bytes, bytesUpTo(report.lastSeq));
    assert.equal(report.continued, true);
  }
  assert.equal(replica.seq, 6 * 10 * 37);
  assert.ok(peakBytes < 60_000, `${peakBytes} bytes`);
});

test('events too old go from a room in which little happens as well', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  const keeper = keep(life, new Tally(), undefined, 60_000);
  life.write(50);
  assert.deepEqual(keeper.turn().snapshotSeq, 0, 'none is due, and nothing is too old');
  life.clock.advance(200_000);
  life.write(1);
  const { snapshotSeq, retention } = keeper.turn();
  assert.equal(snapshotSeq, 51);
  assert.ok(retention!.segments.length > 2, `${retention!.segments.length} segments went`);
  assert.equal(retention!.blockedBy, 'none');
  const { snapshot, report } = (life.kill(), recover(life.disk));
  assert.deepEqual(JSON.parse(snapshot!.payload.toString()), { seq: 51, bytes: bytesUpTo(51) });
  assert.equal(report.lastSeq, 51);
});

test('a sync of the keeper that failed is not forgotten, neither by it nor by those who come after it', () => {
  const life = firstLife({ segmentBytesMax: 2048, sync: { kind: 'os' } });
  const replica = new Tally();
  const first = keep(life, replica, 5000);
  life.write(120);
  assert.equal(first.turn().snapshotSeq, 120);
  life.write(120);
  life.disk.failsSyncs = true;
  assert.throws(() => first.turn(), { kind: 'unsynced' });
  life.disk.failsSyncs = false;
  life.write(300);
  const files = life.disk.list(directory).length;
  const told = { kind: 'unsynced', message: /no snapshot is made, and nothing removed.*restart the broker/ };
  assert.throws(() => first.turn(), told);
  assert.throws(() => keep(life, replica, 5000).turn(), told);
  assert.equal(life.disk.list(directory).length, files);
  assert.deepEqual(listSnapshots(life.disk, directory), [120]);
  life.kill();
  const { report } = recover(life.disk);
  assert.deepEqual([report.snapshotSeq, report.lastSeq], [120, 540]);
});

test('after a failed sync of the keeper the log calls nothing durable either, and its stop is not a clean one', async () => {
  const life = firstLife({ sync: { kind: 'interval', ms: 10 } });
  const keeper = keep(life, new Tally());
  life.write(120);
  life.clock.advance(50);
  life.disk.failsSyncs = true;
  assert.throws(() => keeper.turn(), { kind: 'unsynced' });
  life.disk.failsSyncs = false;
  life.write(10);
  life.clock.advance(200);
  const { state, durableSeq } = life.journal.status();
  assert.deepEqual([state, durableSeq], ['sync-failed', 120]);
  await life.close();
  life.disk.killProcesses();
  const { report } = recover(life.disk);
  assert.deepEqual([report.lastSeq, report.reason.includes('clean')], [130, false]);
});

test('what a sync of the log could not save is vouched for by no snapshot, whatever the next sync says', () => {
  const life = firstLife();
  const keeper = keep(life, new Tally());
  life.write(120);
  life.disk.failsSyncs = true;
  life.write(1);
  life.clock.advance(200);
  life.disk.failsSyncs = false;
  assert.equal(life.journal.status().state, 'sync-failed');
  assert.throws(() => keeper.turn(), { kind: 'unsynced' });
  // The same while it is hidden behind another state of the log.
  life.disk.capacityBytes = life.disk.usedBytes;
  life.append(1);
  life.clock.advance(300);
  assert.equal(life.journal.status().state, 'disk-full');
  life.disk.capacityBytes = Number.POSITIVE_INFINITY;
  assert.throws(() => keeper.turn(), { kind: 'unsynced' });
  assert.deepEqual(listSnapshots(life.disk, directory), []);
});

test('a snapshot that fails to be synced itself is made again: it is another file then', () => {
  const life = firstLife();
  const keeper = keep(life, new Tally());
  life.write(120);
  const { disk } = life;
  const sync = disk.sync.bind(disk);
  let failures = 0;
  disk.sync = (file) => {
    if (disk.list(directory).some((name) => name.endsWith('.unfinished')) && failures++ === 0)
      throw new DiskError('failed', 'EIO', 'the medium fails');
    sync(file);
  };
  assert.throws(() => keeper.turn(), { kind: 'failed' });
  assert.equal(keeper.turn().snapshotSeq, 120);
});

test('a ranking that lacks what the log lost is never saved', () => {
  const life = firstLife({ segmentBytesMax: 4096 });
  const keeper = keep(life, new Tally());
  life.write(300);
  const [, second] = listSegments(life.disk, directory);
  life.disk.unreadable.add(`${directory}/${segmentName(second!)}`);
  const { snapshotSeq, retention } = keeper.turn();
  assert.deepEqual([snapshotSeq, retention, keeper.lost?.from], [0, null, second]);
  assert.deepEqual(listSnapshots(life.disk, directory), []);
});

test('on a full disk, where no snapshot can be made, retention goes on: it is what makes room', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  const replica = new Tally();
  const before = keep(life, replica);
  for (let round = 0; round < 2; round++) {
    life.write(110);
    assert.equal(before.turn().snapshotSeq, replica.seq);
  }
  before.close();
  life.write(110);
  const { disk } = life;
  disk.capacityBytes = disk.usedBytes;
  const segments = listSegments(disk, directory).length;
  const keeper = keep(life, replica, 8000);
  assert.throws(() => keeper.turn(), { kind: 'full' });
  assert.ok(listSegments(disk, directory).length < segments);
  assert.equal(keeper.turn().snapshotSeq, 330, 'there is room now');
});
