import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Summary } from '../src/cli/playground/summary.ts';
import { eventKinds } from '../src/protocol/events.ts';
import { meks, runMeks } from './support/command.ts';
import { until } from './support/until.ts';

// The canned events of examples/events: every kind there is, by invented people, and the playground takes them all.

const folder = join(import.meta.dirname, '..', 'examples', 'events');
const copies = mkdtempSync(join(tmpdir(), 'meks-examples-'));
after(() => rmSync(copies, { recursive: true }));

test('there is an example of every kind of event, and each is understood', async () => {
  const { out, err, code } = await runMeks('playground', '--json', folder);
  assert.deepEqual({ err, code }, { err: '', code: 0 });
  const summary = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Summary;
  assert.deepEqual(
    eventKinds.filter((kind) => summary.events[kind] === 0),
    [],
    'kinds without an example',
  );
  assert.deepEqual([summary.quarantined, summary.unknownMethods, summary.malformedLines], [0, 0, 0]);
});

test('each example is named after the kind that it shows, and works by itself', async () => {
  const files = readdirSync(folder);
  assert.ok(files.length >= eventKinds.length);
  const runs = await Promise.all(
    eventKinds.map((kind) => runMeks('playground', '--json', '--explain', join(folder, `${kind}.json`))),
  );
  for (const [index, { out, code }] of runs.entries()) {
    const kind = eventKinds[index]!;
    assert.equal(code, 0, kind);
    const summary = JSON.parse(out.trimEnd().split('\n').at(-1)!) as Summary;
    assert.ok(summary.events[kind] > 0, kind);
    assert.match(out, /"kind":"message","file"/, 'each step is explained');
  }
});

test('a program that is started without what it needs says how it is started', () => {
  for (const name of ['follow', 'push']) {
    // `meks/client` is there for whoever installed it: a package of one file stands for it.
    const home = join(copies, name);
    const client = join(home, 'node_modules', 'meks');
    mkdirSync(client, { recursive: true });
    writeFileSync(join(client, 'package.json'), '{"exports":{"./client":"./client.mjs"}}');
    writeFileSync(join(client, 'client.mjs'), 'export class StreamClient {}');
    cpSync(join(folder, '..', `${name}.mjs`), join(home, `${name}.mjs`));
    const { status, stderr } = spawnSync(process.execPath, [join(home, `${name}.mjs`)], { encoding: 'utf8' });
    assert.deepEqual([status, stderr.split(' ROOM')[0]], [2, `Usage: node ${name}.mjs http://127.0.0.1:4820`]);
  }
});

test('a push that nobody takes ends with why, and fails', async () => {
  const child = spawn(process.execPath, [join(folder, '..', 'push.mjs'), 'http://127.0.0.1:9', 'room', 'token']);
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number];
  assert.deepEqual(
    { code, err },
    { code: 1, err: 'http://127.0.0.1:9 closed with 1006 (no answer): 0 not acknowledged\n' },
  );
});

test('a folder of events is watched as a whole: a save shows what changed, and how long after it', async (context) => {
  const copy = join(copies, 'events');
  cpSync(folder, copy, { recursive: true });
  const child = spawn(process.execPath, [meks, 'playground', '--watch', copy], { stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => child.kill('SIGINT'));
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  await until('the first run', () => err.includes('Waiting for the next save.'));
  out = '';
  const like = join(copy, 'like.json');
  writeFileSync(like, readFileSync(like, 'utf8').replace('"count": 15', '"count": 12'));
  await until('the second run', () => /Waiting for the next save \(\d+ ms after the last one\)/.test(err));
  assert.match(out, /^- .*@mira\.makes likes 15 times/m);
  assert.match(out, /^\+ .*@mira\.makes likes 12 times/m);
});
