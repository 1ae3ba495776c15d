import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { contents, directory, events, firstLife, Life } from '../../test/support/log-life.ts';
import { DiskError } from './disk.ts';
import { listSegments, segmentHeaderBytes } from './segment.ts';
import { PowerLoss } from './simulation/power-loss.ts';
import { SimulatedDisk } from './simulation/simulated-disk.ts';

const small = { segmentBytesMax: 4096 };

test('segments are begun when the next record does not fit, and hold no byte more than allowed', () => {
  const life = firstLife(small);
  life.write(300);
  const segments = listSegments(life.disk, directory);
  assert.ok(segments.length > 5, `${segments.length} segments`);
  for (const path of life.disk.list(directory).filter((name) => name.startsWith('segment')))
    assert.ok(life.disk.content(`${directory}/${path}`).length <= 4096, path);
  assert.deepEqual(contents(life.disk), events(1, 300));
});

test('what is taken in one turn is written in one call', () => {
  const life = firstLife();
  life.write(100);
  assert.equal(life.journal.writerCounters.get('writes'), 1);
  assert.equal(life.journal.writerCounters.get('writtenEvents'), 100);
});

test('a full disk holds events back, takes them when there is space again, and loses or doubles none', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const life = firstLife({ ...small, sync: { kind: 'os' } });
    const states = new Set<string>();
    life.journal.onState(() => states.add(life.journal.status().state));
    for (let round = 0; round < 30; round++) {
      life.disk.capacityBytes = life.disk.usedBytes + random.int(1500);
      life.append(random.int(12));
      life.clock.advance(150);
      const { writtenSeq } = life.journal.status();
      assert.deepEqual(contents(life.disk, 1, writtenSeq), events(1, writtenSeq), `seed ${seed}`);
      life.disk.capacityBytes = Number.POSITIVE_INFINITY;
      life.clock.advance(2000);
      assert.equal(life.journal.status().writtenSeq, life.nextSeq - 1, `seed ${seed}`);
      assert.equal(life.journal.status().state, 'ok', `seed ${seed}`);
    }
    assert.deepEqual(contents(life.disk), events(1, life.nextSeq - 1), `seed ${seed}`);
    assert.ok(states.has('disk-full'), `seed ${seed}`);
  }
});

test('a medium that fails writes is told as such and tried again', () => {
  const life = firstLife();
  life.disk.failsWrites = true;
  life.append(3);
  life.clock.advance(200);
  assert.equal(life.journal.status().state, 'disk-failed');
  assert.equal(life.journal.sendable(), 1);
  life.disk.failsWrites = false;
  life.clock.advance(2000);
  assert.equal(life.journal.status().state, 'ok');
  assert.equal(life.journal.sendable(), 4);
});

test('under `interval` a write is synced within the interval, beside the writing', () => {
  const life = firstLife({ sync: { kind: 'interval', ms: 50 } });
  life.clock.advance(100);
  life.write(5);
  life.disk.syncMs = 30;
  life.write(5);
  assert.equal(life.journal.status().durableSeq, 5, 'the first write after a pause is synced at once');
  life.clock.advance(49);
  assert.equal(life.journal.status().writtenSeq, 10, 'written at once');
  assert.equal(life.journal.status().durableSeq, 5);
  life.clock.advance(31);
  assert.equal(life.journal.status().durableSeq, 10);
});

test('a segment that is begun while another one is being synced is not called durable with it', () => {
  const life = firstLife({ ...small, sync: { kind: 'interval', ms: 20 } });
  life.disk.syncMs = 30;
  for (let round = 0; round < 60; round++) {
    life.write(25);
    const { durableSeq } = life.journal.status();
    const loss = new PowerLoss(life.disk.trace, seededRandom(round));
    loss.advance(life.disk.trace.length);
    const survives = contents(new SimulatedDisk(life.clock, loss.image('none', false)), 1, durableSeq);
    assert.deepEqual(survives, events(1, durableSeq), `round ${round}: ${durableSeq} were called durable`);
    life.clock.advance(7);
  }
  assert.ok(life.journal.status().durableSeq > 100, `${life.journal.status().durableSeq}`);
});

