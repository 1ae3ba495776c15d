import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { contents, events, firstLife, Life, recover } from '../../../test/support/log-life.ts';
import { PowerLoss, survivals } from './power-loss.ts';
import type { SyncPolicy } from '../segment.ts';
import { type DiskOperation, SimulatedDisk } from './simulated-disk.ts';

// A life is recorded, with what it had called seen and durable after each operation; then the power is cut before
// every one of its operations, in every way that the rules of power-loss.ts allow, and the log must come back as
// promised.

/**
 * From operation `from` on, this had been promised: highest seq that could have been seen, and that was called
 * durable.
 */
interface Promised {
  readonly from: number;
  readonly seen: number;
  readonly durable: number;
}

interface Recording {
  readonly trace: readonly DiskOperation[];
  readonly promises: readonly Promised[];
  readonly epoch: string;
}

function record(seed: number, sync: SyncPolicy, lies: boolean): Recording {
  const random = seededRandom(seed);
  const life = firstLife({ sync, segmentBytesMax: 2048 });
  life.disk.liesAboutSyncs = lies;
  life.disk.syncMs = 3;
  const promises: Promised[] = [];
  const note = (): void => {
    const { durableSeq } = life.journal.status();
    promises.push({ from: life.disk.trace.length, seen: life.journal.sendable() - 1, durable: durableSeq });
  };
  life.journal.onSendable(note);
  for (let round = 0; round < 40; round++) {
    life.append(random.int(6));
    for (let step = 1 + random.int(12); step > 0; step--) {
      life.clock.advance(1);
      note();
    }
  }
  return { trace: life.disk.trace, promises, epoch: life.journal.epoch };
}

/** What is wrong with what came back, '' = nothing. */
function judge(recording: Recording, index: number, disk: SimulatedDisk): string {
  const { seen, durable } = recording.promises.findLast(({ from }) => from <= index) ?? { seen: 0, durable: 0 };
  const { report, events: applied, holes } = recover(disk);
  if (holes.length > 0) return `holes ${JSON.stringify(holes)}`;
  if (applied.length !== report.lastSeq) return `${applied.length} events up to seq ${report.lastSeq}`;
  const wanted = events(1, report.lastSeq);
  if (applied.some((event, at) => event !== wanted[at])) return 'an event is not what was written';
  if (report.lastSeq < durable) return `seq ${durable} was called durable, only ${report.lastSeq} came back`;
  if (report.continued && report.lastSeq < seen) return `the epoch went on at ${report.lastSeq}, seen was ${seen}`;
  if (report.continued && report.epoch !== recording.epoch) return 'the epoch changed its name';
  return '';
}

/** Every problem that any cut of the recording shows. */
function problems(recording: Recording, seed: number): string[] {
  const found: string[] = [];
  const loss = new PowerLoss(recording.trace, seededRandom(seed));
  for (let index = 0; index <= recording.trace.length; index++) {
    loss.advance(index);
    for (const survival of survivals) {
      for (const names of [true, false]) {
        const disk = new SimulatedDisk(new VirtualClock(), loss.image(survival, names), 'boot-2');
        const problem = judge(recording, index, disk);
        if (problem !== '') found.push(`seed ${seed}, cut before operation ${index}, ${survival}/${names}: ${problem}`);
      }
    }
  }
  return found;
}

const policies: readonly SyncPolicy[] = [{ kind: 'os' }, { kind: 'interval', ms: 10 }, { kind: 'always' }];

for (const policy of policies) {
  test(`under \`${policy.kind}\` every cut of the power leaves what was called durable, and no state that never was`, () => {
    for (let seed = 1; seed <= 3; seed++) assert.deepEqual(problems(record(seed, policy, false), seed), []);
  });
}

test('with syncs that do nothing the same check fails: it looks at what it says it does', () => {
  for (const policy of policies) {
    const found = problems(record(1, policy, true), 1);
    assert.ok(found.length > 10, `${policy.kind}: ${found.length} problems`);
  }
});

test('after any cut the log can be written on, and holds both lives', () => {
  const recording = record(5, { kind: 'interval', ms: 10 }, false);
  const loss = new PowerLoss(recording.trace, seededRandom(5));
  for (let index = 0; index <= recording.trace.length; index += 3) {
    loss.advance(index);
    for (const survival of survivals) {
      const clock = new VirtualClock();
      const disk = new SimulatedDisk(clock, loss.image(survival, false), 'boot-2');
      const life = new Life(disk, clock, { life: 2 });
      const kept = life.recovered.report.lastSeq;
      life.write(5);
      life.kill();
      assert.deepEqual(
        contents(disk),
        [...events(1, kept), ...events(kept + 1, kept + 5, 2)],
        `cut ${index} ${survival}`,
      );
      assert.equal(recover(disk).report.lastSeq, kept + 5);
    }
  }
});
