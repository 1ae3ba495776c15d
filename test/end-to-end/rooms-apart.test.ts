import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { PushFrame } from '../../src/protocol/push.ts';
import { Dashboard } from '../support/dashboard.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// What rooms share, and what they do not: one connection upstream however many screens, and trouble in one room that
// costs the others nothing.

const token = 'the-push-token-of-this-test';

const chat = (id: string): object => ({ event: 'chat', id, data: { userId: '7', uniqueId: 'bo', comment: id } });

interface RoomFacts {
  readonly seq: number;
  readonly messages: Record<'offered' | 'accepted' | 'lost' | 'understood' | 'duplicates' | 'ignored', number> &
    Record<'quarantined' | 'unknown' | 'queued', number>;
}

/** A program that pushes `texts` as fast as it is let, and resolves when all are acknowledged. */
async function pushAll(port: number, room: string, texts: readonly string[]): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/rooms/${room}/push`, ['meks.push.v1', token]);
  let acks = 0;
  let next = 0;
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', (code) => reject(new Error(`closed with ${code}`)));
    socket.on('message', (data: Buffer) => {
      const frame: PushFrame = JSON.parse(data.toString());
      if (frame.kind === 'ack') acks++;
      while (next < texts.length && next - acks < 8) socket.send(texts[next++]!);
      if (acks === texts.length) resolve();
    });
  });
  socket.close(1000);
}

test('a flood in one room and a storm of rubbish in another cost the third nothing: all of it, in order, nobody lags', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-apart-'));
  const tokenFile = path.join(folder, 'token');
  writeFileSync(tokenFile, token);
  const rooms = ['flood', 'storm', 'calm'];
  const data = ['--data', path.join(folder, 'data')];
  const broker = await ServeProcess.start('--push', ...rooms, '--push-token-file', tokenFile, ...data);
  try {
    const screen = new Dashboard({ port: broker.port, room: 'calm', blind: true });
    await screen.until('it is there', ({ seq }) => seq >= 0);
    const from = screen.seq;
    const flood = Array.from({ length: 200 }, (_, push) =>
      Array.from({ length: 100 }, (_item, item) => JSON.stringify(chat(`f-${push}-${item}`))).join('\n'),
    );
    const rubbish = JSON.stringify({ method: 'WebcastGiftMessage', b64: Buffer.alloc(120, 0xff).toString('base64') });
    const storm = Array.from({ length: 100 }, () => Array.from({ length: 100 }, () => rubbish).join('\n'));
    const calm = Array.from({ length: 300 }, (_, push) => JSON.stringify(chat(`c-${push}`)));
    await Promise.all([
      pushAll(broker.port, 'flood', flood),
      pushAll(broker.port, 'storm', storm),
      pushAll(broker.port, 'calm', calm),
    ]);
    await screen.until('all came', ({ delivered }) => delivered >= calm.length);
    const { delivered, lagged, missed, lost, duplicated, disordered, seq } = screen;
    assert.deepEqual(
      { lagged, missed, lost, duplicated, disordered },
      {
        lagged: 0,
        missed: 0,
        lost: 0,
        duplicated: 0,
        disordered: 0,
      },
    );
    assert.equal(seq - from, delivered);
    const facts = async (room: string): Promise<RoomFacts> => (await broker.json(`/v1/rooms/${room}`)) as RoomFacts;
    const [flooded, stormy, calmly] = [await facts('flood'), await facts('storm'), await facts('calm')];
    for (const { messages } of [flooded, stormy, calmly]) {
      const { offered, accepted, lost: gone, understood, duplicates, ignored, quarantined, unknown, queued } = messages;
      assert.equal(offered, accepted + gone);
      assert.equal(accepted, understood + duplicates + ignored + quarantined + unknown + queued);
    }
    assert.deepEqual([flooded.messages.understood, flooded.messages.lost], [20_000, 0]);
    assert.deepEqual([stormy.messages.quarantined, stormy.messages.lost], [10_000, 0]);
    assert.deepEqual([calmly.messages.understood, calmly.messages.lost], [300, 0]);
    const kept = (await broker.json('/v1/rooms/storm/quarantine?limit=1')) as { count: number };
    const page = await (await fetch(`http://127.0.0.1:${broker.port}/metrics`)).text();
    const count = (name: string): number =>
      Number(new RegExp(`^meks_quarantine_${name}_total (\\d+)$`, 'm').exec(page)?.[1]);
    assert.equal(kept.count + count('dropped') + count('missed'), 10_000, 'what was not kept is counted');
    screen.close();
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true });
  }
});

test('a room has one connection upstream, however many screens watch it', async () => {
  const upstream = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(upstream, 'listening');
  let connections = 0;
  upstream.on('connection', () => connections++);
  const { port } = upstream.address() as AddressInfo;
  const broker = await ServeProcess.start('--tikfinity', `ws://127.0.0.1:${port}/`, '--no-journal');
  const screens = Array.from({ length: 25 }, () => new Dashboard({ port: broker.port, room: 'tikfinity' }));
  try {
    await Promise.all(screens.map((screen) => screen.until('it is there', ({ view }) => view !== null)));
    await until('upstream is connected', () => connections > 0);
    const comment = JSON.stringify({ event: 'chat', data: { userId: '7', msgId: '70', comment: 'hello' } });
    for (const client of upstream.clients) client.send(comment);
    // That somebody is live is the first thing that a room tells whose messages name no LIVE.
    await Promise.all(screens.map((screen) => screen.until('all see it', ({ delivered }) => delivered === 2)));
    assert.deepEqual([connections, upstream.clients.size], [1, 1]);
  } finally {
    for (const screen of screens) screen.close();
    await broker.stop();
    upstream.close();
  }
});
