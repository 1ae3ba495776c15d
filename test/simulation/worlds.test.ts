import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addReport,
  commandOf,
  emptySummary,
  faultNames,
  shrink,
  simulate,
  wholeWorld,
} from '../../src/simulator/simulator.ts';

// The broker in simulated worlds: docs/SIMULATION.md. Ten thousand of them are recorded; these are the first ones.

const worlds = 200;
const hours = 0.03;

test('every law holds in the first worlds, and every fault has its part in them', async () => {
  const summary = emptySummary();
  for (let seed = 1; seed <= worlds; seed++) addReport(summary, await simulate(wholeWorld(seed, hours)));
  const failed = summary.failures.map((failure) => ({ ...failure, again: commandOf(wholeWorld(failure.seed, hours)) }));
  assert.deepEqual(failed, []);
  assert.equal(summary.worlds, worlds);
  assert.ok(summary.events > 50 * worlds, `too little happened: ${summary.events} events`);
  const idle = [...summary.faults].filter(([, count]) => count === 0).map(([name]) => name);
  assert.deepEqual(idle, []);
});

test('where nothing goes wrong nobody is told that something did', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { failure, lines, faults } = await simulate({ ...wholeWorld(seed, hours), faults: [] });
    assert.equal(failure, null);
    assert.equal(faults.size, 0);
    assert.ok(
      lines.every((line) => !/dies|cut|fail/.test(line)),
      lines.join('\n'),
    );
  }
});

test('a seed has one history, and another seed another one', async () => {
  const hashes: string[] = [];
  for (const seed of [11, 12, 13, 11, 12, 13]) {
    const { hash, steps, events } = await simulate({ ...wholeWorld(seed, hours), faults: faultNames });
    hashes.push(`${hash} ${steps} ${events}`);
  }
  assert.deepEqual(hashes.slice(3), hashes.slice(0, 3));
  assert.equal(new Set(hashes).size, 3);
});

test('a world that fails is shrunk to a smaller one that fails by the same law', async () => {
  const plant = 'snapshot-cached';
  let seed = 1;
  let report = await simulate(wholeWorld(seed), plant);
  while (report.failure === null) report = await simulate(wholeWorld(++seed), plant);
  const { request, report: smaller } = await shrink(report, wholeWorld(seed), plant);
  assert.equal(smaller.failure?.law, report.failure.law);
  assert.ok(request.faults!.length < report.faults.size || report.faults.size === 0);
  assert.equal(request.roomsMax, 1);
  assert.ok(request.hours < wholeWorld(seed).hours);
  const again = await simulate(request, plant);
  assert.equal(again.hash, smaller.hash);
  assert.match(commandOf(request, plant), /^meks simulate --seed \d+ --hours [\d.]+ --faults \S+ --rooms 1 .*--plant /);
});
