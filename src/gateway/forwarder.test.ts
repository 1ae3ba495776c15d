import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Rig, withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { codeOf, readAnswer } from '../../test/support/http-raw.ts';
import { RawSocket, request } from '../../test/support/raw-socket.ts';
import { until } from '../../test/support/until.ts';
import { systemClock, type Clock, type Timer } from '../base/clock.ts';
import { limits } from '../protocol/limits.ts';
import type { ToCold, ToHot } from './bridge.ts';

// The hot side against a cold side made by hand.

class FakeCold {
  readonly heard: ToCold[] = [];
  readonly #port: MessagePort;
  readonly #rig: Rig;

  constructor(rig: Rig) {
    const { port1, port2 } = new MessageChannel();
    this.#rig = rig;
    this.#port = port2;
    port2.on('message', (message: ToCold) => this.heard.push(message));
    rig.gateway.coldUser.started(port1);
    // A test that fails must not keep its process alive.
    port1.unref();
    port2.unref();
  }

  of<Kind extends ToCold['kind']>(kind: Kind): Extract<ToCold, { kind: Kind }>[] {
    return this.heard.filter((message): message is Extract<ToCold, { kind: Kind }> => message.kind === kind);
  }

  async requests(count: number): Promise<Extract<ToCold, { kind: 'request' }>[]> {
    await until(`${count} requests arrive`, () => this.of('request').length >= count);
    return this.of('request');
  }

  send(message: ToHot): void {
    this.#port.postMessage(message);
  }

  /** Answers a request with a whole body. */
  answer(id: number, body: string): void {
    const bytes = Buffer.from(body);
    this.send({
      kind: 'head',
      id,
      status: 200,
      headers: { 'content-length': String(bytes.length) },
      bytes,
      last: true,
    });
  }

  die(): void {
    this.#port.close();
    this.#rig.gateway.coldUser.stopped();
  }
}

/** A machine's clock whose long waits are over when the test says so. */
class HurriedClock implements Clock {
  aheadMs = 0;
  wallMs = (): number => systemClock.wallMs();
  nowMs = (): number => systemClock.nowMs() + this.aheadMs;
  soon = (run: () => void): void => systemClock.soon(run);
  after = (delayMs: number, run: () => void): Timer => systemClock.after(Math.min(delayMs, 20), run);
}

async function ask(rig: Rig, line: string, headers: Record<string, string> = {}): Promise<RawSocket> {
  const raw = await RawSocket.open(rig.port);
  raw.send(request(rig.port, line, headers));
  return raw;
}

