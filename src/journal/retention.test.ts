import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { contents, directory, events, firstLife, Life } from '../../test/support/log-life.ts';
import { planRetention, type RetentionFacts, retainLog } from './retention.ts';
import { listSegments } from './segment.ts';
import { SegmentScan } from './segment-scan.ts';
import { listSnapshots, saveSnapshot, type Snapshot, snapshotName } from './snapshot.ts';

/** Five segments of 100 events and 100 bytes, one begun each hour; it is the fifth hour. */
const facts: RetentionFacts = {
  segments: [0, 1, 2, 3, 4].map((hour) => ({ firstSeq: hour * 100 + 1, bytes: 100, createdAt: hour * 3_600_000 })),
  snapshots: [
    { seq: 450, bytes: 10, good: true },
    { seq: 430, bytes: 10, good: true },
  ],
  neededFromSeq: Number.POSITIVE_INFINITY,
  nowMs: 5 * 3_600_000,
};
const never = { ageMs: Number.POSITIVE_INFINITY, bytesMax: Number.POSITIVE_INFINITY };

test('without a reason nothing goes', () => {
  assert.deepEqual(planRetention(never, facts), { segments: [], snapshots: [], bytes: 520, blockedBy: 'none' });
});

test('segments go when even their newest event is too old', () => {
  const plan = planRetention({ ...never, ageMs: 2.5 * 3_600_000 }, facts);
  assert.deepEqual([plan.segments, plan.blockedBy], [[1, 101], 'none']);
});

test('as many segments go as it takes to come under the quota', () => {
  const plan = planRetention({ ...never, bytesMax: 330 }, facts);
  assert.deepEqual([plan.segments, plan.bytes, plan.blockedBy], [[1, 101], 320, 'none']);
});

test('what a kept snapshot could not do without stays, and why is said', () => {
  const policy = { ...never, ageMs: 0 };
  assert.deepEqual(planRetention(policy, { ...facts, snapshots: [] }).blockedBy, 'no-snapshot');
  const one = planRetention(policy, { ...facts, snapshots: [{ seq: 250, bytes: 1, good: true }] });
  assert.deepEqual([one.segments, one.blockedBy], [[1, 101], 'no-snapshot']);
  const older = planRetention(policy, {
    ...facts,
    snapshots: [
      { seq: 450, bytes: 1, good: true },
      { seq: 150, bytes: 1, good: true },
    ],
  });
  assert.deepEqual(
    [older.segments, older.blockedBy],
    [[1], 'no-snapshot'],
    'the older snapshot must reach the end too',
  );
});

test('what history has not read yet stays, and why is said', () => {
  const plan = planRetention({ ...never, ageMs: 0 }, { ...facts, neededFromSeq: 250 });
  assert.deepEqual([plan.segments, plan.blockedBy], [[1, 101], 'history']);
});

test('the open segment stays, whatever the quota', () => {
  const plan = planRetention({ ...never, bytesMax: 1 }, facts);
  assert.deepEqual([plan.segments, plan.blockedBy], [[1, 101, 201, 301], 'open-segment']);
});

test('snapshots beyond those kept go', () => {
  const snapshots = [500, 400, 300, 200].map((seq) => ({ seq, bytes: 1, good: true }));
  assert.deepEqual(planRetention(never, { ...facts, snapshots }).snapshots, [300, 200]);
});

test('snapshots that no start could begin from cover nothing, and stay until enough good ones are newer', () => {
  const policy = { ...never, ageMs: 0 };
  const of = (...seqs: number[]) => seqs.map((seq) => ({ seq: Math.abs(seq), bytes: 1, good: seq > 0 }));
  const none = planRetention(policy, { ...facts, snapshots: of(-450, -430) });
  assert.deepEqual([none.segments, none.snapshots, none.blockedBy], [[], [], 'no-snapshot']);
  const newer = planRetention(policy, { ...facts, snapshots: of(-460, -450, 430, 250, 150) });
  assert.deepEqual([newer.segments, newer.snapshots, newer.blockedBy], [[1, 101], [150], 'no-snapshot']);
  const older = planRetention(policy, { ...facts, snapshots: of(450, -430, 420, -300) });
  assert.deepEqual([older.snapshots, older.bytes], [[300], 103]);
});

test('the events before snapshots of another version stay: a start needs them', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  const old = Buffer.from('of another version');
  for (let round = 0; round < 3; round++) {
    life.write(50);
    const meta = { room: '1', epoch: life.journal.epoch, seq: life.nextSeq - 1, createdAt: 1 };
    saveSnapshot(life.disk, directory, meta, [old]);
  }
  const needs = { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 0 };
  const readable = ({ payload }: Snapshot): boolean => !payload.equals(old);
  const plan = retainLog(life.disk, directory, { ...never, bytesMax: 1 }, { ...needs, readable });
  assert.deepEqual([plan.segments, plan.blockedBy], [[], 'no-snapshot']);
  assert.deepEqual(listSnapshots(life.disk, directory), [150, 100, 50]);
  assert.deepEqual(contents(life.disk), events(1, 150));
});

