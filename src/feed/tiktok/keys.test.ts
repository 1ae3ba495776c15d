import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from './keys.ts';

function ringOf(...keys: string[]): KeyRing {
  return new KeyRing({ keys, rejectedMs: 600, rejectedMsMax: 3_600 });
}

function keyOf(ring: KeyRing, nowMs: number): string | null | number {
  const choice = ring.take(nowMs);
  return choice.kind === 'key' ? choice.key : choice.waitMs;
}

test('keys are used in turn', () => {
  const ring = ringOf('a-key', 'b-key', 'c-key');
  assert.deepEqual(
    [0, 1, 2, 3].map((nowMs) => keyOf(ring, nowMs)),
    ['a-key', 'b-key', 'c-key', 'a-key'],
  );
});

test('a resting key is passed over until its time has come', () => {
  const ring = ringOf('a-key', 'b-key');
  ring.rest(0, 1_000);
  assert.deepEqual(
    [0, 500, 999].map((nowMs) => keyOf(ring, nowMs)),
    ['b-key', 'b-key', 'b-key'],
  );
  assert.equal(keyOf(ring, 1_000), 'a-key');
});

test('when all rest, the shortest wait is told', () => {
  const ring = ringOf('a-key', 'b-key');
  ring.rest(0, 5_000);
  ring.rest(1, 3_000);
  assert.equal(keyOf(ring, 1_000), 2_000);
});

test('a key that was not accepted rests, twice as long each time in a row, and is asked again', () => {
  const ring = ringOf('a-key', 'b-key');
  assert.equal(ring.reject(0, 0), 600);
  assert.deepEqual([keyOf(ring, 0), keyOf(ring, 599)], ['b-key', 'b-key']);
  assert.equal(ring.reject(1, 599), 600);
  assert.equal(keyOf(ring, 599), 1, 'the first to come back');
  assert.equal(keyOf(ring, 600), 'a-key');
  const restsMs = Array.from({ length: 40 }, () => ring.reject(0, 600));
  assert.deepEqual(restsMs.slice(0, 4), [1_200, 2_400, 3_600, 3_600]);
  assert.equal(restsMs.at(-1), 3_600);
  ring.accept(0);
  assert.equal(ring.reject(0, 0), 600, 'once accepted, it begins anew');
});

test('without keys the service is asked without one', () => {
  assert.equal(keyOf(ringOf(), 0), null);
});

test('a label gives no key away', () => {
  const choice = ringOf('euler_very_secret_xyz').take(0);
  assert.ok(choice.kind === 'key');
  assert.equal(choice.label, 'key 1 (…xyz)');
});
