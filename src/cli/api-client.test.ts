import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { askBroker } from './api-client.ts';
import { buildProgram } from './program.ts';

// What commands about a running broker say when something else answers, or the answer ends too early.

async function served(t: TestContext, answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Half of what was announced. */
const cut: RequestListener = (_request, response) => {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"rooms":[');
  systemClock.soon(() => response.socket?.destroy());
};

test('a page of some other program is told from the answer of a broker', async (t) => {
  const url = await served(t, (_request, response) => response.end('<!doctype html><title>A router</title>'));
  const refused = { code: 'MEKS_BROKER_UNREACHABLE', message: /status 200, and no answer of a broker: is --url right/ };
  await assert.rejects(askBroker({ url }, { path: '/v1/rooms' }), refused);
});

test('why no broker answers is told where it is something else than that nobody listens', async (t) => {
  const url = await served(t, (_request, response) => response.end());
  const over = { code: 'MEKS_BROKER_UNREACHABLE', message: /^no broker answers at https:.* \(.*SSL.*\): start one/s };
  await assert.rejects(askBroker({ url: url.replace('http', 'https') }, { path: '/v1/rooms' }), over);
});

test('who may not change something is told which flag is missing, or whose token is another', async (t) => {
  const said = 'send the token of this broker: `Authorization: Bearer …`';
  const url = await served(t, (_request, response) => {
    response.writeHead(401).end(JSON.stringify({ error: { code: 'MEKS_UNAUTHORIZED', message: said } }));
  });
  await assert.rejects(askBroker({ url }, { path: '/v1/rooms' }), {
    message: `${said}: give its token with --token-file FILE`,
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, 'a-token-of-another-broker');
  await assert.rejects(askBroker({ url, tokenFile }, { path: '/v1/rooms' }), {
    message: `${said}: is ${tokenFile} its token?`,
  });
});

test('an answer that breaks off is told as one', async (t) => {
  const url = await served(t, cut);
  const refused = { code: 'MEKS_BROKER_UNREACHABLE', message: /broke off/ };
  await assert.rejects(askBroker({ url }, { path: '/v1/rooms' }), refused);
});

test('an export that breaks off leaves no part of it behind, and is no fault of the file', async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-cut-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const url = await served(t, cut);
  const out = path.join(folder, 'set-aside.ndjson');
  const exported = (): Promise<unknown> =>
    buildProgram().parseAsync(['node', 'meks', 'quarantine', 'export', '--room', 'a', '--url', url, '--out', out]);
  await assert.rejects(exported(), { code: 'MEKS_BROKER_UNREACHABLE', message: /broke off/ });
  assert.equal(existsSync(out), false);
  writeFileSync(out, 'of somebody else');
  await assert.rejects(exported(), { code: 'MEKS_FILE_UNWRITABLE' });
  assert.equal(readFileSync(out, 'utf8'), 'of somebody else');
});