test('a snapshot on a bad sector is one that is damaged: a start takes the one before, and retention goes on', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  for (let round = 0; round < 2; round++) {
    life.write(50);
    const meta = { room: '1', epoch: life.journal.epoch, seq: life.nextSeq - 1, createdAt: 1 };
    saveSnapshot(life.disk, directory, meta, []);
  }
  life.disk.unreadable.add(`${directory}/${snapshotName(100)}`);
  const needs = { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 0, readable: () => true };
  const plan = retainLog(life.disk, directory, { ...never, bytesMax: 1 }, needs);
  assert.ok(plan.segments.length > 0);
  life.kill();
  const { recovered } = new Life(life.disk, life.clock);
  assert.deepEqual([recovered.report.snapshotSeq, recovered.report.lastSeq, recovered.holes], [50, 100, []]);
});

test('whatever retention removes, the next life has the same state, and so it has if the newest snapshot is damaged', () => {
  for (let seed = 1; seed <= 25; seed++) {
    const random = seededRandom(seed);
    const life = firstLife({ segmentBytesMax: 2048 });
    for (let round = 0; round < 10; round++) {
      life.write(random.int(80));
      const seq = life.nextSeq - 1;
      if (random.chance(0.4) && seq > 0)
        saveSnapshot(life.disk, directory, { room: '1', epoch: life.journal.epoch, seq, createdAt: 1 }, []);
      const bytesMax = random.int(20_000);
      retainLog(
        life.disk,
        directory,
        { ...never, bytesMax },
        { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 0, readable: () => true },
      );
    }
    const last = life.nextSeq - 1;
    const snapshots = listSnapshots(life.disk, directory);
    assert.ok(snapshots.length <= 2, `seed ${seed}`);
    life.kill();
    if (snapshots.length > 1 && random.chance(0.5))
      life.disk.content(`${directory}/snapshot-${String(snapshots[0]).padStart(15, '0')}.state`)[20]! ^= 4;
    const { recovered } = new Life(life.disk, life.clock);
    assert.deepEqual(recovered.holes, [], `seed ${seed}`);
    assert.equal(recovered.report.lastSeq, last, `seed ${seed}`);
    assert.deepEqual(recovered.events, events((recovered.snapshot?.seq ?? 0) + 1, last), `seed ${seed}`);
    assert.equal(recovered.report.continued, true, `seed ${seed}`);
  }
});

test('files that were set aside go when they are too old', () => {
  const life = firstLife();
  life.write(1);
  for (const ms of [1000, 9000]) life.disk.open(`${directory}/set-aside-${ms}-segment-000000000000001.log`, 'create');
  retainLog(life.disk, directory, { ...never, ageMs: 5000 }, { neededFromSeq: 0, nowMs: 10_000, readable: () => true });
  const aside = life.disk.list(directory).filter((name) => name.startsWith('set-aside'));
  assert.deepEqual(aside, ['set-aside-9000-segment-000000000000001.log']);
  assert.deepEqual(listSegments(life.disk, directory), [1]);
  assert.deepEqual(contents(life.disk), events(1, 1));
});

test('a machine that starts in 1970 makes nothing old: neither the segment before nor what was set aside', () => {
  const hourMs = 3_600_000;
  const nowMs = 1_800_000_000_000;
  const segments = [nowMs - 9 * hourMs, nowMs - hourMs, 3000, nowMs - hourMs / 2].map((createdAt, index) => {
    return { firstSeq: index * 100 + 1, bytes: 100, createdAt };
  });
  const snapshots = [400, 399].map((seq) => ({ seq, bytes: 1, good: true }));
  const plan = planRetention({ ...never, ageMs: 2 * hourMs }, { ...facts, segments, snapshots, nowMs });
  assert.deepEqual([plan.segments, plan.blockedBy], [[], 'none']);
  const after = (hours: number): readonly number[] => {
    const then = { ...facts, segments, snapshots, nowMs: nowMs + hours * hourMs };
    return planRetention({ ...never, ageMs: 2 * hourMs }, then).segments;
  };
  assert.deepEqual(
    [after(1.2), after(1.6)],
    [[1], [1, 101, 201]],
    'its end is known from the first that tells the time',
  );

  const life = firstLife();
  life.write(10);
  const { createdAt } = new SegmentScan(life.disk, directory, 1).header!;
  const aside = 'set-aside-3000-segment-000000000000011.log';
  life.disk.open(`${directory}/${aside}`, 'create');
  const retain = (atMs: number): void => {
    const needs = { neededFromSeq: 0, nowMs: atMs, readable: () => true };
    retainLog(life.disk, directory, { ...never, ageMs: 5000 }, needs);
  };
  retain(createdAt + 4000);
  assert.ok(life.disk.list(directory).includes(aside));
  retain(createdAt + 6000);
  assert.ok(!life.disk.list(directory).includes(aside));
});

test('a segment that does not tell when it was begun keeps those before it no longer than the next one that does', () => {
  const segments = facts.segments.map((segment, index) =>
    index === 1 ? { ...segment, createdAt: Number.POSITIVE_INFINITY } : segment,
  );
  const plan = planRetention({ ...never, ageMs: 1.5 * 3_600_000 }, { ...facts, segments });
  assert.deepEqual(plan.segments, [1, 101, 201]);
});
