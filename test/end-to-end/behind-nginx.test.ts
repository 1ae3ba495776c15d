import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { runMeks } from '../support/command.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// The broker behind nginx, with the very file that docs/SERVER.md has people copy: logins, operators, pushes, streams.
// It listens on a Unix socket here, and without TLS: two lines of it are others.

const nginx = '/usr/sbin/nginx';
const examples = path.join(import.meta.dirname, '..', '..', 'examples', 'server');
const name = 'board.example.com';
const home = mkdtempSync(path.join(tmpdir(), 'meks-nginx-'));
const socketPath = path.join(home, 'socket');
const token = 'a-token-of-the-broker-1';
const pushToken = 'a-token-of-a-room-22';

const skip = existsSync(nginx) ? false : `no nginx at ${nginx}: install it`;
if (skip !== false && process.env['CI'] === 'true') throw new Error(skip);

let broker: ServeProcess;
let proxy: ReturnType<typeof spawn>;

/** The example as it is, at other addresses and in other folders. */
function exampleAt(port: number): string {
  return readFileSync(path.join(examples, 'nginx.conf'), 'utf8')
    .replaceAll('/etc/nginx/', `${home}/`)
    .replaceAll('127.0.0.1:4820', `127.0.0.1:${port}`)
    .replaceAll(/^ *ssl_.*$/gm, '')
    .replace('listen 443 ssl;', `listen unix:${socketPath};`)
    .replace('listen 80;', `listen unix:${socketPath}-plain;`);
}

before(async () => {
  if (skip !== false) return;
  const at = (file: string, content: string): string => {
    writeFileSync(path.join(home, file), content);
    return path.join(home, file);
  };
  const files = ['--token-file', at('token', token), '--push-token-file', at('push-token', pushToken)];
  const rooms = ['--demo', '--seed', '7', '--push', 'donations', '--no-journal'];
  broker = await ServeProcess.start(...rooms, ...files, '--allow-host', name);
  at('meks-logins', 'ana:{PLAIN}secret\nguest:{PLAIN}secret\n');
  at('meks-operators', `ana "Bearer ${token}";\n`);
  at('meks.conf', exampleAt(broker.port));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  const main = `daemon off; pid pid; worker_processes 1; error_log stderr; ${process.getuid?.() === 0 ? 'user root;' : ''}
    events {} http { access_log off; ${temporary.join(' ')} include meks.conf; }`;
  proxy = spawn(nginx, ['-p', home, '-e', 'stderr', '-c', at('nginx.conf', main)], { stdio: 'inherit' });
  await until('nginx listens', () => existsSync(socketPath));
});

after(async () => {
  if (skip !== false) return;
  const gone = once(proxy, 'exit');
  proxy.kill('SIGTERM');
  await gone;
  await broker.stop();
  rmSync(home, { recursive: true });
});

interface Asked {
  readonly login?: string;
  readonly bearer?: string;
  /** Sent with POST. */
  readonly json?: unknown;
}

/** As a browser that shows a page of this site, or a program with a token. */
function headersOf({ login, bearer }: Asked): Record<string, string> {
  const basic = login === undefined ? {} : { authorization: `Basic ${btoa(`${login}:secret`)}` };
  const shown = bearer === undefined ? basic : { authorization: `Bearer ${bearer}` };
  return { host: name, origin: `https://${name}`, ...shown };
}

async function ask(address: string, asked: Asked = {}): Promise<IncomingMessage> {
  const headers = { ...headersOf(asked), 'content-type': 'application/json' };
  const method = asked.json === undefined ? 'GET' : 'POST';
  const request = httpRequest({ socketPath, path: address, method, headers, agent: false });
  request.end(asked.json === undefined ? undefined : JSON.stringify(asked.json));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

async function statusOf(address: string, asked: Asked = {}): Promise<number | undefined> {
  const response = await ask(address, asked);
  await text(response);
  return response.statusCode;
}

test('nobody sees anything without a login, and with one everything', { skip }, async () => {
  assert.deepEqual([await statusOf('/v1/rooms'), await statusOf('/desk/')], [401, 401]);
  assert.equal(await statusOf('/v1/rooms', { login: 'guest' }), 200);
});

test('operators change something and guests do not, and no page asks either for the token', { skip }, async () => {
  const address = '/v1/rooms/demo/operator';
  const goal = { list: 'goal', key: 'tonight', goal: { label: 'A thousand', measure: 'diamonds', target: 1000 } };
  const json = { id: 'from-nginx', by: 'Ana', set: goal };
  assert.equal(await statusOf(address, { login: 'guest', json }), 401);
  assert.equal(await statusOf(address, { login: 'ana', json }), 200);
});

test('a program pushes with the token of its room and without a login, and only there', { skip }, async () => {
  const json = { event: 'chat', id: 'one', data: { userId: '7', uniqueId: 'bo', comment: 'hello' } };
  assert.equal(await statusOf('/v1/rooms/donations/push', { bearer: pushToken, json }), 200);
  assert.equal(await statusOf('/v1/rooms/donations/push', { bearer: 'another-token-entirely', json }), 401);
  assert.equal(await statusOf('/v1/rooms', { bearer: token }), 401);
});

test('a dashboard gets its stream as it comes, compressed, over either way', { skip }, async () => {
  const stream = `ws+unix:${socketPath}:/v1/rooms/demo/stream`;
  const socket = new WebSocket(stream, ['meks.v1'], { headers: headersOf({ login: 'guest' }) });
  let frames = 0;
  socket.on('message', () => frames++);
  await until('events come', () => frames > 5);
  assert.equal(socket.extensions, 'permessage-deflate');
  socket.terminate();

  const response = await ask('/v1/rooms/demo/events', { login: 'guest' });
  let events = '';
  response.on('data', (bytes: Buffer) => (events += bytes.toString()));
  await until('server-sent events come', () => /"kind":"snapshot"[\s\S]*\n\nid: .*\ndata: \{"seq":/.test(events));
  response.destroy();
});

test('the settings file of the example is one', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-server-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const at = (file: string): string => path.join(folder, file);
  writeFileSync(at('token'), token);
  const settings = readFileSync(path.join(examples, 'meks.json'), 'utf8');
  writeFileSync(at('meks.json'), settings.replace('/etc/meks/token', 'token'));
  const { err, out, code } = await runMeks('config', 'check', at('meks.json'));
  assert.deepEqual({ err, code }, { err: '', code: 0 });
  assert.match(out, /is fine: 0 rooms/);
});
