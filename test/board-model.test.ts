import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeksEvent } from '../src/protocol/events.ts';
import { emptyAccount, episodeOf, ModelFailure, playEpisode } from './support/board-model/run.ts';
import { shrink } from './support/board-model/shrink.ts';

// The comparison itself: a ranking that is given another number than the recount is found out, and the history that
// shows it is made short.

/** Gifts of seven to the second guest count one diamond more than they should. */
function oneTooMany(event: MeksEvent): void {
  if (event.kind === 'gift' && event.receiver === '5' && event.count === 7 && event.diamonds > 0)
    Object.assign(event, { diamonds: event.diamonds + 1 });
}

test('a gift that is counted wrongly is found, and two steps or fewer show it', () => {
  const episode = { ...episodeOf(3), world: { gifters: 20, paceMs: 500 }, steps: 3_000 };
  assert.throws(
    () => playEpisode(episode, emptyAccount(), oneTooMany),
    (error) => {
      assert.ok(error instanceof ModelFailure);
      assert.match(error.message, /^seed 3, step \d+ of/);
      const shrunk = shrink(error.inputs, episode.timeZone ?? 'UTC', oneTooMany);
      assert.ok(shrunk!.inputs.length <= 2, `${shrunk!.inputs.length} steps are left of ${error.inputs.length}`);
      return true;
    },
  );
  playEpisode(episode, emptyAccount());
});

test('a history without a difference is not made shorter', () => {
  assert.equal(shrink([], 'UTC'), null);
});
