import assert from 'node:assert/strict';
import { test } from 'node:test';
import { drawChart, logTicks } from './chart.ts';
import type { Chart } from './chart.ts';

const chart: Chart = {
  title: 'a < b',
  x: { title: 'x', from: 0, to: 10, scale: 'linear', ticks: [[5, 'five']] },
  y: { title: 'ms', from: 1, to: 1_000, scale: 'log', ticks: logTicks(1, 1_000) },
  lines: [
    {
      label: 'one',
      color: 'meks',
      strong: true,
      points: [
        [0, 1],
        [10, 100],
      ],
    },
    {
      label: 'two',
      color: 'floor',
      points: [
        [0, 1],
        [10, 101],
      ],
    },
    { label: 'none', color: 'tokio', points: [] },
  ],
  levels: [{ at: 16.7, label: 'one frame' }],
  marks: [{ at: 3, share: 1 }],
  markLabel: 'pauses',
};

test('labels of lines that end together stand apart, and a line without points has none', () => {
  const svg = drawChart(chart);
  const at = (label: string): number => Number(new RegExp(`y="([\\d.]+)">${label}<`).exec(svg)?.[1]);
  assert.ok(Math.abs(at('one') - at('two')) >= 15 - 1e-9);
  assert.ok(!svg.includes('>none<'));
});

test('text from outside is escaped and both colour schemes are there', () => {
  const svg = drawChart(chart);
  assert.ok(svg.includes('a &lt; b') && !svg.includes('a < b'));
  assert.ok(svg.includes('prefers-color-scheme:dark'));
  assert.ok(!svg.includes('NaN'));
});

test('a logarithmic axis has round ticks inside its range', () => {
  assert.deepEqual(
    logTicks(0.5, 20).map(([value]) => value),
    [0.5, 1, 2, 5, 10, 20],
  );
});
