import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdtempSync, openSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { meks, runMeks } from '../support/command.ts';
import { codeOf, rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// A broker whose rooms and settings are in a file, and one that remembers the rooms it was given while it ran.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-config-'));
after(() => rmSync(folder, { recursive: true }));

const file = path.join(folder, 'meks.json');
const pushed = (id: string, token = '0123456789abcdef'): object => ({
  id,
  handle: id,
  feed: { kind: 'push', token },
});

function configure(rooms: readonly object[], more: object = {}): void {
  writeFileSync(file, `// of a test\n${JSON.stringify({ data: 'data', ...more, rooms })}`);
}

async function ids(broker: ServeProcess): Promise<string[]> {
  const { rooms } = (await broker.json('/v1/rooms')) as { rooms: { id: string }[] };
  return rooms.map(({ id }) => id).toSorted();
}

async function reload(broker: ServeProcess): ReturnType<typeof rawRequest> {
  return await rawRequest(broker.port, 'POST /v1/config/reload', { 'content-type': 'application/json' }, '{}');
}

/** Opens a pipe for writing; null where nobody reads it yet. */
function tryToOpen(pipe: string): number | null {
  try {
    return openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}

test('a reload that is asked for during a start is done after it, and does not end it', async () => {
  // A pipe holds up whoever reads the file until somebody writes it.
  const pipe = path.join(folder, 'pipe.json');
  execFileSync('mkfifo', [pipe]);
  const child = spawn(process.execPath, [meks, 'serve', '--config', pipe, '--port', '0', '--no-open']);
  const ended = once(child, 'close');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => (output += bytes.toString()));
  const isGone = (): boolean => child.exitCode !== null || child.signalCode !== null;
  // Never waits inside of the system: nobody may come to read.
  const opened = async (): Promise<number> => {
    let writer: number | null = null;
    await until('the file is read', () => {
      writer = tryToOpen(pipe);
      return writer !== null || isGone();
    });
    return writer ?? assert.fail(`it ended: ${String(child.signalCode)} ${output}`);
  };
  const write = (writer: number, rooms: readonly object[]): void => {
    writeSync(writer, JSON.stringify({ data: null, rooms }));
    closeSync(writer);
  };
  try {
    const first = await opened();
    child.kill('SIGHUP');
    write(first, []);
    await until('it runs', () => isGone() || output.includes('MEKS is running.'));
    write(await opened(), [pushed('later')]);
    await until('it was read again', () => /config\.reloaded.*"added":1/.test(output));
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

test('rooms come and go with the config file, by HTTP and by SIGHUP, and a file with a mistake changes nothing', async () => {
  configure([pushed('a'), pushed('b')]);
  const broker = await ServeProcess.start('--config', file);
  try {
    assert.deepEqual(await ids(broker), ['a', 'b']);
    configure([pushed('b', 'another-token-16'), pushed('c')], { keepDays: 5 });
    const answer = await reload(broker);
    assert.equal(answer.status, 200, answer.body.toString());
    const outcome = { added: ['c'], removed: ['a'], changed: ['b'], failed: [], restart: ['keepDays'] };
    assert.deepEqual(JSON.parse(answer.body.toString()), outcome);
    assert.deepEqual(await ids(broker), ['b', 'c']);
    writeFileSync(file, '{"rooms":[{"handle":"x","feed":{"kind":"push"}}]}');
    const refused = await reload(broker);
    assert.deepEqual([refused.status, codeOf(refused)], [400, 'MEKS_CONFIG_INVALID']);
    assert.match(refused.body.toString(), /meks\.json:1:32: rooms\[0\]\.feed\.token: /);
    assert.deepEqual(await ids(broker), ['b', 'c']);
    broker.process.kill('SIGHUP');
    await until('the mistake is told', () => /MEKS_CONFIG_INVALID: .*nothing was changed/.test(broker.output));
    rmSync(file);
    assert.equal(codeOf(await reload(broker)), 'MEKS_FILE_UNREADABLE');
    configure([pushed('d')]);
    broker.process.kill('SIGHUP');
    await until('it was read again', () => /config\.reloaded.*"removed":2/.test(broker.output));
    assert.deepEqual(await ids(broker), ['d']);
  } finally {
    await broker.stop();
  }
});

test('without a config file SIGHUP is the end of a terminal: the broker stops as on SIGTERM', async () => {
  const broker = await ServeProcess.start('--push', 'main', '--data', path.join(folder, 'hung-up'));
  await until('it has said how to stop it', () => broker.output.includes('Ctrl-C'));
  assert.equal(await broker.stop('SIGHUP'), 0);
  assert.match(broker.output, /gateway\.closed/);
});

test('flags go before the file, and a room that is in both is there once', async () => {
  configure([pushed('demo'), pushed('a')], { port: 1 });
  const broker = await ServeProcess.start('--config', file, '--demo', '--seed', '3');
  try {
    assert.deepEqual(await ids(broker), ['a', 'demo']);
    assert.equal(((await broker.json('/v1/rooms/demo')) as { feed: string }).feed, 'scripted');
    assert.deepEqual(JSON.parse((await reload(broker)).body.toString()).changed, []);
  } finally {
    await broker.stop();
  }
});

test('a room that was added is there after a restart, and one that was removed is not; one that cannot be opened is told', async () => {
  const data = path.join(folder, 'kept');
  const gone = path.join(folder, 'gone.ndjson');
  writeFileSync(gone, '');
  const broker = await ServeProcess.start('--data', data);
  const flags = ['--url', `http://127.0.0.1:${broker.port}`];
  for (const args of [
    ['@ana', '--push'],
    ['@bo', '--push'],
    ['@cleo', '--replay', gone],
  ])
    assert.equal((await runMeks('rooms', 'add', ...args, ...flags)).code, 0);
  await runMeks('rooms', 'remove', 'bo', ...flags);
  if (process.platform !== 'win32') assert.equal(statSync(path.join(data, 'rooms.json')).mode & 0o777, 0o600);
  await broker.stop();
  rmSync(gone);
  const again = await ServeProcess.start('--data', data);
  try {
    assert.deepEqual(await ids(again), ['ana']);
    assert.match(again.output, /room\.not-opened.*cleo/);
    assert.match(again.output, /Rooms {5}@ana \(push\)/);
  } finally {
    await again.stop();
  }
});

test('meks config check says what a file comes to, or what is wrong with it; schema prints its JSON Schema', async () => {
  configure([pushed('a')]);
  const fine = await runMeks('config', 'check', file);
  assert.deepEqual([fine.code, fine.out], [0, `${file} is fine: 1 room: a (push).\n`]);
  assert.match(fine.err, /chmod 600/);
  writeFileSync(file, '{"rooms":[],"hots":"x"}');
  const wrong = await runMeks('config', 'check', file);
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^MEKS_CONFIG_INVALID: .*hots/);
  const schema = JSON.parse((await runMeks('config', 'schema')).out);
  assert.equal(schema.type, 'object');
});
