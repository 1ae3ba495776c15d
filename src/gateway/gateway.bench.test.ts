import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchGateway } from './gateway.bench.ts';

test('the benchmark of the gateway runs, and measures every kind of request and stream', async () => {
  const figures = await benchGateway({ requests: 60, streams: 30 });
  assert.deepEqual(Object.keys(figures.requestUs), ['2 KB', '200 KB']);
  assert.deepEqual(Object.keys(figures.streams), ['WebSocket', 'event stream']);
  for (const us of Object.values(figures.requestUs)) assert.ok(us > 0);
  for (const { openUs } of Object.values(figures.streams)) assert.ok(openUs > 0);
});
