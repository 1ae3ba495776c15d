import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { contents, directory, events, firstLife, Life, payloadOf, recover } from '../../test/support/log-life.ts';
import { DiskError } from './disk.ts';
import { recoverLog } from './recovery.ts';
import { encodeRecord, markRecord, recordHeaderBytes } from './record.ts';
import { listSegments, segmentHeaderBytes, segmentName, segmentSeed } from './segment.ts';
import { type DiskImage, SimulatedDisk } from './simulation/simulated-disk.ts';
import { saveSnapshot } from './snapshot.ts';

const firstSegment = `${directory}/${segmentName(1)}`;

function diskWith(image: DiskImage, boot = 'boot-1', clock = new VirtualClock()): SimulatedDisk {
  return new SimulatedDisk(clock, image, boot);
}

/** A log of `count` events after a kill, as an image that each test damages in its own copy. */
function killedLog(count: number, segmentBytesMax = 1_048_576): DiskImage {
  const life = firstLife({ segmentBytesMax });
  life.write(count);
  life.kill();
  return life.disk.image();
}

/** Lengths at which whole records end in a log of one segment without marks. */
function recordEnds(count: number): number[] {
  const ends: number[] = [];
  let at = segmentHeaderBytes;
  for (let seq = 1; seq <= count; seq++) ends.push((at += recordHeaderBytes + payloadOf(seq).length));
  return ends;
}

test('an empty directory gives a new epoch and seq 0', () => {
  const { report, events: applied } = recover(new SimulatedDisk(new VirtualClock()));
  assert.deepEqual([report.lastSeq, report.continued, report.findingsCount, applied.length], [0, false, 0, 0]);
});

test('after a kill everything written is there, and the epoch goes on', () => {
  const life = firstLife();
  life.write(100);
  life.append(20);
  life.kill();
  const next = new Life(life.disk, life.clock);
  assert.deepEqual(next.recovered.events, events(1, 100));
  assert.equal(next.recovered.report.continued, true);
  assert.equal(next.journal.epoch, life.journal.epoch);
  assert.equal(next.nextSeq, 101);
});

test('a start that the disk keeps from happening takes nothing away from the clean stop before it', async () => {
  for (const count of [0, 5]) {
    const life = firstLife();
    life.write(count);
    await life.close();
    const idle = new Life(life.disk, life.clock);
    await idle.close();
    const { epoch } = idle.journal;
    const { disk } = life;
    disk.failsSyncs = true;
    assert.throws(() => recover(disk), { code: 'MEKS_JOURNAL_UNWRITABLE' });
    disk.failsSyncs = false;
    disk.killProcesses();
    disk.boot = 'boot-2';
    const { log, report } = recover(disk);
    assert.deepEqual([report.lastSeq, report.continued, log.epoch], [count, true, epoch], report.reason);
  }
});

test('a log cut at every single byte recovers the events before the cut, and can be written on', () => {
  const count = 12;
  const image = killedLog(count);
  const whole = image.nodes.get(image.names.get(firstSegment)!)!;
  const ends = recordEnds(count);
  assert.equal(whole.length, ends.at(-1));
  for (let length = 0; length <= whole.length; length++) {
    const disk = diskWith(image);
    disk.truncate(firstSegment, length);
    const kept = ends.filter((end) => end <= length).length;
    const life = new Life(disk, new VirtualClock(), { life: 2 });
    assert.deepEqual(life.recovered.events, events(1, kept), `cut at ${length}`);
    // A cut inside the header cannot come from a kill: without it nobody knows the epoch.
    assert.equal(life.recovered.report.continued, length >= segmentHeaderBytes, `cut at ${length}`);
    const clean = length >= segmentHeaderBytes && (length === segmentHeaderBytes || ends.includes(length));
    assert.equal(life.recovered.report.findingsCount === 0, clean, `cut at ${length}`);
    life.write(3);
    assert.deepEqual(contents(disk), [...events(1, kept), ...events(kept + 1, kept + 3, 2)], `cut at ${length}`);
  }
});

test('every single flipped bit of a log is found, costs the events it hit at most, and never keeps the log from opening', () => {
  const count = 4;
  const life = firstLife({ segmentBytesMax: 650 });
  life.write(count);
  life.clock.advance(100);
  life.write(2);
  life.kill();
  const image = life.disk.image();
  const paths = [...image.names.keys()].filter((path) => path.includes('/segment-'));
  assert.ok(paths.length > 3);
  for (const path of paths) {
    const size = image.nodes.get(image.names.get(path)!)!.length;
    for (let bit = 0; bit < size * 8; bit++) {
      // One bit of each header byte here: segment.test.ts flips them all.
      if (bit < segmentHeaderBytes * 8 && bit % 9 !== 0) continue;
      const disk = diskWith(image);
      disk.content(path)[bit >> 3]! ^= 1 << (bit & 7);
      const { report, events: applied, holes } = recover(disk);
      const where = `bit ${bit} of ${path}`;
      assert.ok(report.findingsCount > 0, where);
      const lost = holes.reduce((sum, [from, to]) => sum + to - from + 1, 0) + (count + 2 - report.lastSeq);
      assert.ok(lost <= 1, `${where}: ${lost} events lost`);
      assert.equal(applied.length, count + 2 - lost, where);
      // An event that somebody saw and that is gone ends the epoch.
      if (lost > 0) assert.equal(report.continued && report.lastSeq === count + 2, false, where);
      for (const event of applied) assert.equal(event, payloadOf(JSON.parse(event).seq).toString(), where);
    }
  }
});

