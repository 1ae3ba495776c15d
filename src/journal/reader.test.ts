import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { contents, directory, events, firstLife, Life, payloadOf } from '../../test/support/log-life.ts';
import { LogReader } from './reader.ts';
import { listSegments, segmentName } from './segment.ts';

test('reading begins at any seq and ends at any other, across segments', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  life.write(120);
  for (const [from, to] of [
    [1, 120],
    [1, 1],
    [57, 57],
    [60, 61],
    [119, 500],
    [121, 500],
    [30, 29],
  ] as const)
    assert.deepEqual(contents(life.disk, from, to), events(from, Math.min(to, 120)), `${from} to ${to}`);
});

test('a reader that follows the log gets every event once, while it grows, rotates and is continued by other lives', () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = seededRandom(seed);
    let life = firstLife({ segmentBytesMax: 1500 });
    let reader = new LogReader(life.disk, directory, 1);
    const got: string[] = [];
    for (let round = 0; round < 60; round++) {
      life.write(random.int(12));
      if (random.chance(0.1)) {
        life.kill();
        life = new Life(life.disk, life.clock, { segmentBytesMax: 1500 });
        reader = new LogReader(life.disk, directory, reader.nextSeq);
      }
      const limit = random.chance(0.5) ? life.journal.sendable() - 1 : random.int(life.nextSeq);
      for (let item = reader.next(limit); item !== null; item = reader.next(limit)) {
        assert.equal(item.kind, 'record');
        if (item.kind === 'record') got.push(item.payload.toString());
      }
    }
    for (let item = reader.next(); item !== null; item = reader.next())
      if (item.kind === 'record') got.push(item.payload.toString());
    assert.deepEqual(got, events(1, life.nextSeq - 1), `seed ${seed}`);
    reader.close();
  }
});

test('a reader that seeks past the end waits there', () => {
  const life = firstLife();
  life.write(5);
  const reader = new LogReader(life.disk, directory, 8);
  assert.equal(reader.next(), null);
  life.write(5);
  const item = reader.next();
  assert.equal(item?.kind === 'record' && item.seq, 8);
});

test('segments that are gone are a hole with its bounds, at the start and in the middle', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  life.write(200);
  const segments = listSegments(life.disk, directory);
  const gone = [0, 1, 4];
  for (const index of gone) life.disk.remove(`${directory}/${segmentName(segments[index]!)}`);
  const first = segments[2]!;
  assert.deepEqual(contents(life.disk), [
    `hole 1-${first - 1}`,
    ...events(first, segments[4]! - 1),
    `hole ${segments[4]}-${segments[5]! - 1}`,
    ...events(segments[5]!, 200),
  ]);
});

test('a hole is cut at the limit of the reading, and goes on behind it', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  life.write(100);
  const [first, second] = listSegments(life.disk, directory);
  life.disk.remove(`${directory}/${segmentName(first!)}`);
  const reader = new LogReader(life.disk, directory, 2);
  assert.deepEqual(reader.next(3), { kind: 'hole', from: 2, to: 3, cause: 'missing' });
  assert.equal(reader.next(3), null);
  assert.deepEqual(reader.next(), { kind: 'hole', from: 4, to: second! - 1, cause: 'missing' });
});

test('damage in the middle costs the records that it hit', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const random = seededRandom(seed);
    const life = firstLife({ segmentBytesMax: 4096 });
    life.write(150);
    const whole = contents(life.disk);
    const path = `${directory}/${segmentName(random.pick(listSegments(life.disk, directory)))}`;
    const bytes = life.disk.content(path);
    const at = 512 + random.int(Math.max(1, bytes.length - 512));
    bytes.fill(random.int(256), at, Math.min(bytes.length, at + 1 + random.int(300)));
    const after = contents(life.disk);
    const read = after.filter((text) => !text.startsWith('hole'));
    assert.deepEqual(
      read,
      whole.filter((text) => read.includes(text)),
      `seed ${seed}: in order, and nothing made up`,
    );
    assert.ok(read.length >= 150 - 12, `seed ${seed}: ${read.length} left`);
    for (const hole of after.filter((text) => text.startsWith('hole'))) {
      const [from, to] = hole.slice(5).split('-').map(Number);
      for (let seq = from!; seq <= to!; seq++) assert.ok(!read.includes(payloadOf(seq).toString()), `seed ${seed}`);
    }
  }
});

test('a reader that has read ahead into a write that the disk cut short reads it again when it is whole', () => {
  const life = firstLife({ sync: { kind: 'interval', ms: 10 } });
  life.disk.syncMs = 50;
  life.write(5);
  const reader = new LogReader(life.disk, directory, 1);
  // The disk takes a part of the sixth record; the reader's window reaches into it. When it is written again, a mark
  // that tells of the sync stands before it.
  life.disk.capacityBytes = life.disk.usedBytes + 40;
  life.append(1);
  life.clock.advance(1);
  const got: string[] = [];
  const read = (limit: number): void => {
    for (let item = reader.next(limit); item !== null; item = reader.next(limit))
      got.push(item.kind === 'record' ? item.payload.toString() : `hole ${item.from}-${item.to}`);
  };
  read(5);
  life.clock.advance(100);
  life.disk.capacityBytes = Number.POSITIVE_INFINITY;
  life.clock.advance(2000);
  life.write(3);
  read(9);
  assert.deepEqual(got, events(1, 9));
  assert.equal(reader.damages, 0);
});

test('a segment that retention takes between being listed and being opened is a hole like any other it took', () => {
  const life = firstLife({ segmentBytesMax: 2048 });
  life.write(100);
  const [first, second] = listSegments(life.disk, directory);
  const open = life.disk.open.bind(life.disk);
  life.disk.open = (path, mode) => {
    if (path.endsWith(segmentName(first!)) && life.disk.list(directory).includes(segmentName(first!)))
      life.disk.remove(path);
    return open(path, mode);
  };
  assert.deepEqual(contents(life.disk), [`hole 1-${second! - 1}`, ...events(second!, 100)]);
});