test('a request arrives as it is, and the answer goes back as it comes', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'GET /a?b=c%20d', { 'x-test': 'one' });
    const [message] = await cold.requests(1);
    assert.deepEqual(
      [message?.method, message?.url, message?.headers['x-test'], message?.remoteAddress, message?.hasBody],
      ['GET', '/a?b=c%20d', 'one', '127.0.0.1', false],
    );
    const headers = { 'set-cookie': ['a=1', 'b=2'], 'content-length': '5' };
    cold.send({ kind: 'head', id: message!.id, status: 201, headers, bytes: Buffer.from('hello'), last: true });
    const answer = await readAnswer(raw);
    assert.deepEqual([answer.status, answer.body.toString()], [201, 'hello']);
    raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('pipelined requests are answered in their order, whatever the order of the answers', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await RawSocket.open(rig.port);
    raw.send(['/1', '/2', '/3'].map((path) => request(rig.port, `GET ${path}`)).join(''));
    const messages = await cold.requests(3);
    for (const { id, url } of messages.toReversed()) cold.answer(id, url);
    const bodies = [await readAnswer(raw), await readAnswer(raw), await readAnswer(raw)].map(({ body }) =>
      body.toString(),
    );
    assert.deepEqual(bodies, ['/1', '/2', '/3']);
    raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('too many pipelined requests close the connection, and all of them are accounted for', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await RawSocket.open(rig.port);
    raw.send(request(rig.port, 'GET /').repeat(limits.httpPipelinedMax.value + 1));
    await until('it is closed', () => raw.closed);
    await until('the cold side is told', () => cold.of('abort').length === limits.httpPipelinedMax.value);
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('of a long answer one piece at a time is under way, at the speed of its reader', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'GET /');
    raw.socket.pause();
    const [message] = await cold.requests(1);
    const { id } = message!;
    const piece = Buffer.alloc(limits.httpChunkBytes.value, 'x');
    cold.send({ kind: 'head', id, status: 200, headers: {}, bytes: null, last: false });
    let sent = 0;
    let quiet = 0;
    // The kernel takes some megabytes; then the reader's pause reaches the cold side.
    await until('no more is asked for', () => {
      if (cold.of('more').length <= sent) return ++quiet > 50;
      quiet = 0;
      sent++;
      cold.send({ kind: 'piece', id, bytes: piece, last: false });
      return false;
    });
    raw.socket.resume();
    await until('more is asked for when it reads again', () => cold.of('more').length > sent);
    cold.send({ kind: 'piece', id, bytes: piece, last: true });
    await until('all has come', () => raw.text.endsWith('0\r\n\r\n'));
    assert.ok(raw.received.length > (sent + 1) * piece.length);
    raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('when the client is gone the cold side is told, and what it still sends goes nowhere', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'GET /');
    const [message] = await cold.requests(1);
    raw.close();
    await until('it is told', () => cold.of('abort').length === 1);
    cold.answer(message!.id, 'late');
    const second = await ask(rig, 'GET /');
    const [, next] = await cold.requests(2);
    cold.answer(next!.id, 'in time');
    assert.equal((await readAnswer(second)).body.toString(), 'in time');
    second.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('a body is passed on piece by piece, each when it is asked for', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const body = 'x'.repeat(200_000);
    const raw = await ask(rig, 'POST /', { 'content-length': String(body.length) });
    raw.send(body);
    const [message] = await cold.requests(1);
    const { id, hasBody } = message!;
    assert.equal(hasBody, true);
    assert.equal(cold.of('body').length, 0);
    for (let pulls = 1; cold.of('body').at(-1)?.bytes !== null; pulls++) {
      cold.send({ kind: 'pull', id });
      await until('the next piece comes', () => cold.of('body').length >= pulls);
    }
    const received = Buffer.concat(cold.of('body').flatMap(({ bytes }) => (bytes === null ? [] : [bytes])));
    assert.equal(received.toString(), body);
    cold.answer(id, 'thanks');
    assert.equal((await readAnswer(raw)).body.toString(), 'thanks');
    raw.close();
    cold.die();
  });
});

test('a client that leaves in the middle of its body takes nothing with it', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'POST /', { 'content-length': '1000' });
    raw.send('x'.repeat(10));
    const [message] = await cold.requests(1);
    cold.send({ kind: 'pull', id: message!.id });
    await until('the first piece comes', () => cold.of('body').length === 1);
    raw.socket.resetAndDestroy();
    await until('the cold side is told', () => cold.of('abort').length === 1);
    cold.send({ kind: 'pull', id: message!.id });
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('a body above the limit is answered 413, whether its length was told before or not', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const tooLong = limits.requestBytesMax.value + 1;
    const told = await ask(rig, 'POST /', { 'content-length': String(tooLong) });
    const toldAnswer = await readAnswer(told);
    assert.deepEqual([toldAnswer.status, codeOf(toldAnswer)], [413, 'MEKS_REQUEST_TOO_LARGE']);
    const chunked = await ask(rig, 'POST /', { 'transfer-encoding': 'chunked' });
    chunked.send(`${tooLong.toString(16)}\r\n${'x'.repeat(tooLong)}\r\n0\r\n\r\n`);
    const [message] = await cold.requests(1);
    await until('it was too much', () => {
      cold.send({ kind: 'pull', id: message!.id });
      return cold.of('abort').length > 0 && chunked.text.includes('\r\n\r\n');
    });
    assert.equal(codeOf(await readAnswer(chunked)), 'MEKS_REQUEST_TOO_LARGE');
    told.close();
    chunked.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('above the highest number of requests the next is answered 503', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const perConnection = limits.httpPipelinedMax.value;
    const requestsMax = limits.httpRequestsMax.value;
    const raws = await Promise.all(
      Array.from({ length: Math.ceil(requestsMax / perConnection) }, () => RawSocket.open(rig.port)),
    );
    for (const raw of raws) raw.send(request(rig.port, 'GET /').repeat(perConnection));
    await cold.requests(requestsMax);
    const more = await ask(rig, 'GET /');
    const answer = await readAnswer(more);
    assert.deepEqual([answer.status, codeOf(answer)], [503, 'MEKS_REQUESTS_FULL']);
    for (const raw of [...raws, more]) raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('when the cold thread dies, what has begun is cut off, and what has not is answered 503', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const [begun, waiting] = [await ask(rig, 'GET /begun'), await ask(rig, 'GET /waiting')];
    const messages = await cold.requests(2);
    const { id } = messages.find(({ url }) => url === '/begun')!;
    cold.send({ kind: 'head', id, status: 200, headers: {}, bytes: Buffer.from('half'), last: false });
    await until('half has come', () => begun.text.includes('half'));
    cold.die();
    assert.equal(codeOf(await readAnswer(waiting)), 'MEKS_COLD_THREAD_DOWN');
    await until('the other is cut off', () => begun.closed);
    assert.equal(rig.gateway.counters.get('requestsDown'), 2);
    waiting.close();
    await assertSums(rig.gateway);
  });
});

