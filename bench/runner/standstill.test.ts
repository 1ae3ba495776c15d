import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { Histogram } from '../generator/histogram.ts';
import { Series } from '../generator/series.ts';
import type { IdleReport, Wait } from '../idle.ts';
import type { Awake } from './results.ts';
import { awakeOf } from './standstill.ts';
import type { AwakeOutcome } from './standstill.ts';

const lengthMs = 10_000;
const slotMs = 100;
/** The series' zero on the monotonic clock. */
const startMs = 5_000;

interface Delivery {
  readonly dueMs: number;
  readonly ms: number;
}

function sample(seed: number, count: number): Delivery[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => ({
    dueMs: random.int(lengthMs),
    ms: Math.exp(random.exponential(1)) / 2,
  }));
}

function idle(stalls: readonly Wait[], changes: Partial<IdleReport> = {}): IdleReport {
  return { realtime: true, maxMs: 0, p999Ms: 0, hitches: [], stalls, stallsBeyond: 0, ...changes };
}

function outcomeOf(deliveries: readonly Delivery[], report: IdleReport): AwakeOutcome {
  const series = new Series(lengthMs, slotMs);
  for (const { dueMs, ms } of deliveries) series.record(series.slotOf(dueMs), ms);
  return awakeOf(series.data, startMs, report);
}

function known(outcome: AwakeOutcome): Awake {
  assert.equal(outcome.kind, 'known');
  return outcome.awake;
}

function reasonOf(outcome: AwakeOutcome): string {
  return outcome.kind === 'unknown' ? outcome.reason : '';
}

/** A stall from and to these milliseconds after the start. */
function stall(fromMs: number, toMs: number): Wait {
  return { atMs: startMs + toMs, ms: toMs - fromMs };
}

/** To the width of a bucket of the series. */
function assertClose(actual: number, expected: number, what: string): void {
  assert.ok(actual >= expected * 0.99 - 0.001 && actual <= expected * 1.017 + 0.001, `${what}: ${actual}, ${expected}`);
}

test('where the machine never stood still, the figures are those of the whole run', () => {
  const deliveries = sample(1, 20_000);
  const whole = new Histogram();
  for (const { ms } of deliveries) whole.record(ms);
  const awake = known(outcomeOf(deliveries, idle([])));
  assert.deepEqual([awake.standstills, awake.left_out_share], [0, 0]);
  assertClose(awake.p50_ms, whole.quantileMs(0.5), 'p50');
  assertClose(awake.p99_ms, whole.quantileMs(0.99), 'p99');
  assertClose(awake.p999_ms, whole.quantileMs(0.999), 'p99.9');
  assert.equal(awake.max_ms, Number(whole.maxMs.toFixed(3)));
});

test('what was due in a standstill, just before it or in the quarter second after it is left out, and no more', () => {
  const stalls = [stall(1_010, 1_040)];
  const maxWith = (dueMs: number): number =>
    known(
      outcomeOf(
        [
          { dueMs: 5_000, ms: 2 },
          { dueMs, ms: 77 },
        ],
        idle(stalls),
      ),
    ).max_ms;
  // On its way at 960, in it, and behind what had piled up until 1,290: whole slots of 100 ms.
  for (const dueMs of [900, 959, 999, 1_020, 1_100, 1_289, 1_299]) assert.equal(maxWith(dueMs), 2, `due at ${dueMs}`);
  for (const dueMs of [0, 899, 1_300, 9_999]) assert.equal(maxWith(dueMs), 77, `due at ${dueMs}`);
  const four = [1_000, 1_001, 3_000, 4_000].map((dueMs) => ({ dueMs, ms: 1 }));
  assert.equal(known(outcomeOf(four, idle(stalls))).left_out_share, 0.5);
});

test('for any stalls the figures are those of sorting what no stall touches', (context) => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  context.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  for (let trial = 0; trial < 30; trial++) {
    const deliveries = sample(seed + trial, 5_000);
    const stalls = Array.from({ length: random.int(12) }, () => {
      const fromMs = random.int(lengthMs) + random.int(1_000) / 1_000;
      return stall(fromMs, fromMs + 4 + random.int(60));
    });
    const isOut = ({ dueMs }: Delivery): boolean => {
      const slotFromMs = Math.floor(dueMs / slotMs) * slotMs;
      return stalls.some(
        ({ atMs, ms }) => slotFromMs <= atMs - startMs + 250 && slotFromMs + slotMs > atMs - startMs - ms - 50,
      );
    };
    const kept = deliveries.filter((one) => !isOut(one)).map(({ ms }) => ms);
    kept.sort((a, b) => a - b);
    const awake = known(outcomeOf(deliveries, idle(stalls)));
    const at = (share: number): number => kept[Math.ceil(share * kept.length) - 1]!;
    assertClose(awake.p50_ms, at(0.5), `seed ${seed}, p50`);
    assertClose(awake.p99_ms, at(0.99), `seed ${seed}, p99`);
    assertClose(awake.p999_ms, at(0.999), `seed ${seed}, p99.9`);
    assertClose(awake.max_ms, at(1), `seed ${seed}, max`);
    assertClose(awake.left_out_share, 1 - kept.length / deliveries.length, `seed ${seed}, share`);
    assert.equal(awake.standstills, stalls.length);
  }
});

test('standstills before and after the run are none of it', () => {
  const deliveries = sample(2, 100);
  const outside = [stall(-700, -650), stall(-400, -301), stall(10_500, 10_530)];
  const { standstills, left_out_share: share } = known(outcomeOf(deliveries, idle(outside)));
  assert.deepEqual([standstills, share], [0, 0]);
  assert.equal(known(outcomeOf(deliveries, idle([stall(-300, -200)]))).standstills, 1);
});

test('there are no figures where every slot is touched, and none without a witness that can be trusted', () => {
  const deliveries = sample(3, 100);
  const always = Array.from({ length: 40 }, (_, at) => stall(at * 250, at * 250 + 10));
  assert.match(reasonOf(outcomeOf(deliveries, idle(always))), /no delivery was due while the machine was running/);
  assert.match(reasonOf(outcomeOf([], idle([]))), /no delivery/);
  assert.match(reasonOf(outcomeOf(deliveries, idle([], { realtime: false }))), /no real-time priority/);
  assert.match(reasonOf(outcomeOf(deliveries, idle([], { stallsBeyond: 1 }))), /more often than is kept/);
});
