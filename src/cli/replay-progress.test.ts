import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { limits } from '../protocol/limits.ts';
import { ReplayProgress } from './replay-progress.ts';

test('a log that is replayed from its beginning is told of once a room; the events since a snapshot are not', () => {
  const stream = new PassThrough();
  const progress = new ReplayProgress(stream as unknown as NodeJS.WriteStream);
  const ordinary = limits.journalSnapshotEvents.value;
  for (const room of ['a', 'b']) progress.tell(room, ordinary);
  assert.equal(stream.read(), null);
  for (const times of [3, 4, 5]) progress.tell('a', times * ordinary);
  progress.end();
  assert.match(String(stream.read()), /^The log of a is read from its beginning[^\n]*\n$/);
});
