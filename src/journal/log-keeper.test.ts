import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directory, firstLife, Life, payloadOf, recover } from '../../test/support/log-life.ts';
import { followProgress } from './journal.ts';
import { LogKeeper, type LogReplica } from './log-keeper.ts';
import type { Snapshot } from './snapshot.ts';

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
  hole(): void {
    assert.fail('there is no hole');
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
