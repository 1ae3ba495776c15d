import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { WebSocket } from 'ws';
import { ServeProcess } from '../support/serve-process.ts';

// A page that does not come from the broker, such as somebody's own overlay: allowed by its origin, to read.

const overlay = 'http://localhost:5173';
const brokers: ServeProcess[] = [];
after(() => Promise.all(brokers.map((broker) => broker.stop())));

async function serve(...flags: string[]): Promise<ServeProcess> {
  const broker = await ServeProcess.start('--demo', '--seed', '7', '--allow-origin', overlay, 'null', ...flags);
  brokers.push(broker);
  return broker;
}

/** What becomes of a stream that a page of `origin` opens: the first frame's kind, or the status. */
async function opened({ port }: ServeProcess, origin: string): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/rooms/demo/stream`, ['meks.v1'], { origin });
  const outcome = await new Promise<string>((resolve) => {
    socket.once('message', (data: Buffer) => resolve((JSON.parse(data.toString()) as { kind: string }).kind));
    socket.once('error', (error) => resolve(error.message));
  });
  socket.terminate();
  return outcome;
}

test('a page of an allowed origin follows a room, and one of another is refused', async () => {
  const broker = await serve();
  const outcomes = [opened(broker, overlay), opened(broker, 'null'), opened(broker, 'http://localhost:5174')];
  assert.deepEqual(await Promise.all(outcomes), ['hello', 'hello', 'Unexpected server response: 403']);
});

test('with senders it is the same', async () => {
  const broker = await serve('--senders', '1');
  const outcomes = [opened(broker, overlay), opened(broker, 'http://localhost:5174')];
  assert.deepEqual(await Promise.all(outcomes), ['hello', 'Unexpected server response: 403']);
});

test('a page of an allowed origin reads answers, and changes nothing where everybody here may', async () => {
  const { port } = await serve();
  const url = `http://127.0.0.1:${port}/v1/rooms`;
  const headers = { origin: overlay };
  const answer = await fetch(url, { headers });
  assert.deepEqual([answer.status, answer.headers.get('access-control-allow-origin')], [200, overlay]);
  await answer.text();
  const retry = async (origin: Record<string, string>): Promise<number> => {
    const response = await fetch(`${url}/demo/quarantine/retry`, { method: 'POST', headers: origin });
    await response.text();
    return response.status;
  };
  assert.equal(await retry(headers), 401);
  assert.notEqual(await retry({}), 401);
});
