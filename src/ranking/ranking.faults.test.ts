import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom, type Random } from '../base/random.ts';
import type { MeksEvent } from '../protocol/events.ts';
import {
  battle,
  correction,
  gap,
  gift,
  item,
  like,
  person,
  pinned,
  room,
  score,
  side,
  viewers,
  World,
  worldStart,
} from './fixture.ts';
import { Ranking, type RankingOptions } from './ranking.ts';

// Goal: whatever fails, wherever it fails, the ranking is what it was before; and nothing but its own bytes restores
// it.

const options: RankingOptions = { room: { id: '7', handle: 'ours' }, hostId: '1' };
const sides = [side('1'), side('2')];
/** MEKS_MODEL_STEPS makes what is left to chance last longer. */
const steps = Number(process.env.MEKS_MODEL_STEPS ?? 60_000);

const kinds: MeksEvent[] = [
  gift('100', 5),
  gift('200', 5, { receiver: '4' }),
  battle('a', 'finished', { sides }),
  battle('b', 'open', { sides, startAt: worldStart + 9_000_000 }),
  score('a', { 1: 7, 2: 8 }, { scoredAt: worldStart + 9_000 }),
  score('', { 1: 7 }, { basis: 'diamonds' }),
  correction('merge', '100', 0, { target: person('300'), id: 'merged' }),
  correction('undo', '100', 0, { undoes: 'merged' }),
  correction('void', '100', 5, { id: 'voided', gift: { id: 'first', seq: 3 } }),
  correction('undo', '100', 5, { undoes: 'voided' }),
  correction('attribute', '100', 9, {
    id: 'moved-side',
    gift: { id: 'first', seq: 3 },
    fromSide: { battleId: 'a', sideId: '1' },
  }),
  correction('undo', '100', 9, { undoes: 'moved-side' }),
  correction('add', '400', 3),
  correction('move', '400', 2, { target: person('100') }),
  item('b', { item: 'extra-time' }),
  score('b', { 1: 9, 2: 4 }, { scoredAt: worldStart + 9_100_000, cause: 'like' }),
  score('b', { 2: 70 }, { basis: 'diamonds', from: { room: 'other', complete: true } }),
  battle('b', 'cut-short', { sides: [side('1', { outcome: 'win', points: 9 }), side('2', { outcome: 'lose' })] }),
  battle('b', 'settled'),
  pinned('100'),
  room('ended'),
  room('live', { liveId: '999' }),
  gap(),
  like(3),
  viewers(4),
];

test('a turn that fails at any step has changed nothing, and the next one goes on', () => {
  let fail = '';
  const ranking = new Ranking({
    ...options,
    onStep: (step) => {
      if (step === fail) throw new Error(`stopped when ${step}`);
    },
  });
  let seq = 0;
  for (const event of [
    room('live', { liveId: '700' }),
    battle('a', 'open', { sides }),
    gift('100', 9, { id: 'first' }),
    gift('101', 7),
  ]) {
    ranking.apply(++seq, event);
  }
  for (const event of kinds) {
    for (const step of ['vetted', 'looked-up', 'computed']) {
      const before = [Buffer.from(ranking.save()).toString('hex'), JSON.stringify(ranking.view), JSON.stringify(event)];
      fail = step;
      let stopped = false;
      const taken = structuredClone(event);
      try {
        ranking.apply(seq + 1, taken);
      } catch {
        stopped = true;
      }
      fail = '';
      if (!stopped) {
        // A kind without that step.
        seq++;
        continue;
      }
      assert.deepEqual(
        [Buffer.from(ranking.save()).toString('hex'), JSON.stringify(ranking.view), JSON.stringify(taken)],
        before,
      );
    }
    ranking.apply(++seq, event);
    assert.deepEqual(ranking.check().problems, []);
  }
});