test('a power cut begins a new epoch unless every event was synced before it was seen', () => {
  for (const kind of ['os', 'interval', 'always'] as const) {
    const life = firstLife({ sync: kind === 'interval' ? { kind, ms: 50 } : { kind } });
    life.write(10);
    life.clock.advance(100);
    life.kill();
    life.disk.boot = 'boot-2';
    assert.equal(recover(life.disk).report.continued, kind === 'always', kind);
  }
});

test('where the system does not tell whether it was down, only a clean stop lets the epoch go on', async () => {
  const clock = new VirtualClock();
  const second = new Life(diskWith({ names: new Map(), nodes: new Map() }, '', clock), clock);
  second.write(3);
  second.kill();
  const third = new Life(second.disk, second.clock);
  assert.equal(third.recovered.report.continued, false);
  third.write(3);
  await third.close();
  assert.equal(new Life(third.disk, third.clock).recovered.report.continued, true);
});

test('after a clean stop the epoch goes on across a restart of the system', async () => {
  const life = firstLife({ sync: { kind: 'os' } });
  life.write(10);
  await life.close();
  life.disk.boot = 'boot-2';
  const next = new Life(life.disk, life.clock);
  assert.equal(next.journal.epoch, life.journal.epoch);
  assert.equal(next.journal.status().durableSeq, 10);
});

test('a copy of a log begins a new epoch, cleanly stopped or not', async () => {
  const life = firstLife();
  life.write(10);
  await life.close();
  const copy = recover(diskWith(life.disk.image(true)));
  assert.deepEqual([copy.report.continued, copy.report.lastSeq], [false, 10]);
  assert.equal(copy.report.findings[0]?.kind, 'copied');
  assert.equal(recover(diskWith(life.disk.image())).report.continued, true, 'the original goes on');
});

test('unsynced blocks that came out of order after a power cut are cut off, not taken for events', () => {
  const image = killedLog(10);
  const ends = recordEnds(10);
  const disk = diskWith(image, 'boot-2');
  disk.content(firstSegment).fill(0, ends[4], ends[5]);
  const { report, events: applied } = recover(disk);
  assert.deepEqual(applied, events(1, 5));
  assert.equal(report.lastSeq, 5);
  assert.deepEqual(report.findings, [
    { kind: 'torn-end', segment: segmentName(1), offset: ends[4], bytes: ends[9]! - ends[4]!, events: 4 },
  ]);
});

test('damage below a mark came after the sync: what follows it is kept, and the hole is told', () => {
  const life = firstLife();
  life.write(10);
  life.clock.advance(100);
  life.write(5);
  life.kill();
  const ends = recordEnds(10);
  life.disk.boot = 'boot-2';
  life.disk.content(firstSegment).fill(0, ends[4], ends[5]);
  const { report, events: applied, holes } = recover(life.disk);
  assert.deepEqual(applied, [...events(1, 5), ...events(7, 15)]);
  assert.deepEqual(holes, [[6, 6]]);
  assert.equal(report.lastSeq, 15);
  assert.equal(report.continued, false);
});

test('a mark cannot be forged by the bytes of an event', () => {
  const mark = encodeRecord({ kind: markRecord, seq: 99, atMs: 1 }, Buffer.alloc(0), segmentSeed(2));
  const life = firstLife();
  life.journal.append(1, Buffer.concat([Buffer.from('{"seq":1}'), Buffer.from(' '.repeat(40))]));
  life.clock.advance(1);
  life.kill();
  mark.copy(life.disk.content(firstSegment), segmentHeaderBytes + recordHeaderBytes + 9);
  assert.equal(recover(life.disk).report.lastSeq, 0);
});

test('a log that is open cannot be opened a second time', () => {
  const life = firstLife();
  assert.throws(() => recover(life.disk), { code: 'MEKS_JOURNAL_LOCKED' });
});

test('a log is not mixed with that of another room', () => {
  const life = firstLife();
  life.write(1);
  life.kill();
  const other = { disk: life.disk, directory, room: '2', newEpoch: () => 'e', wallMs: 1 };
  const visitor = { load: () => true, apply: () => undefined, hole: () => undefined };
  assert.throws(() => recoverLog(other, visitor), { code: 'MEKS_JOURNAL_CORRUPT' });
  assert.equal(recover(life.disk).report.lastSeq, 1, 'the lock was let go of');
});

test('empty and foreign files in the directory do no harm', () => {
  const life = firstLife();
  life.write(3);
  life.kill();
  for (const name of [segmentName(4), 'notes.txt', 'snapshot-000000000000003.state', 'segment-x.log'])
    life.disk.open(`${directory}/${name}`, 'create');
  const { report, events: applied } = recover(life.disk);
  assert.deepEqual(applied, events(1, 3));
  assert.deepEqual(
    report.findings.map((finding) => finding.kind),
    ['snapshot-unusable', 'header-damaged'],
  );
});

