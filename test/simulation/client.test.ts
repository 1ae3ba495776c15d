import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf, simulate, wholeWorld } from '../../src/simulator/simulator.ts';
import { ClientDashboard } from './client-dashboard.ts';

// The same worlds with the published client in the place of the world's own dashboards.

const worlds = 40;
const hours = 0.03;

test('the published client comes through worlds where most things go wrong, and never shows what was not', async () => {
  const failures: string[] = [];
  let events = 0;
  for (let seed = 1; seed <= worlds; seed++) {
    const request = wholeWorld(seed, hours);
    const report = await simulate(request, '', (options) => new ClientDashboard(options));
    events += report.events;
    if (report.failure === null) continue;
    const { law, detail } = report.failure;
    failures.push(`seed ${seed} by ${law}: ${detail}; with the world's own dashboards: ${commandOf(request)}`);
  }
  assert.deepEqual(failures, []);
  assert.ok(events > 50 * worlds, `too little happened: ${events} events`);
});

test('a client that is lied to is found out', async () => {
  const found: string[] = [];
  for (const plant of ['cursor-at-oldest', 'duplicate-after-resume', 'snapshot-cached']) {
    for (let seed = 1; seed <= 40 && !found.includes(plant); seed++) {
      const { failure } = await simulate(wholeWorld(seed), plant, (options) => new ClientDashboard(options));
      if (failure !== null) found.push(plant);
    }
  }
  assert.deepEqual(found, ['cursor-at-oldest', 'duplicate-after-resume', 'snapshot-cached']);
});
