import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import { renderMetrics } from './prometheus-text.ts';
import type { MetricTable } from './telemetry-messages.ts';

function counterTable(
  labels: Record<string, string>,
  fill: (counters: Counters<'giftsSeen' | 'open'>) => void,
): MetricTable {
  const counters = new Counters({ giftsSeen: 'gifts seen', open: 'streaks open (gauge)' });
  fill(counters);
  return { kind: 'counters', prefix: 'test', labels, spec: counters.spec, values: counters.values };
}

test('counters end in _total, gauges do not, and the sentence is their help', () => {
  const text = renderMetrics([counterTable({}, (counters) => counters.add('giftsSeen', 3))]);
  assert.equal(
    text,
    [
      '# HELP meks_test_gifts_seen_total gifts seen',
      '# TYPE meks_test_gifts_seen_total counter',
      'meks_test_gifts_seen_total 3',
      '# HELP meks_test_open streaks open',
      '# TYPE meks_test_open gauge',
      'meks_test_open 0',
      '',
    ].join('\n'),
  );
});

test('the same metric of several rooms is told once, with a sample for each room', () => {
  const text = renderMetrics([
    counterTable({ room: 'a' }, (counters) => counters.add('giftsSeen', 1)),
    counterTable({ room: 'b' }, (counters) => counters.add('giftsSeen', 2)),
  ]);
  const lines = text.split('\n').filter((line) => line.includes('gifts_seen'));
  assert.deepEqual(lines, [
    '# HELP meks_test_gifts_seen_total gifts seen',
    '# TYPE meks_test_gifts_seen_total counter',
    'meks_test_gifts_seen_total{room="a"} 1',
    'meks_test_gifts_seen_total{room="b"} 2',
  ]);
});

test('labels are escaped, so that no room can forge a line', () => {
  const text = renderMetrics([counterTable({ room: 'a"} 1\nevil\\' }, () => undefined)]);
  assert.ok(text.includes('meks_test_gifts_seen_total{room="a\\"} 1\\nevil\\\\"} 0\n'), text);
});

test('numbers that are none are written as Prometheus spells them', () => {
  const text = renderMetrics([
    counterTable({}, (counters) => {
      counters.set('giftsSeen', Number.NaN);
      counters.set('open', Number.NEGATIVE_INFINITY);
    }),
  ]);
  assert.match(text, /_total NaN\n/);
  assert.match(text, /test_open -Inf\n/);
});

test('a distribution of events shows how many connections were at most so far behind', () => {
  const histogram = new Histogram();
  for (const events of [0, 0, 1, 2, 3, 4, 16_383, 16_384]) histogram.record(events);
  const text = renderMetrics([
    { kind: 'histogram', name: 'lag', unit: 'events', help: 'how far', labels: {}, values: histogram.values },
  ]);
  const buckets = Object.fromEntries(
    [...text.matchAll(/^meks_lag_events_bucket\{le="(\d+)"\} (\d+)$/gm)].map(([, end, count]) => [end, Number(count)]),
  );
  assert.deepEqual([buckets['0'], buckets['1'], buckets['3'], buckets['7']], [2, 3, 5, 6]);
  assert.deepEqual([buckets['16383'], buckets['65535']], [7, 8]);
  assert.match(text, /^meks_lag_events_sum 32777$/m);
});

test('a histogram shows cumulative buckets in seconds that end with all of them', () => {
  const histogram = new Histogram();
  for (const us of [100, 1000, 1000, 16_639, 16_640, 100_000_000]) histogram.record(us);
  const text = renderMetrics([
    {
      kind: 'histogram',
      name: 'flush',
      unit: 'seconds',
      help: 'how long',
      labels: { room: 'a' },
      values: histogram.values,
    },
  ]);
  const sample = (pattern: string): string | undefined => text.split('\n').find((line) => line.startsWith(pattern));
  assert.equal(sample('# TYPE'), '# TYPE meks_flush_seconds histogram');
  assert.equal(
    sample('meks_flush_seconds_bucket{room="a",le="0.000128"}'),
    'meks_flush_seconds_bucket{room="a",le="0.000128"} 1',
  );
  assert.equal(
    sample('meks_flush_seconds_bucket{room="a",le="0.001024"}'),
    'meks_flush_seconds_bucket{room="a",le="0.001024"} 3',
  );
  assert.equal(
    sample('meks_flush_seconds_bucket{room="a",le="0.01664"}'),
    'meks_flush_seconds_bucket{room="a",le="0.01664"} 4',
  );
  assert.equal(
    sample('meks_flush_seconds_bucket{room="a",le="+Inf"}'),
    'meks_flush_seconds_bucket{room="a",le="+Inf"} 6',
  );
  assert.equal(sample('meks_flush_seconds_sum'), 'meks_flush_seconds_sum{room="a"} 100.035379');
  assert.equal(sample('meks_flush_seconds_count'), 'meks_flush_seconds_count{room="a"} 6');
});
