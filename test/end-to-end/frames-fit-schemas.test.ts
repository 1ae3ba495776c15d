import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverFrame, snapshotFrame } from '../../src/gateway/cold/schemas/frames.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';
import { WireClient } from '../support/websocket-wire.ts';

// The documents show the schemas; here real frames are held to them. Fields that a schema does not know would be left
// out by it, so that what comes out of it must equal what went in.

test('what a broker sends is what its documents say, field by field', async () => {
  const broker = await ServeProcess.start('--demo', '--seed', '7');
  try {
    const room = await firstRoom(broker.port);
    const client = await WireClient.open(broker.port, `/v1/rooms/${room}/stream`);
    await until('some frames came', () => client.messages().length > 60, 60_000);
    const frames = client.messages();
    client.close();
    for (const frame of frames) assert.deepEqual(serverFrame.parse(frame), frame);
    const kinds = new Set(frames.map((frame) => frame['kind']));
    for (const kind of ['hello', 'snapshot', 'gift']) assert.ok(kinds.has(kind), kind);
    const snapshot = await broker.json(`/v1/rooms/${room}/snapshot`);
    assert.deepEqual(snapshotFrame.parse(snapshot), snapshot);
  } finally {
    await broker.stop();
  }
});

/** Id of the first room: asked for again until the thread that answers HTTP has loaded. */
async function firstRoom(port: number): Promise<string> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const response = await fetch(`http://127.0.0.1:${port}/v1/rooms`);
    if (response.ok) return ((await response.json()) as { rooms: { id: string }[] }).rooms[0]!.id;
    await response.body?.cancel();
    await sleep(50);
  }
  throw new Error('no room was listed within ten seconds');
}