test('a ranking whose writing failed half way refuses to go on, and says so', () => {
  const ranking = new Ranking(options);
  ranking.apply(1, gift('100', 5));
  const add = ranking.counters.add.bind(ranking.counters);
  ranking.counters.add = () => {
    throw new Error('planted');
  };
  assert.throws(() => ranking.apply(2, gift('100', 5)), /planted/);
  ranking.counters.add = add;
  assert.throws(() => ranking.apply(3, gift('100', 5)), /stands still/);
  assert.throws(() => ranking.save(), /half way/);
  assert.match(ranking.check().problems[0]!, /half way/);
});

/** Replaces something in the event, however deep, by something that it is not. */
function spoil(value: object, random: Random): void {
  const keys = Object.keys(value).filter((key) => key !== 'kind' && key !== 'state' && key !== 'standing');
  if (keys.length === 0) return;
  const key = random.pick(keys);
  const inner: unknown = Reflect.get(value, key);
  if (typeof inner === 'object' && inner !== null && random.chance(0.7)) spoil(inner, random);
  else {
    const junk = [
      undefined,
      null,
      Number.NaN,
      -1,
      1.5,
      1e300,
      Number.POSITIVE_INFINITY,
      'x',
      '',
      {},
      [],
      'y'.repeat(9_000),
      true,
    ];
    Reflect.set(value, key, random.pick(junk));
  }
}

test('an event that is not what its type says is refused whole, or does no harm', () => {
  let refused = 0;
  for (let seed = 1; seed <= steps / 3_000; seed++) {
    const random = seededRandom(seed);
    const world = new World(random.fork(), { gifters: 20, paceMs: 500 });
    const ranking = new Ranking(options);
    let seq = 0;
    let saved = Buffer.from(ranking.save());
    for (let step = 0; step < 300; step++) {
      const event = world.next();
      const spoiled = random.chance(0.5);
      if (spoiled) spoil(event, random);
      const text = JSON.stringify(event);
      try {
        ranking.apply(++seq, event);
        assert.deepEqual(ranking.check().problems, [], text);
        const next = Buffer.from(ranking.save());
        assert.ok(Buffer.from(Ranking.restore(next, options).save()).equals(next), text);
        saved = next;
      } catch (error) {
        assert.ok(spoiled && !(error instanceof assert.AssertionError), `seed ${seed}: ${text}: ${String(error)}`);
        assert.ok(saved.equals(ranking.save()), `seed ${seed}: changed by ${text}`);
        seq--;
        refused++;
      }
    }
  }
  assert.ok(refused > steps / 120, `only ${refused} were refused`);
});

test('events come in the order of their numbers', () => {
  const ranking = new Ranking(options);
  ranking.apply(5, like(1));
  assert.throws(() => ranking.apply(5, like(2)), /order of their numbers/);
  assert.equal(ranking.view.session.likes, 1);
  assert.equal(ranking.seq, 5);
});

test('bytes that are damaged, cut off or of another room are not restored', () => {
  const ranking = new Ranking(options);
  for (let seq = 1; seq <= 20; seq++) ranking.apply(seq, gift(String(seq), seq));
  const saved = Buffer.from(ranking.save());
  const refused = (bytes: Uint8Array, why: RegExp, about = options): void => {
    assert.throws(
      () => Ranking.restore(bytes, about),
      (error: Error) => {
        assert.equal((error as { code?: string }).code, 'MEKS_JOURNAL_CORRUPT');
        assert.match(error.message, why);
        return true;
      },
    );
  };
  for (let at = 0; at < saved.length; at += 37) {
    const damaged = Buffer.from(saved);
    damaged[at]! ^= 0x10;
    refused(damaged, /checksum|begin|whole number/);
  }
  for (let length = 0; length < saved.length; length += 53)
    refused(saved.subarray(0, length), /checksum|begin|whole number/);
  refused(saved, /of room 7/, { ...options, room: { id: '8', handle: 'theirs' } });
  const shifted = Buffer.concat([Buffer.from('abc'), saved]).subarray(3);
  assert.ok(Buffer.from(Ranking.restore(shifted, options).save()).equals(saved), 'wherever the bytes lie');
});
