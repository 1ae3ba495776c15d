import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyRing } from './keys.ts';

function keyOf(ring: KeyRing, nowMs: number): string | null | number {
  const choice = ring.take(nowMs);
  return choice.kind === 'key' ? choice.key : choice.kind === 'wait' ? choice.waitMs : 'none';
}

test('keys are used in turn', () => {
  const ring = new KeyRing(['a-key', 'b-key', 'c-key']);
  assert.deepEqual(
    [0, 1, 2, 3].map((nowMs) => keyOf(ring, nowMs)),
    ['a-key', 'b-key', 'c-key', 'a-key'],
  );
});

test('a resting key is passed over until its time has come', () => {
  const ring = new KeyRing(['a-key', 'b-key']);
  ring.rest(0, 1_000);
  assert.deepEqual(
    [0, 500, 999].map((nowMs) => keyOf(ring, nowMs)),
    ['b-key', 'b-key', 'b-key'],
  );
  assert.equal(keyOf(ring, 1_000), 'a-key');
});

test('when all rest, the shortest wait is told', () => {
  const ring = new KeyRing(['a-key', 'b-key']);
  ring.rest(0, 5_000);
  ring.rest(1, 3_000);
  assert.equal(keyOf(ring, 1_000), 2_000);
});

test('a rejected key is never used again, and with none left there is none', () => {
  const ring = new KeyRing(['a-key', 'b-key']);
  ring.reject(0);
  assert.equal(keyOf(ring, 0), 'b-key');
  ring.reject(1);
  assert.equal(keyOf(ring, 1e12), 'none');
});

test('without keys the service is asked without one', () => {
  assert.equal(keyOf(new KeyRing([]), 0), null);
});

test('a label gives no key away', () => {
  const choice = new KeyRing(['euler_very_secret_xyz']).take(0);
  assert.ok(choice.kind === 'key');
  assert.equal(choice.label, 'key 1 (…xyz)');
});
