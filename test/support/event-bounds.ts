import assert from 'node:assert/strict';
import type { MeksEvent } from '../../src/protocol/events.ts';

/** What every event keeps to, whatever it was made of. */
export function assertBounds(event: MeksEvent): void {
  const text = JSON.stringify(event, (key, value: unknown) => {
    if (typeof value === 'number')
      assert.ok(Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER, `${key} ${value}`);
    if (typeof value === 'string') {
      assert.ok(value.length <= 2_000 && value.isWellFormed(), `${key} of ${value.length} characters`);
      assert.doesNotMatch(value, /[\u0000-\u001f\u202a-\u202e]/, key);
    }
    return value;
  });
  assert.ok(text.length <= 65_536, `an event of ${text.length} characters`);
  assert.notEqual(event.id, '');
  if (event.kind === 'gift') assert.equal(event.diamonds, event.count * event.gift.price);
}
