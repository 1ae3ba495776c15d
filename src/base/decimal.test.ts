import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal64 } from './decimal.ts';

test('the text of two halves is that of the whole number', () => {
  const edges = [
    0n,
    1n,
    -1n,
    999_999_999n,
    1_000_000_000n,
    2n ** 31n,
    2n ** 32n,
    -(2n ** 32n),
    10n ** 18n,
    2n ** 63n - 1n,
  ];
  const whole = fc.oneof(
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    fc.constantFrom(...edges, -(2n ** 63n)),
  );
  fc.assert(
    fc.property(whole, (value) => {
      const high = Number(BigInt.asIntN(32, value >> 32n));
      const low = Number(BigInt.asIntN(32, value));
      assert.equal(decimal64(high, low), String(value));
      assert.equal(decimal64(high, low >>> 0), String(value));
    }),
    { numRuns: 10_000 },
  );
});