test('a stop whose sync fails leaves no mark of a clean stop, and the next life calls nothing of it durable', async () => {
  const life = firstLife({ sync: { kind: 'os' } });
  life.write(10);
  life.disk.failsSyncs = true;
  await life.close();
  life.disk.failsSyncs = false;
  life.disk.killProcesses();
  const next = new Life(life.disk, life.clock, { sync: { kind: 'os' } });
  assert.match(next.recovered.report.reason, /only the process died/);
  assert.equal(next.journal.status().durableSeq, 0);
});

test('under `always` nothing may be seen before it is synced, and syncs are shared by what came meanwhile', () => {
  const life = firstLife({ sync: { kind: 'always' } });
  life.write(1);
  life.clock.advance(10);
  assert.equal(life.journal.sendable(), 2);
  life.disk.syncMs = 10;
  life.write(1);
  life.write(20);
  assert.equal(life.journal.sendable(), 2);
  life.clock.advance(10);
  assert.equal(life.journal.sendable(), 3);
  life.clock.advance(10);
  assert.equal(life.journal.sendable(), 23);
  assert.equal(life.journal.writerCounters.get('syncs'), 3);
});

test('under `always` what earlier lives left is synced before anybody may see it', () => {
  const life = firstLife({ ...small, sync: { kind: 'os' } });
  life.write(150);
  life.kill();
  const next = new Life(life.disk, life.clock, { sync: { kind: 'always' } });
  assert.equal(next.journal.sendable(), 151);
  const loss = new PowerLoss(life.disk.trace, seededRandom(1));
  loss.advance(life.disk.trace.length);
  assert.deepEqual(contents(new SimulatedDisk(life.clock, loss.image('none', false))), events(1, 150));
  assert.equal(next.journal.status().durableSeq, 150);
});

test('under `os` only full segments are synced', () => {
  const life = firstLife({ ...small, sync: { kind: 'os' } });
  life.write(20);
  life.clock.advance(60_000);
  assert.equal(life.journal.status().durableSeq, 0);
  life.write(100);
  life.clock.advance(10);
  const begun = listSegments(life.disk, directory).at(-1)!;
  assert.equal(life.journal.status().durableSeq, begun - 1);
});

test('after a sync has failed nothing more is called durable, writing goes on, and the stop is not clean', async () => {
  const life = firstLife();
  life.write(3);
  life.clock.advance(100);
  assert.equal(life.journal.status().durableSeq, 3);
  life.disk.failsSyncs = true;
  life.write(3);
  life.clock.advance(200);
  assert.equal(life.journal.status().state, 'sync-failed');
  life.disk.failsSyncs = false;
  life.write(3);
  life.clock.advance(200);
  assert.equal(life.journal.status().durableSeq, 3);
  assert.equal(life.journal.sendable(), 10);
  await life.close();
  assert.equal(new Life(life.disk, life.clock).recovered.report.reason.includes('clean'), false);
});

test('under `always` a sync that failed keeps everything from being shown, and is told as a disk that fails', () => {
  const life = firstLife({ sync: { kind: 'always' } });
  life.write(3);
  life.clock.advance(200);
  life.disk.failsSyncs = true;
  life.write(3);
  life.clock.advance(200);
  life.disk.failsSyncs = false;
  for (let round = 0; round < 3; round++) {
    life.write(3);
    life.clock.advance(200);
    assert.deepEqual([life.journal.status().state, life.journal.sendable()], ['disk-failed', 4]);
    life.thread.die();
    life.thread.restart();
  }
});

test('a clean stop writes and syncs everything that was taken', async () => {
  const life = firstLife({ sync: { kind: 'os' } });
  life.append(10);
  await life.close();
  assert.equal(life.journal.status().durableSeq, 10);
  assert.deepEqual(contents(life.disk), events(1, 10));
});

test('a thread that died is followed by one that goes on with what the ring holds', async () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = seededRandom(seed);
    const policy = random.pick([{ kind: 'os' }, { kind: 'always' }, { kind: 'interval', ms: 20 }] as const);
    const life = firstLife({ ...small, sync: policy });
    life.disk.syncMs = 5;
    for (let round = 0; round < 20; round++) {
      life.append(random.int(10));
      life.clock.advance(random.int(8));
      if (random.chance(0.3)) life.thread.die();
      life.append(random.int(10));
      life.clock.advance(random.int(8));
      life.thread.restart();
    }
    life.clock.advance(2000);
    assert.equal(life.journal.sendable(), life.nextSeq, `seed ${seed}`);
    await life.close();
    assert.deepEqual(contents(life.disk), events(1, life.nextSeq - 1), `seed ${seed}`);
  }
});

