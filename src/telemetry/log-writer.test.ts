import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { lineText, LogWriter, type LogStyle } from './log-writer.ts';

function written(style: LogStyle, write: (writer: LogWriter) => void): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-log-'));
  try {
    const destination = path.join(folder, 'log');
    const writer = new LogWriter({ style, destination });
    write(writer);
    writer.close();
    return readFileSync(destination, 'utf8');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('a line is one JSON object with its level, time, event and fields', () => {
  const text = written('json', (writer) =>
    writer.write({ level: 'warn', event: 'feed.lost', time: 17, fields: { room: 'a', text: 'two\nlines' } }),
  );
  assert.deepEqual(JSON.parse(text), { level: 'warn', time: 17, event: 'feed.lost', room: 'a', text: 'two\nlines' });
  assert.equal(text.split('\n').length, 2);
});

test('code on the cold thread logs with the time of its clock', () => {
  const text = written('json', (writer) => writer.log(new VirtualClock(42)).info('cold.ready'));
  assert.deepEqual(JSON.parse(text), { level: 'info', time: 42, event: 'cold.ready' });
});

test('for people a line is one sentence, and nothing in it can steer their terminal', () => {
  const fields = {
    room: 'a',
    waitMs: 5,
    url: 'http://127.0.0.1:80/',
    name: 'a b',
    evil: '\u001b[2J\u009b',
    gone: undefined,
  };
  assert.equal(
    lineText({ level: 'info', event: 'x.y', time: 3_600_000, fields }),
    '01:00:00.000 info  x.y room=a waitMs=5 url=http://127.0.0.1:80/ name="a b" evil="\\u001b[2J\\u009b"\n',
  );
  assert.equal(
    written('text', (writer) => writer.write({ level: 'error', event: 'a.b', time: 0, fields: {} })),
    '00:00:00.000 error a.b\n',
  );
});
