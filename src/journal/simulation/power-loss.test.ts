import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { contents, directory, Life, recover } from '../../../test/support/log-life.ts';
import type { SyncPolicy } from '../segment.ts';
import { checkEveryCut, recordedPayload, recordLife } from './power-check.ts';
import { PowerLoss, survivals } from './power-loss.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const policies: readonly SyncPolicy[] = [{ kind: 'os' }, { kind: 'interval', ms: 10 }, { kind: 'always' }];

for (const sync of policies) {
  test(`under \`${sync.kind}\` every cut leaves what was called durable, and no state that never was`, () => {
    for (let seed = 1; seed <= 4; seed++) {
      const report = checkEveryCut(recordLife({ seed, sync }));
      assert.deepEqual(report.problems, []);
      assert.ok(report.cuts > 500, `${report.cuts} cuts`);
    }
  });
}

test('with syncs that do nothing the same check fails: it looks at what it says it does', () => {
  for (const sync of policies) {
    const { problems } = checkEveryCut(recordLife({ seed: 1, sync, lies: true }));
    assert.ok(problems.length > 10, `${sync.kind}: ${problems.length} problems`);
  }
});

test('after any cut the log can be written on, and holds both lives', () => {
  const recording = recordLife({ seed: 5, sync: { kind: 'interval', ms: 10 } });
  const loss = new PowerLoss(recording.trace, seededRandom(5));
  for (let index = 0; index <= recording.trace.length; index += 3) {
    loss.advance(index);
    for (const survival of survivals) {
      const clock = new VirtualClock();
      const { names, nodes } = loss.image(survival, false);
      const here = new Map([...names].map(([path, node]) => [path.replace('rooms/1/log', directory), node]));
      const disk = new SimulatedDisk(clock, { names: here, nodes }, 'boot-2');
      const life = new Life(disk, clock, { life: 2 });
      const kept = life.recovered.report.lastSeq;
      life.write(5);
      life.kill();
      const old = Array.from({ length: kept }, (_, at) => recordedPayload(at + 1).toString());
      const all = contents(disk);
      assert.deepEqual(all.slice(0, kept), old, `cut before ${index}, ${survival}`);
      assert.equal(all.length, kept + 5, `cut before ${index}, ${survival}`);
      assert.equal(recover(disk).report.lastSeq, kept + 5);
    }
  }
});

test('an image of a cut holds what was synced, and of the rest what its rule says', () => {
  const disk = new SimulatedDisk(new VirtualClock());
  const file = disk.open('d/a', 'create');
  disk.write(file, Buffer.alloc(600, 'a'), 0, 600, 0);
  disk.sync(file);
  disk.sync(disk.openDirectory());
  disk.write(file, Buffer.alloc(600, 'b'), 0, 600, 600);
  disk.open('d/b', 'create');
  const loss = new PowerLoss(disk.trace, seededRandom(1));
  loss.advance(disk.trace.length);
  const bytes = (survival: (typeof survivals)[number]): Buffer => {
    const image = loss.image(survival, true);
    return image.nodes.get(image.names.get('d/a')!)!;
  };
  assert.deepEqual(bytes('none'), Buffer.alloc(600, 'a'));
  assert.equal(bytes('all').toString(), 'a'.repeat(600) + 'b'.repeat(600));
  for (let round = 0; round < 50; round++) {
    const torn = bytes('torn').toString();
    assert.ok(torn === 'a'.repeat(600) + 'b'.repeat(torn.length - 600));
    assert.match(bytes('torn-zeros').toString('latin1'), /^a{600}b*\0*$/);
    assert.match(bytes('scattered').toString('latin1'), /^a{600}(b{424}|\0{424})(b{176}|\0{176})$/);
    assert.ok(loss.image('all', false).names.has('d/a'), 'a synced name stays');
  }
});

const lives: readonly { first: SyncPolicy; clean: boolean; second: SyncPolicy }[] = [
  { first: { kind: 'interval', ms: 10 }, clean: true, second: { kind: 'interval', ms: 10 } },
  { first: { kind: 'always' }, clean: true, second: { kind: 'os' } },
  { first: { kind: 'always' }, clean: false, second: { kind: 'os' } },
  { first: { kind: 'os' }, clean: false, second: { kind: 'always' } },
];

for (const { first, clean, second } of lives) {
  const end = clean ? 'a clean stop' : 'a kill';
  test(`a power cut in a life under \`${second.kind}\` after ${end} under \`${first.kind}\` costs the epoch if it costs an event`, async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const clock = new VirtualClock();
      const disk = new SimulatedDisk(clock);
      const before = new Life(disk, clock, { sync: first });
      before.write(5);
      if (clean) await before.close();
      else before.kill();
      disk.syncMs = 1_000;
      const life = new Life(disk, clock, { sync: second, life: 2 });
      life.write(3);
      const seen = Math.max(5, life.journal.sendable() - 1);
      const loss = new PowerLoss(disk.trace, seededRandom(seed));
      loss.advance(disk.trace.length);
      for (const survival of survivals) {
        const { report } = recover(new SimulatedDisk(clock, loss.image(survival, seed % 2 === 0), 'boot-2'));
        const where = `seed ${seed}, ${survival}: ${report.lastSeq} of ${seen}, ${report.reason}`;
        assert.ok(!report.continued || report.lastSeq >= seen, where);
      }
    }
  });
}
