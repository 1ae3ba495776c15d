import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openRig, withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { codeOf, rawRequest, readAnswer } from '../../test/support/http-raw.ts';
import { RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';

/** Sends bytes and waits for the answer and the end of the connection. */
async function provoke(port: number, bytes: string): Promise<string> {
  const raw = await RawSocket.open(port);
  raw.send(bytes);
  const answer = await readAnswer(raw);
  await until('the connection is closed', () => raw.ended || raw.closed);
  raw.close();
  return `${answer.status} ${codeOf(answer)}`;
}

test('a port in use and an address that is not of this machine are told with a remedy', async () => {
  await withRig({}, async (rig) => {
    await assert.rejects(openRig({ port: rig.port }), (error: unknown) => {
      assert.ok(error instanceof MeksError);
      assert.equal(error.code, 'MEKS_PORT_IN_USE');
      assert.match(error.message, new RegExp(`port ${rig.port} on 127\\.0\\.0\\.1 is in use: stop`));
      return true;
    });
    await assert.rejects(openRig({ host: '203.0.113.1' }), { code: 'MEKS_HOST_UNAVAILABLE' });
  });
});

test('to listen on a network is worth a warning, to listen on this machine alone is not', async () => {
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (event: string) => void warnings.push(event), error: () => undefined };
  await withRig({ log }, async () => assert.deepEqual(warnings, []));
  await withRig({ log, host: '0.0.0.0' }, async () => assert.deepEqual(warnings, ['gateway.open-to-network']));
});

test('an address of IPv6 is written so that a browser understands it', async (context) => {
  try {
    await withRig({ host: '::1' }, async (rig) => assert.equal(rig.url, `http://[::1]:${rig.port}`));
  } catch (error) {
    if (!(error instanceof MeksError)) throw error;
    context.skip(`this machine has no IPv6: ${error.message}`);
  }
});

test('bytes that are no HTTP are answered with what they should have been, and the connection is closed', async () => {
  await withRig({}, async (rig) => {
    assert.equal(await provoke(rig.port, '\x16\x03\x01\x02\x00\x01\x00'), '400 MEKS_REQUEST_INVALID');
    assert.equal(await provoke(rig.port, 'GET / HTTP/1.1\r\nno colon\r\n\r\n'), '400 MEKS_REQUEST_INVALID');
    assert.equal(await provoke(rig.port, 'GET / HTTP/9.9\r\n\r\n'), '400 MEKS_REQUEST_INVALID');
    assert.equal(rig.gateway.counters.get('notHttp'), 3);
  });
});

test('a connection that breaks is not counted as one that spoke no HTTP', async () => {
  await withRig({}, async (rig) => {
    for (const bytes of ['', 'GET / HT', request(rig.port, 'GET /v1/rooms/main/events')]) {
      const raw = await RawSocket.open(rig.port);
      raw.send(bytes);
      await rawRequest(rig.port, 'GET /v1/rooms');
      raw.socket.resetAndDestroy();
    }
    await until('the stream is closed', () => rig.gateway.counters.get('connections') === 0);
    await rawRequest(rig.port, 'GET /v1/rooms');
    assert.equal(rig.gateway.counters.get('notHttp'), 0);
  });
});

test('what is no HTTP behind a request closes the connection, and nothing is written into the answer under way', async () => {
  await withRig({}, async (rig) => {
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, 'GET /v1/rooms/main/events'));
    await until('the stream has begun', () => raw.text.includes('"kind":"hello"'));
    raw.take();
    raw.send('no HTTP\r\n\r\n');
    await until('the connection is closed', () => raw.closed);
    assert.equal(raw.text, '');
    assert.equal(rig.gateway.counters.get('notHttp'), 1);
    await assertSums(rig.gateway);
  });
});

test('headers above the limit are answered 431', async () => {
  await withRig({}, async (rig) => {
    const long = 'x'.repeat(limits.httpHeaderBytesMax.value);
    assert.equal(
      await provoke(rig.port, `GET / HTTP/1.1\r\nhost: a\r\nx: ${long}\r\n\r\n`),
      '431 MEKS_HEADERS_TOO_LARGE',
    );
  });
});

test('a head that comes too slowly, or not at all, is answered 408', async () => {
  await withRig({ limits: { httpHeaderMs: 100 } }, async (rig) => {
    const answers = await Promise.all(
      ['', 'GET / HT', 'GET / HTTP/1.1\r\nhost: a\r\n'].map((bytes) => provoke(rig.port, bytes)),
    );
    assert.deepEqual(answers, ['408 MEKS_REQUEST_SLOW', '408 MEKS_REQUEST_SLOW', '408 MEKS_REQUEST_SLOW']);
  });
});

test('a trickle of header bytes does not keep a connection open', async () => {
  await withRig({ limits: { httpHeaderMs: 100 } }, async (rig) => {
    const raw = await RawSocket.open(rig.port);
    raw.send('GET / HTTP/1.1\r\nhost: a\r\n');
    await until('it is cut off', () => {
      if (!raw.ended && !raw.closed) raw.send('x');
      return raw.ended || raw.closed;
    });
    assert.match(raw.text, /^HTTP\/1\.1 408 /);
    raw.close();
  });
});

test('foreign hosts and sites get no answer but the refusal', async () => {
  await withRig({}, async (rig) => {
    const foreignHost = await rawRequest(rig.port, 'GET /v1/rooms', { host: 'evil.example' });
    assert.deepEqual([foreignHost.status, codeOf(foreignHost)], [421, 'MEKS_HOST_REFUSED']);
    const foreignSite = await rawRequest(rig.port, 'GET /v1/rooms', { origin: 'http://evil.example' });
    assert.deepEqual([foreignSite.status, codeOf(foreignSite)], [403, 'MEKS_ORIGIN_REFUSED']);
    await assertSums(rig.gateway);
  });
});

test('without the cold thread HTTP is answered 503, and when to come back', async () => {
  await withRig({}, async (rig) => {
    const answer = await rawRequest(rig.port, 'GET /v1/rooms');
    assert.deepEqual(
      [answer.status, codeOf(answer), answer.headers['retry-after']],
      [503, 'MEKS_COLD_THREAD_DOWN', '1'],
    );
    assert.equal(rig.gateway.counters.get('requestsDown'), 1);
    await assertSums(rig.gateway);
  });
});

test('a connection that tries to upgrade to something else is answered as a plain request', async () => {
  await withRig({}, async (rig) => {
    const answer = await rawRequest(rig.port, 'GET /v1/rooms', { upgrade: 'h2c', connection: 'Upgrade' });
    assert.equal(codeOf(answer), 'MEKS_COLD_THREAD_DOWN');
  });
});
