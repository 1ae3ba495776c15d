import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Log, silentLog } from '../base/log.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { contents, directory, events, firstLife, Life, recover } from '../../test/support/log-life.ts';
import { retainLog } from './retention.ts';
import { listSegments, segmentName } from './segment.ts';
import { type DiskImage, SimulatedDisk } from './simulation/simulated-disk.ts';
import { saveSnapshot } from './snapshot.ts';
import { tellFindings } from './state-log.ts';
import { AroundReader } from './unreadable.ts';

const pageBytes = 4096;
const pathOf = (firstSeq: number): string => `${directory}/${segmentName(firstSeq)}`;

/** A log of `count` events in segments of some pages each, after a kill. */
function killedLog(count: number, segmentBytesMax = 5 * pageBytes): DiskImage {
  const life = firstLife({ segmentBytesMax });
  life.write(count);
  life.kill();
  return life.disk.image();
}

function diskWith(image: DiskImage): SimulatedDisk {
  return new SimulatedDisk(new VirtualClock(), image);
}

test('wherever a sector of the log cannot be read, the broker starts with all the others, and says which one it was', () => {
  const count = 600;
  const image = killedLog(count);
  const paths = [...image.names.keys()].filter((path) => path.includes('/segment-'));
  assert.ok(paths.length > 2);
  for (const path of paths) {
    const size = image.nodes.get(image.names.get(path)!)!.length;
    for (let from = 0; from < size; from += pageBytes) {
      const where = `${path} at ${from}`;
      const disk = diskWith(image);
      disk.badSectors.set(path, { from, to: from + pageBytes });
      const life = new Life(disk, new VirtualClock(), { life: 2 });
      const { report, events: applied, holes } = life.recovered;
      const segment = path.slice(directory.length + 1);
      const bytes = Math.min(pageBytes, size - from);
      assert.deepEqual(
        report.findings.filter(({ kind }) => kind === 'unreadable'),
        [{ kind: 'unreadable', segment, offset: from, bytes, code: 'EIO' }],
        where,
      );
      const gone = holes.reduce((sum, [first, last]) => sum + last - first + 1, count - report.lastSeq);
      assert.equal(applied.length, count - gone, where);
      assert.ok(gone <= bytes / 60 + 2, `${gone} events lost, ${where}`);
      if (gone > 0) assert.equal(report.continued, false, where);
      assert.deepEqual(disk.content(path), image.nodes.get(image.names.get(path)!), 'the file is as it was');
      life.write(3);
      assert.deepEqual(contents(disk, report.lastSeq + 1), events(report.lastSeq + 1, report.lastSeq + 3, 2), where);
    }
  }
});

test('what cannot be read is told with its code, its file, its place and what to do', () => {
  const disk = diskWith(killedLog(300));
  disk.badSectors.set(pathOf(1), { from: 8192, to: 8193 });
  const { report } = recover(disk);
  const told: string[] = [];
  const log: Log = { ...silentLog, error: (event, fields) => void told.push(`${event} ${JSON.stringify(fields)}`) };
  tellFindings(report, 'folder', log);
  assert.equal(told.length, 1);
  assert.match(
    told[0]!,
    /^journal\.unreadable .*segment-0{14}1\.log: 4096 bytes from offset 8192 on .*EIO.*replace.*_UNREADABLE/,
  );
});

test('a sector before the snapshot is not even read for a start', () => {
  const life = firstLife({ segmentBytesMax: 5 * pageBytes });
  life.write(500);
  saveSnapshot(life.disk, directory, { room: '1', epoch: life.journal.epoch, seq: 500, createdAt: 1 }, []);
  life.write(100);
  life.kill();
  life.disk.badSectors.set(pathOf(1), { from: pageBytes, to: Number.POSITIVE_INFINITY });
  const { report, events: applied } = recover(life.disk);
  assert.deepEqual([report.snapshotSeq, report.continued, report.findings], [500, true, []]);
  assert.deepEqual(applied, events(501, 600));
});

test('a last segment of which nothing can be read is set aside whole, and the epoch is a new one', () => {
  for (const count of [1, 20, 300]) {
    const life = firstLife({ segmentBytesMax: 1_048_576 });
    life.write(50);
    life.kill();
    const last = new Life(life.disk, life.clock);
    last.write(count);
    last.kill();
    const { disk } = life;
    const bytes = Buffer.from(disk.content(pathOf(51)));
    disk.badSectors.set(pathOf(51), { from: 0, to: bytes.length });
    const { report } = recover(disk);
    assert.deepEqual([report.lastSeq, report.continued], [50, false], `${count} events`);
    assert.deepEqual(
      report.findings.map(({ kind }) => kind),
      ['header-damaged', 'set-aside', 'unreadable'],
    );
    const aside = disk.list(directory).find((name) => name.startsWith('set-aside-'));
    assert.deepEqual(disk.content(`${directory}/${aside}`), bytes);
  }
});

test('retention removes segments by their names and sizes, whatever can be read of them', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  for (let round = 0; round < 2; round++) {
    life.write(100);
    const meta = { room: '1', epoch: life.journal.epoch, seq: life.nextSeq - 1, createdAt: 1 };
    saveSnapshot(life.disk, directory, meta, []);
  }
  const [first, second] = listSegments(life.disk, directory);
  life.disk.unreadable.add(pathOf(first!)).add(pathOf(second!));
  const needs = { neededFromSeq: Number.POSITIVE_INFINITY, nowMs: 0, readable: () => true };
  const policy = { ageMs: Number.POSITIVE_INFINITY, bytesMax: 1 };
  const { segments } = retainLog(life.disk, directory, policy, needs);
  assert.deepEqual(segments.slice(0, 2), [first, second]);
  assert.ok(!life.disk.list(directory).includes(segmentName(first!)));
});

test('a large stretch is left in growing steps, and costs at most as much again', () => {
  const disk = new SimulatedDisk(new VirtualClock());
  const file = disk.open('a', 'create');
  const size = 4_194_304;
  disk.write(file, Buffer.alloc(size, 1), 0, size, 0);
  const bad = { from: 10_000, to: 500_000 };
  let refused = 0;
  const counting = new Proxy(disk, {
    get: (target, name) => {
      if (name !== 'read') return Reflect.get(target, name).bind(target) as unknown;
      return (...args: Parameters<SimulatedDisk['read']>): number => {
        const position = args[4];
        if (position >= bad.from && position < bad.to) refused++;
        return target.read(...args);
      };
    },
  });
  disk.badSectors.set('a', bad);
  const reader = new AroundReader(counting, file);
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size;) at += reader.read(bytes, at, size, at);
  assert.equal(reader.unreadable.length, 1);
  const [stretch] = reader.unreadable;
  assert.equal(stretch!.offset, bad.from);
  assert.ok(stretch!.bytes >= bad.to - bad.from && stretch!.bytes < 2 * (bad.to - bad.from) + pageBytes);
  assert.ok(refused < 40, `${refused} reads were refused`);
  assert.ok(bytes.subarray(0, bad.from).every((byte) => byte === 1));
  assert.ok(bytes.subarray(stretch!.offset + stretch!.bytes).every((byte) => byte === 1));
});

test('what is no fault of the medium is not read around', () => {
  const { disk } = firstLife();
  const reader = new AroundReader(disk, 999_999);
  assert.throws(() => reader.read(Buffer.alloc(10), 0, 10, 0), { code: 'EBADF' });
});