test('lives that write nothing leave nothing behind', async () => {
  const life = firstLife();
  life.write(3);
  life.kill();
  const clock = life.clock;
  for (let round = 0; round < 5; round++) {
    const idle = new Life(life.disk, clock);
    if (round % 2 === 0) await idle.close();
    else idle.kill();
  }
  const last = new Life(life.disk, clock);
  assert.equal(last.journal.epoch, life.journal.epoch);
  assert.deepEqual(listSegments(life.disk, directory), [1, 4]);
});

test('a damaged file in the way of the next segment is set aside, not overwritten', () => {
  const life = firstLife();
  life.write(3);
  life.kill();
  const damaged = Buffer.from(life.disk.content(firstSegment));
  damaged.fill(0x55, segmentHeaderBytes);
  damaged.copy(life.disk.content(firstSegment));
  const next = new Life(life.disk, life.clock);
  assert.equal(next.recovered.report.continued, false);
  const aside = life.disk.list(directory).find((name) => name.startsWith('set-aside'));
  assert.deepEqual(life.disk.content(`${directory}/${aside}`), damaged);
  next.write(2);
  assert.deepEqual(contents(life.disk), events(1, 2));
});

test('the segments of earlier lives are synced before anything is called durable', () => {
  const life = firstLife({ sync: { kind: 'os' } });
  life.write(5);
  life.kill();
  const next = new Life(life.disk, life.clock);
  assert.equal(next.journal.status().durableSeq, 0);
  next.write(1);
  next.clock.advance(100);
  assert.equal(next.journal.status().durableSeq, 6);
  const node = life.disk.image().names.get(firstSegment)!;
  assert.ok(life.disk.trace.some((operation) => operation.kind === 'sync' && operation.node === node));
});

test('a snapshot saves the replay of what came before it', () => {
  const life = firstLife();
  life.write(50);
  saveSnapshot(life.disk, directory, { room: '1', epoch: life.journal.epoch, seq: 30, createdAt: 1 }, [
    Buffer.from('s'),
  ]);
  life.kill();
  const { snapshot, events: applied, report } = recover(life.disk);
  assert.equal(snapshot?.payload.toString(), 's');
  assert.deepEqual(applied, events(31, 50));
  assert.deepEqual([report.snapshotSeq, report.continued, report.findingsCount], [30, true, 0]);
});

test('a snapshot that is damaged or refused gives way to the one before it, and that to the whole log', () => {
  const life = firstLife();
  life.write(50);
  for (const seq of [10, 30])
    saveSnapshot(life.disk, directory, { room: '1', epoch: 'e', seq, createdAt: 1 }, [Buffer.from(`s${seq}`)]);
  life.kill();
  const image = life.disk.image();
  const refused = recover(diskWith(image), [30]);
  assert.deepEqual([refused.snapshot?.seq, refused.events.length], [10, 40]);
  const disk = diskWith(image);
  disk.content(`${directory}/snapshot-000000000000030.state`)[520]! ^= 1;
  const damaged = recover(disk, [10]);
  assert.deepEqual([damaged.snapshot, damaged.events.length], [null, 50]);
  assert.equal(damaged.report.findingsCount, 2);
  assert.equal(damaged.report.continued, true);
});

test('a log that ends before its snapshot goes on after the snapshot, under a new epoch', () => {
  const life = firstLife();
  life.write(50);
  saveSnapshot(life.disk, directory, { room: '1', epoch: 'e', seq: 50, createdAt: 1 }, [Buffer.from('s')]);
  life.kill();
  life.disk.truncate(firstSegment, recordEnds(20)[19]!);
  const next = new Life(life.disk, life.clock);
  assert.deepEqual([next.recovered.report.continued, next.nextSeq], [false, 51]);
  next.write(1);
  assert.deepEqual(contents(life.disk).slice(19), [payloadOf(20).toString(), 'hole 21-50', payloadOf(51).toString()]);
});

test('a log whose beginning is gone without a snapshot says so', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  life.write(100);
  life.kill();
  const [first, second] = listSegments(life.disk, directory);
  life.disk.remove(`${directory}/${segmentName(first!)}`);
  const { holes, report } = recover(life.disk);
  assert.deepEqual(holes, [[1, second! - 1]]);
  assert.equal(report.continued, false);
});

test('a log that may not be read says what to do: files of another user are given to this one', () => {
  const life = firstLife();
  life.write(5);
  life.kill();
  const { disk } = life;
  for (const [error, remedy] of [
    [new DiskError('failed', 'EACCES', 'permission denied'), /permission denied: give its files to the user/],
    [new DiskError('full', 'ENOSPC', 'no space left'), /no space left: make room/],
    [new DiskError('failed', 'EROFS', 'read-only file system'), /read-only file system: see the system log/],
  ] as const) {
    disk.open = () => {
      throw error;
    };
    assert.throws(() => recover(disk), { code: 'MEKS_JOURNAL_UNWRITABLE', message: remedy });
  }
});
