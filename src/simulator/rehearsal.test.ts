import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../test/support/until.ts';
import { type Clock, systemClock } from '../base/clock.ts';
import { rehearse } from './rehearsal.ts';

/** The system's clock, on which `ms` more go by at each look. */
function slowed(ms: number): Clock {
  let lostMs = 0;
  return {
    wallMs: () => systemClock.wallMs(),
    nowMs: () => systemClock.nowMs() + (lostMs += ms),
    after: (delayMs, run) => systemClock.after(delayMs, run),
    soon: (run) => systemClock.soon(run),
  };
}

test('a rehearsal plays messages to its dashboards, and leaves no socket, port or timer behind', async () => {
  const before = process.getActiveResourcesInfo().sort();
  const { messages, writes } = await rehearse({ clock: systemClock, budgetMs: 10_000 });
  assert.ok(messages >= 100, `${messages} messages`);
  assert.ok(writes >= messages, `${writes} writes to dashboards`);
  await until('all of it is closed', () => process.getActiveResourcesInfo().length <= before.length);
  assert.deepEqual(process.getActiveResourcesInfo().sort(), before);
});

test('with time enough it ends by itself, once it gets no faster or has played all it has', async () => {
  const { end } = await rehearse({ clock: systemClock, budgetMs: 60_000 });
  assert.notEqual(end, 'budget');
});

test('on a machine on which every look at the clock costs long it ends after its budget, however little it played', async () => {
  const before = process.getActiveResourcesInfo().length;
  const { end, messages } = await rehearse({ clock: slowed(20), budgetMs: 400 });
  assert.equal(end, 'budget');
  assert.ok(messages < 60, `${messages} messages`);
  await until('all of it is closed', () => process.getActiveResourcesInfo().length <= before);
});

test('without any time it plays nothing and closes what it had opened', async () => {
  const before = process.getActiveResourcesInfo().length;
  assert.deepEqual(await rehearse({ clock: systemClock, budgetMs: 0 }), { end: 'budget', messages: 0, writes: 0 });
  await until('all of it is closed', () => process.getActiveResourcesInfo().length <= before);
});
