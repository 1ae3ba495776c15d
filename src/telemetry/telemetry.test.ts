import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { until } from '../../test/support/until.ts';
import { systemClock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { ColdTelemetry } from './telemetry-cold.ts';
import { Telemetry } from './telemetry.ts';

/** Both sides in one thread, joined by a port as they are in two. */
function joined(telemetry: Telemetry, destination: string): { cold: ColdTelemetry; cut: () => void } {
  const { port1, port2 } = new MessageChannel();
  const cold = new ColdTelemetry(port2, systemClock, { style: 'json', destination });
  telemetry.started(port1);
  const cut = (): void => {
    cold.close();
    port1.close();
    telemetry.stopped();
  };
  return { cold, cut };
}

function sample(text: string, name: string): number | undefined {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? undefined : Number(line.slice(name.length + 1));
}

function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-telemetry-'));
  return run(folder).finally(() => rmSync(folder, { recursive: true }));
}

test('what rooms count appears on the page of metrics, also after the cold thread was started anew', async () => {
  await inFolder(async (folder) => {
    const telemetry = new Telemetry({ clock: systemClock, idleWitness: false });
    const counters = new Counters({ giftsSeen: 'gifts seen' });
    const latency = new Histogram();
    telemetry.counters('normalizer', counters, { room: 'a' });
    telemetry.histogram('latency', 'byte in to byte out', latency, { room: 'a' });
    counters.add('giftsSeen', 7);
    latency.record(500);
    for (const life of ['first', 'second']) {
      const { cold, cut } = joined(telemetry, path.join(folder, life));
      const name = 'meks_normalizer_gifts_seen_total{room="a"}';
      await until('the tables have arrived', () => sample(cold.renderMetrics(), name) === 7);
      const text = cold.renderMetrics();
      assert.equal(sample(text, 'meks_latency_seconds_count{room="a"}'), 1);
      assert.ok(sample(text, 'meks_process_resident_bytes')! > 1_000_000);
      cut();
    }
    await telemetry.close();
  });
});

test('what was taken off does not appear any more', async () => {
  await inFolder(async (folder) => {
    const telemetry = new Telemetry({ clock: systemClock, idleWitness: false });
    const { cold, cut } = joined(telemetry, path.join(folder, 'log'));
    const remove = telemetry.counters('delivery', new Counters({ writes: 'writes' }), { room: 'a' });
    await until('it appears', () => cold.renderMetrics().includes('meks_delivery_writes_total'));
    remove();
    await until('it is gone', () => !cold.renderMetrics().includes('meks_delivery_writes_total'));
    cut();
    await telemetry.close();
  });
});

test('log lines are written by the cold side, and closing waits for the last of them', async () => {
  await inFolder(async (folder) => {
    const telemetry = new Telemetry({ clock: systemClock, idleWitness: false });
    const { cold, cut } = joined(telemetry, path.join(folder, 'log'));
    for (let line = 0; line < 100; line++) telemetry.log.info('test.line', { line });
    cold.log.warn('cold.line');
    await telemetry.close();
    cut();
    const lines = readFileSync(path.join(folder, 'log'), 'utf8').trim().split('\n');
    assert.equal(lines.filter((text) => text.includes('"test.line"')).length, 100);
    assert.equal(lines.filter((text) => text.includes('"cold.line"')).length, 1);
  });
});

test('the loop, the collector and the machine are watched while it runs', async () => {
  await inFolder(async (folder) => {
    const telemetry = new Telemetry({ clock: systemClock });
    telemetry.start();
    const { cold, cut } = joined(telemetry, path.join(folder, 'log'));
    const seen = (name: string): boolean => (sample(cold.renderMetrics(), name) ?? 0) > 0;
    await until('the loop was measured', () => seen('meks_loop_lateness_seconds_count'));
    await until('the idle thread has slept', () => seen('meks_machine_lateness_seconds_count'));
    assert.ok(seen('meks_memory_heap_used_bytes'));
    await telemetry.close();
    cut();
  });
});