test('a thread that cannot open its logs again for an hour holds no file more than before', () => {
  const life = firstLife();
  life.write(10);
  const { disk } = life;
  const held = new Set<number>();
  const [open, close] = [disk.open.bind(disk), disk.close.bind(disk)];
  disk.open = (path, mode) => {
    const file = open(path, mode);
    held.add(file);
    return file;
  };
  disk.close = (file) => {
    held.delete(file);
    close(file);
  };
  life.thread.die();
  disk.failsSyncs = true;
  life.thread.restart();
  life.clock.advance(3_600_000);
  assert.deepEqual([...held], []);
});

test('a segment holds nothing but its header before the first event', () => {
  const life = firstLife();
  assert.equal(life.disk.usedBytes, segmentHeaderBytes);
});

test('a sync that failed is still told of after the disk was full', () => {
  const life = firstLife({ sync: { kind: 'interval', ms: 10 } });
  life.write(1);
  life.disk.failsSyncs = true;
  life.write(1);
  life.clock.advance(300);
  assert.equal(life.journal.status().state, 'sync-failed');
  life.disk.failsSyncs = false;
  life.disk.capacityBytes = life.disk.usedBytes;
  life.write(1);
  life.clock.advance(300);
  assert.equal(life.journal.status().state, 'disk-full');
  life.disk.capacityBytes = Number.POSITIVE_INFINITY;
  life.clock.advance(2000);
  assert.equal(life.journal.status().writtenSeq, 3);
  assert.equal(life.journal.status().state, 'sync-failed', 'nothing more is called durable in this life');
});

test('a sync that failed is remembered by the next life of the thread: what it was to save stays doubtful', () => {
  for (const kind of ['interval', 'always'] as const) {
    const life = firstLife({ sync: kind === 'always' ? { kind } : { kind, ms: 10 } });
    life.write(1);
    life.clock.advance(100);
    life.disk.failsSyncs = true;
    life.write(1);
    life.clock.advance(300);
    const { durableSeq } = life.journal.status();
    life.disk.failsSyncs = false;
    life.thread.die();
    life.thread.restart();
    life.write(1);
    life.clock.advance(300);
    const status = life.journal.status();
    const state = kind === 'always' ? 'disk-failed' : 'sync-failed';
    assert.deepEqual([status.state, status.durableSeq], [state, durableSeq], kind);
  }
});

test('whatever a failing disk took of a write, a kill before the rest of it is a kill: the epoch goes on', async () => {
  for (let seed = 1; seed <= 250; seed++) {
    const random = seededRandom(seed);
    let life = firstLife({ segmentBytesMax: 1200 });
    const { disk } = life;
    const real = { write: disk.write.bind(disk), open: disk.open.bind(disk), remove: disk.remove.bind(disk) };
    let trouble = 0;
    const may = (code: string): void => {
      if (random.chance(trouble)) throw new DiskError('failed', code, code);
    };
    disk.remove = (path) => {
      may('EROFS');
      real.remove(path);
    };
    disk.open = (path, mode) => {
      if (mode === 'create') may('EROFS');
      return real.open(path, mode);
    };
    disk.write = (file, bytes, start, end, position) => {
      may('EIO');
      const taken = random.chance(trouble) ? start + Math.max(1, random.int(end - start)) : end;
      return real.write(file, bytes, start, taken, position);
    };
    for (let round = 0; round < 40; round++) {
      trouble = random.chance(0.5) ? 0.3 : 0;
      life.append(random.int(8));
      life.clock.advance(random.int(150));
      if (!random.chance(0.1)) continue;
      const seen = life.journal.sendable() - 1;
      life.kill();
      trouble = 0;
      life = new Life(disk, life.clock, { segmentBytesMax: 1200 });
      const { report, holes } = life.recovered;
      assert.ok(report.lastSeq >= seen, `seed ${seed}`);
      assert.deepEqual([holes, report.continued], [[], true], `seed ${seed}: ${report.reason}`);
    }
    trouble = 0;
    life.clock.advance(3000);
    assert.equal(life.journal.sendable(), life.nextSeq, `seed ${seed}`);
    await life.close();
    assert.deepEqual(contents(disk), events(1, life.nextSeq - 1), `seed ${seed}`);
  }
});
