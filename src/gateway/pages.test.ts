import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { openRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { codeOf, rawRequest } from '../../test/support/http-raw.ts';
import { RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';

// Pages through both halves of the gateway: real port, real thread, real files.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-pages-'));
const pagesDirectory = path.join(folder, 'web');
const big = Buffer.alloc(3_000_000, 'meks ');
const files: Readonly<Record<string, string | Buffer>> = {
  'desk/index.html': '<!doctype html><title>desk</title>',
  'assets/desk-B1x2_Y3z.js': 'export {};',
  'assets/desk-B1x2_Y3z.js.br': 'compressed',
  'assets/plain.js': 'export {};',
  'logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'big.bin': big,
  '.secret': 'hidden',
};

function buildPages(): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(pagesDirectory, name)), { recursive: true });
    writeFileSync(path.join(pagesDirectory, name), content);
  }
}

writeFileSync(path.join(folder, 'outside.txt'), 'outside');
const rig = await openRig({ cold: true, pagesDirectory });
after(async () => {
  await assertSums(rig.gateway);
  await rig.close();
  rmSync(folder, { recursive: true });
});

test('pages that are not built are answered 503 with the remedy, for people and for programs, and appear once they are', async () => {
  const forPeople = await rawRequest(rig.port, 'GET /desk/', { accept: 'text/html' });
  assert.equal(forPeople.status, 503);
  assert.match(forPeople.headers['content-type'] ?? '', /^text\/html/);
  assert.match(forPeople.body.toString(), /npm run build[^]*MEKS_PAGES_MISSING/);
  const forPrograms = await rawRequest(rig.port, 'GET /desk/');
  assert.deepEqual([forPrograms.status, codeOf(forPrograms)], [503, 'MEKS_PAGES_MISSING']);
  assert.equal((await rawRequest(rig.port, 'GET /healthz')).status, 200);
  buildPages();
  const page = await rawRequest(rig.port, 'GET /desk/');
  assert.deepEqual([page.status, page.body.toString()], [200, files['desk/index.html']]);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
});

test('the root leads to the desk, and a folder without its slash to the one with it', async () => {
  buildPages();
  const root = await rawRequest(rig.port, 'GET /');
  assert.deepEqual([root.status, root.headers['location']], [302, '/desk/']);
  const withoutSlash = await rawRequest(rig.port, 'GET /desk?room=main');
  assert.deepEqual([withoutSlash.status, withoutSlash.headers['location']], [301, '/desk/?room=main']);
});

test('files with a hash in their name are kept for ever, all others are asked for anew', async () => {
  buildPages();
  const hashed = await rawRequest(rig.port, 'GET /assets/desk-B1x2_Y3z.js');
  assert.equal(hashed.headers['cache-control'], 'public, max-age=31536000, immutable');
  assert.match(hashed.headers['content-type'] ?? '', /javascript/);
  for (const name of ['/assets/plain.js', '/logo.svg', '/desk/'])
    assert.equal((await rawRequest(rig.port, `GET ${name}`)).headers['cache-control'], 'no-cache', name);
});

test('a file that has not changed is answered 304 without its bytes', async () => {
  buildPages();
  const { etag = '' } = (await rawRequest(rig.port, 'GET /logo.svg')).headers;
  assert.notEqual(etag, '');
  const again = await rawRequest(rig.port, 'GET /logo.svg', { 'if-none-match': etag });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
});

test('a compressed twin is sent to those who understand it', async () => {
  buildPages();
  const compressed = await rawRequest(rig.port, 'GET /assets/desk-B1x2_Y3z.js', { 'accept-encoding': 'gzip, br' });
  assert.deepEqual([compressed.headers['content-encoding'], compressed.body.toString()], ['br', 'compressed']);
  assert.match(compressed.headers['content-type'] ?? '', /javascript/);
});

test('a large file arrives whole, and in parts where parts are asked for', async () => {
  buildPages();
  const whole = await rawRequest(rig.port, 'GET /big.bin');
  assert.ok(whole.body.equals(big));
  const part = await rawRequest(rig.port, 'GET /big.bin', { range: 'bytes=10-19' });
  assert.deepEqual([part.status, part.body.toString()], [206, big.toString('latin1', 10, 20)]);
});

test('clients that leave in the middle of a large file cost nobody anything', async () => {
  buildPages();
  const leaving = Array.from({ length: 60 }, async (_, index) => {
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, 'GET /big.bin'));
    await until('it has begun', () => raw.received.length > index * 10_000);
    raw.socket.resetAndDestroy();
  });
  await Promise.all(leaving);
  assert.ok((await rawRequest(rig.port, 'GET /big.bin')).body.equals(big));
  assert.equal(rig.cold?.restarts, 0);
});

test('what lies outside the pages is not there, as everything else that is not', async () => {
  buildPages();
  for (const path of ['//v1/rooms', '/.git/config', '/a%00b', '/..%2f..%2fpackage.json']) {
    const answer = await rawRequest(rig.port, `GET ${path}`);
    assert.deepEqual([answer.status, codeOf(answer)], [404, 'MEKS_ROUTE_UNKNOWN'], path);
  }
});

test('a HEAD request gets the head and no body', async () => {
  buildPages();
  const head = await rawRequest(rig.port, 'HEAD /big.bin');
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(big.length), 0]);
});

test('no way of writing a path leads out of the folder, or to a hidden file', async () => {
  buildPages();
  const ways = (
    '/../outside.txt /desk/../../outside.txt /%2e%2e/outside.txt /..%2foutside.txt /%2e%2e%2foutside.txt ' +
    '/..%5coutside.txt /....//outside.txt //outside.txt /%252e%252e/outside.txt /desk/%00/../outside.txt ' +
    'http://other.example/../outside.txt /.secret /desk/..%2f.secret /%2esecret /web/../outside.txt ' +
    `/% /%ff /%c0%ae%c0%ae/outside.txt /${'a/'.repeat(3000)} *`
  ).split(' ');
  for (const way of ways) {
    const answer = await rawRequest(rig.port, `GET ${way}`);
    assert.ok([400, 403, 404, 414].includes(answer.status), `${way}: ${answer.status}`);
    assert.doesNotMatch(answer.body.toString(), /^(outside|hidden)/, way);
    assert.notEqual(codeOf(answer), '', `${way} is answered with a code`);
  }
});

test('every answer says what a page may do, and that its type is what it says', async () => {
  buildPages();
  for (const name of ['/desk/', '/logo.svg', '/v1/rooms', '/nothing', '/v1/rooms/nobody']) {
    const { headers } = await rawRequest(rig.port, `GET ${name}`);
    assert.equal(
      headers['content-security-policy'],
      "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:; " +
        "frame-ancestors 'self'; base-uri 'none'; object-src 'none'",
      name,
    );
    assert.equal(headers['x-content-type-options'], 'nosniff', name);
  }
});

test('what is not there is answered 404, and only GET is', async () => {
  buildPages();
  const missing = await rawRequest(rig.port, 'GET /nothing.js');
  assert.deepEqual([missing.status, codeOf(missing)], [404, 'MEKS_ROUTE_UNKNOWN']);
  for (const method of ['POST', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND']) {
    const answer = await rawRequest(rig.port, `${method} /desk/`);
    assert.deepEqual([answer.status, codeOf(answer)], [404, 'MEKS_ROUTE_UNKNOWN'], method);
  }
});
