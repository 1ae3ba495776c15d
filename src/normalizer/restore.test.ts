import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Normalized } from '../../test/support/normalized.ts';
import { giftOf } from '../../test/support/webcast-messages.ts';
import type { MeksEvent } from '../protocol/events.ts';

// A restart in the middle of a streak: the log's events are all that is left of the messages before it.

/** The normalizer that a restart would make of what the log holds. */
function restarted(log: readonly MeksEvent[]): Normalized {
  const room = new Normalized();
  for (const event of log) room.normalizer.restore(event);
  return room;
}

test('gifts that list no price come to the same diamonds wherever a restart cuts their streak', () => {
  const streaks = [
    [
      { total: 5, fan: 50 },
      { total: 6, fan: 10 },
      { total: 8, fan: 20 },
    ],
    [
      { total: 5, fan: 50 },
      { total: 10, fan: 50 },
      { total: 13, fan: 30 },
    ],
    [
      { total: 5, fan: 10 },
      { total: 6, fan: 10 },
      { total: 9, fan: 10 },
    ],
    [
      { total: 1, fan: 10 },
      { total: 2, fan: 10 },
      { total: 6, fan: 20 },
    ],
  ];
  for (const ticks of streaks) {
    const sent = ticks.map((told, index) => giftOf({ msgId: `${index + 1}`, ...told }, { gift: undefined }));
    const whole = new Normalized();
    for (const raw of sent) whole.read(raw);
    for (let cut = 0; cut <= sent.length; cut++) {
      const before = new Normalized();
      for (const raw of sent.slice(0, cut)) before.read(raw);
      const after = restarted(before.events);
      for (const raw of sent.slice(cut)) after.read(raw);
      assert.equal(before.diamonds + after.diamonds, whole.diamonds, `${JSON.stringify(ticks)} cut at ${cut}`);
    }
  }
});

test('of a streak whose first events are too old to be recalled nothing counts twice', () => {
  const tick = (total: number) => giftOf({ msgId: `10${total}`, total });
  const before = new Normalized();
  for (const total of [1, 2, 3, 4]) before.read(tick(total));
  assert.equal(before.diamonds, 4);
  const after = restarted(before.events.slice(-1));
  for (const total of [2, 3, 4]) assert.equal(after.read(tick(total)), 'duplicate', `tick ${total}`);
  after.read(tick(5));
  assert.equal(after.diamonds, 1);
});