test('an answer that is complete reaches its slow reader, though the cold thread dies meanwhile', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'GET /long');
    raw.socket.pause();
    const [message] = await cold.requests(1);
    // More than the connection takes while nobody reads.
    const long = 'x'.repeat(16_000_000);
    cold.answer(message!.id, long);
    await until('it is with the connection', () => rig.gateway.counters.get('answerBytes') === long.length);
    cold.die();
    raw.socket.resume();
    assert.equal((await readAnswer(raw)).body.length, long.length);
    assert.equal(rig.gateway.counters.get('requestsDown'), 0);
    raw.close();
    await assertSums(rig.gateway);
  });
});

test('an answer that cannot be finished is told as a fault, or cut off where it had begun', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const [begun, waiting] = [await ask(rig, 'GET /begun'), await ask(rig, 'GET /waiting')];
    const messages = await cold.requests(2);
    for (const { id, url } of messages) {
      if (url === '/begun')
        cold.send({ kind: 'head', id, status: 200, headers: {}, bytes: Buffer.from('half'), last: false });
      cold.send({ kind: 'broken', id });
    }
    const answer = await readAnswer(waiting);
    assert.deepEqual([answer.status, codeOf(answer)], [500, 'MEKS_INTERNAL']);
    await until('the other is cut off', () => begun.closed);
    waiting.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('an answer that does not come in time is given up', async () => {
  const clock = new HurriedClock();
  await withRig({ clock }, async (rig) => {
    const cold = new FakeCold(rig);
    const raw = await ask(rig, 'GET /');
    await cold.requests(1);
    clock.aheadMs = limits.httpAnswerMs.value + 1;
    const answer = await readAnswer(raw);
    assert.deepEqual([answer.status, codeOf(answer)], [503, 'MEKS_ANSWER_LATE']);
    await until('the cold side is told', () => cold.of('abort').length === 1);
    assert.equal(rig.gateway.counters.get('requestsLate'), 1);
    raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('a crowd of answers in one turn is copied over several, and all of them arrive', async () => {
  await withRig({}, async (rig) => {
    const cold = new FakeCold(rig);
    const count = limits.httpPiecesPerTurnMax.value * 5;
    const raws = await Promise.all(Array.from({ length: count }, (_, index) => ask(rig, `GET /${index}`)));
    for (const { id, url } of await cold.requests(count)) cold.answer(id, url);
    const bodies = await Promise.all(raws.map(async (raw) => (await readAnswer(raw)).body.toString()));
    assert.deepEqual(
      bodies,
      Array.from({ length: count }, (_, index) => `/${index}`),
    );
    for (const raw of raws) raw.close();
    cold.die();
    await assertSums(rig.gateway);
  });
});

test('questions about rooms are answered at once', async () => {
  await withRig({ ready: () => false }, async (rig) => {
    const cold = new FakeCold(rig);
    cold.send({ kind: 'ask', ask: 1, question: { kind: 'health' } });
    cold.send({ kind: 'ask', ask: 2, question: { kind: 'room', room: '@creator' } });
    cold.send({ kind: 'ask', ask: 3, question: { kind: 'snapshot', room: 'nobody' } });
    await until('they are answered', () => cold.of('answer').length === 3);
    const [health, room, unknown] = cold.of('answer').map(({ answer }) => answer);
    const disks = [{ room: 'main', ...rig.room.disk }];
    assert.deepEqual(health, { kind: 'health', ready: false, rooms: 1, mismatched: [], disks });
    assert.deepEqual(room, { kind: 'room', room: rig.room.describe() });
    assert.deepEqual(unknown, { kind: 'unknown-room' });
    cold.die();
  });
});
