import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { contents, directory, events, firstLife, Life, recover } from '../../test/support/log-life.ts';
import { listSegments, segmentName } from './segment.ts';
import { PowerLoss } from './simulation/power-loss.ts';
import { type DiskImage, SimulatedDisk } from './simulation/simulated-disk.ts';
import { saveSnapshot } from './snapshot.ts';

/** What a power cut now leaves, where nothing that was not synced arrives. */
function afterPowerCut(disk: SimulatedDisk): SimulatedDisk {
  const loss = new PowerLoss(disk.trace, seededRandom(1));
  loss.advance(disk.trace.length);
  const image: DiskImage = loss.image('none', false);
  return new SimulatedDisk(new VirtualClock(), image, 'boot-2');
}

/** A life whose sync of `count` events failed, and that was killed then. */
function failedLife(count: number, segmentBytesMax = 2048): Life {
  const life = firstLife({ segmentBytesMax });
  life.write(100);
  life.clock.advance(100);
  life.disk.failsSyncs = true;
  life.write(count);
  life.clock.advance(200);
  life.disk.failsSyncs = false;
  assert.equal(life.journal.status().state, 'sync-failed');
  life.kill();
  return life;
}

test('after a failed sync and a restart, what is called durable is on the medium', () => {
  for (const count of [1, 30, 200]) {
    const { disk, clock } = failedLife(count);
    const next = new Life(disk, clock, { segmentBytesMax: 2048 });
    assert.deepEqual(next.recovered.events, events(1, 100 + count));
    next.write(5);
    clock.advance(200);
    const { state, durableSeq } = next.journal.status();
    assert.deepEqual([state, durableSeq], ['ok', 105 + count]);
    assert.deepEqual(contents(afterPowerCut(disk)), events(1, durableSeq), `${count} events`);
  }
});

test('however often syncs fail and the broker is killed, a power cut takes nothing that was called durable', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seededRandom(seed);
    const options = {
      segmentBytesMax: 1200,
      sync: random.pick([{ kind: 'interval', ms: 10 }, { kind: 'os' }] as const),
    };
    let life = firstLife(options);
    const { disk, clock } = life;
    for (let round = 0; round < 40; round++) {
      disk.failsSyncs = random.chance(0.2);
      life.append(random.int(12));
      clock.advance(random.int(40));
      disk.failsSyncs = false;
      const { durableSeq } = life.journal.status();
      const kept = contents(afterPowerCut(disk), 1, durableSeq);
      assert.deepEqual(kept, events(1, durableSeq), `seed ${seed}, round ${round}`);
      if (!random.chance(0.2)) continue;
      life.kill();
      life = new Life(disk, clock, options);
      assert.deepEqual([life.recovered.holes, life.recovered.report.continued], [[], true], `seed ${seed}`);
    }
  }
});

test('the start tells what it wrote again, once, and leaves alone what a snapshot vouches for', () => {
  const { disk, clock } = failedLife(10, 65_536);
  const told = (): unknown[] => recoveredFindings(disk);
  const size = disk.content(`${directory}/${segmentName(1)}`).length;
  assert.deepEqual(told(), [{ kind: 'written-again', segments: 1, bytes: size }]);
  assert.deepEqual(told(), []);
  const second = new Life(disk, clock, { segmentBytesMax: 2048 });
  second.write(100);
  clock.advance(200);
  saveSnapshot(disk, directory, { room: '1', epoch: second.journal.epoch, seq: 200, createdAt: 1 }, []);
  disk.failsSyncs = true;
  second.write(1);
  clock.advance(200);
  disk.failsSyncs = false;
  second.kill();
  const [again] = told() as { readonly segments: number }[];
  const holding = listSegments(disk, directory).filter((firstSeq) => firstSeq > 201).length + 1;
  assert.equal(again!.segments, holding);
  assert.ok(holding < listSegments(disk, directory).length);
});

/** What a start finds that is not followed by a life. */
function recoveredFindings(disk: SimulatedDisk): unknown[] {
  const { log, report } = recover(disk);
  log.lock.release();
  return [...report.findings];
}

test('a start that cannot write it again is none, and the next one tries', () => {
  const { disk } = failedLife(10);
  for (const trouble of ['failsSyncs', 'failsWrites'] as const) {
    disk[trouble] = true;
    assert.throws(() => recover(disk), { code: 'MEKS_JOURNAL_UNWRITABLE' });
    disk[trouble] = false;
  }
  assert.equal(recoveredFindings(disk).length, 1);
});

test('after the system went down nothing is written again: what can be read was on the medium', () => {
  const { disk } = failedLife(10);
  disk.boot = 'boot-2';
  const before = disk.trace.filter(({ kind }) => kind === 'write').length;
  const findings = recoveredFindings(disk) as { readonly kind: string }[];
  assert.ok(findings.every(({ kind }) => kind !== 'written-again'));
  assert.equal(disk.trace.filter(({ kind }) => kind === 'write').length, before);
  disk.boot = 'boot-1';
  assert.deepEqual(recoveredFindings(disk), []);
});

test('a sector that cannot be read is not written to', () => {
  const { disk } = failedLife(200, 65_536);
  const path = `${directory}/${segmentName(1)}`;
  disk.badSectors.set(path, { from: 4096, to: 8192 });
  const from = disk.trace.length;
  recoveredFindings(disk);
  const places = disk.trace.slice(from).flatMap((done) => (done.kind === 'write' ? [done] : []));
  assert.ok(places.length > 1);
  for (const { position, bytes } of places) assert.ok(position + bytes.length <= 4096 || position >= 8192);
});

test('under `always` nothing of an earlier life is shown as safe before it was written again', () => {
  const life = failedLife(10);
  const next = new Life(life.disk, life.clock, { sync: { kind: 'always' } });
  assert.equal(next.journal.sendable(), 111);
  assert.deepEqual(contents(afterPowerCut(life.disk)), events(1, 110));
});
