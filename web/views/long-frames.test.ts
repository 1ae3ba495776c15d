import assert from 'node:assert/strict';
import test from 'node:test';
import { LongFrames, whatOf } from './long-frames.ts';

test('the longest frame of the last minute is told, and forgotten after it', () => {
  const frames = new LongFrames();
  frames.note(1_000, 80, 'draw');
  frames.note(30_000, 60, 'snapshot');
  assert.deepEqual(frames.read(31_000), { count: 2, longest: { atMs: 1_000, ms: 80, what: 'draw' } });
  assert.deepEqual(frames.read(62_000), { count: 1, longest: { atMs: 30_000, ms: 60, what: 'snapshot' } });
  assert.deepEqual(frames.read(95_000), { count: 0, longest: null });
});

test('frames are kept up to a limit, however many there are', () => {
  const frames = new LongFrames();
  for (let at = 0; at < 5_000; at++) frames.note(at, 51, '');
  assert.equal(frames.read(5_000).count, 512);
});

test('a frame is told by the script that took most of it', () => {
  const entry = { duration: 100, startTime: 0, name: '', entryType: '', toJSON: () => null };
  const script = { duration: 70, invoker: 'FrameRequestCallback' };
  assert.equal(whatOf({ ...entry, scripts: [{ duration: 5, invoker: 'timer' }, script] }), 'FrameRequestCallback');
  assert.equal(
    whatOf({ ...entry, scripts: [{ duration: 5, invoker: 'timer' }] }),
    'styles, layout, or the browser itself',
  );
  const file = { duration: 90, invoker: 'http://127.0.0.1/assets/desk-1.js' };
  assert.equal(whatOf({ ...entry, scripts: [file] }), 'start of desk-1.js');
  assert.equal(whatOf(entry), '', 'a browser that does not tell');
});
