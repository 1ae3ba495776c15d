import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { documentedMetrics, familiesOf } from '../../tools/metric-tables.ts';
import { ServeProcess } from '../support/serve-process.ts';

test('a broker that runs shows the metrics that docs/METRICS.md lists, and no others (tools/metric-tables.ts)', async () => {
  const data = mkdtempSync(join(tmpdir(), 'meks-metrics-'));
  const recording = join(data, 'empty.ndjson');
  writeFileSync(recording, '');
  // A room of every family of feeds; that nothing answers at the last address is no matter.
  const feeds = ['--demo', '--push', 'pushed', '--replay', recording, '--webcast', 'ws://127.0.0.1:9'];
  const broker = await ServeProcess.start(...feeds, '--data', data, '--record', join(data, 'recorded'));
  try {
    const deadline = performance.now() + 20_000;
    let page = '';
    // Until the thread that answers HTTP has loaded, and until the rooms have told it of their numbers.
    while (!page.includes('meks_delivery_') && performance.now() < deadline) {
      const response = await fetch(`http://127.0.0.1:${broker.port}/metrics`);
      page = response.ok ? await response.text() : '';
    }
    const line = ({ name, type, help }: { name: string; type: string; help: string }): string =>
      `${name} (${type}): ${help}`;
    assert.deepEqual(familiesOf(page).map(line).toSorted(), documentedMetrics().map(line).toSorted());
  } finally {
    await broker.stop();
    rmSync(data, { recursive: true });
  }
});
