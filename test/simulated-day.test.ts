import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DayReport } from '../tools/day/compare.ts';
import { simulateDay } from '../tools/day/simulated-day.ts';
import { troubles } from '../tools/day/troubles.ts';

// A day of LIVEs through the real TikTok feed, against what the server sent: the short form of
// `node tools/simulated-day.ts`, with fewer messages, shorter LIVEs and as many kinds of trouble. Sockets and bytes are
// real, time is not.

const seed = Number(process.env['DAY_SEED'] ?? 1);
const short = { seed, hours: 0.5, liveSec: 1_800 };

/** Everything that was sent came through, or is inside of a gap that was told, and became what it should. */
function assertTold(report: DayReport): void {
  const { missingOutsideGaps, different, seed } = report;
  const first = [...missingOutsideGaps.slice(0, 3), ...different.slice(0, 3)];
  assert.deepEqual(first, [], `DAY_SEED=${seed}: missing without a gap, or another event`);
}

test('a day of LIVEs with everything going wrong gives the events of an undisturbed one, but for the gaps that are told', async () => {
  const report = await simulateDay({
    seed,
    hours: 9,
    liveSec: 1_800,
    troubles: Object.keys(troubles),
    troubleEverySec: 180,
    perSec: 0.15,
  });
  assertTold(report);
  assert.ok(report.lives >= 10 && report.sent > 5_000, `${report.lives} LIVEs, ${report.sent} messages`);
  assert.deepEqual(Object.keys(report.troubles).sort(), Object.keys(troubles).sort(), 'everything went wrong once');
  assert.ok(report.gaps > 30 && report.connects > 30 && report.duplicates > 1_000, JSON.stringify(report));
  assert.equal(report.quarantined, report.corrupt, 'corrupt messages are set aside, and no others');
  assert.ok(report.framesUnreadable > 0);
  assert.ok(report.gapSeconds < 9 * 600, `gaps of ${report.gapSeconds} s are not a way to hide what was lost`);
});

test('a day without troubles has no gap, and nothing is missing', async () => {
  const report = await simulateDay({ ...short, hours: 2, troubles: [], troubleEverySec: 60, perSec: 0.25 });
  assertTold(report);
  assert.deepEqual([report.gaps, report.missing, report.quarantined], [0, 0, 0]);
  assert.ok(report.diamonds > 0);
});

test('a loss that nobody tells is found: the comparison bites', async () => {
  // A frame that is dropped, and no connection after it whose backlog would bring it back.
  const report = await simulateDay({ ...short, troubles: ['lost-for-good'], troubleEverySec: 120, perSec: 0.5 });
  assert.ok(report.missingOutsideGaps.length > 0);
});
