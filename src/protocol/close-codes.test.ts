import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closeReasons, reasonWithRetry, retryMsOf } from './close-codes.ts';

test('a close that tells when to come back is read again, fits a close frame, and keeps nobody away for long', () => {
  for (const { reason } of Object.values(closeReasons)) {
    assert.equal(retryMsOf(reason), null, reason);
    const told = reasonWithRetry(reason, 12_345.6);
    assert.equal(retryMsOf(told), 12_346);
    assert.ok(Buffer.byteLength(told) <= 123, 'RFC 6455 §5.5');
  }
  assert.equal(retryMsOf('; retry after 999999 ms'), 60_000);
  assert.equal(retryMsOf('; retry after 1000 ms, or never'), null);
});
