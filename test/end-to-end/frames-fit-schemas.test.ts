import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { serverFrame, snapshotFrame } from '../../src/gateway/cold/schemas/frames.ts';
import { operatorLists } from '../../src/protocol/operator.ts';
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
    await doEverything(broker, room);
    await until('the last of them came', () => client.messages().some((frame) => frame['id'] === 'undo-rule'), 60_000);
    const frames = client.messages();
    client.close();
    for (const frame of frames) assert.deepEqual(serverFrame.parse(frame), frame);
    const kinds = new Set(frames.map((frame) => frame['kind']));
    for (const kind of ['hello', 'snapshot', 'gift', 'correction', 'operator']) assert.ok(kinds.has(kind), kind);
    const changed = new Set(frames.map((frame) => (frame['change'] as { list?: string } | undefined)?.list));
    for (const list of operatorLists) assert.ok(changed.has(list), list);
    const snapshot = await broker.json(`/v1/rooms/${room}/snapshot`);
    assert.deepEqual(snapshotFrame.parse(snapshot), snapshot);
  } finally {
    await broker.stop();
  }
});

/** One correction of every kind, one change of every list, and undos of both. */
async function doEverything(broker: ServeProcess, room: string): Promise<void> {
  const { view } = snapshotFrame.parse(await broker.json(`/v1/rooms/${room}/snapshot`));
  const [user, target] = view.board.map((row) => row.user.id);
  const gift = view.recentGifts.findLast((frame) => frame.kind === 'gift' && frame.diamonds > 0)!.id;
  const rule = { kind: 'value', threshold: 5, scope: 'always', cooldownSec: 0 };
  const stamp = (id: string): object => ({ id, by: 'Ann', reason: 'test' });
  const asked: [string, object][] = [
    ['corrections', { ...stamp('add-some-'), action: 'add', user, diamonds: 50 }],
    ['corrections', { ...stamp('move-some'), action: 'move', user, target, diamonds: 5, receiver: '77' }],
    ['corrections', { ...stamp('merge-all'), action: 'merge', user, target }],
    ['corrections', { ...stamp('void-gift'), action: 'void-gift', gift }],
    ['corrections/merge-all/undo', stamp('undo-merge')],
    ['operator', { ...stamp('pin-pin-pin'), set: { list: 'pin', user, on: true } }],
    ['operator', { ...stamp('thanks-all'), set: { list: 'thanked', user, on: true } }],
    ['operator', { ...stamp('noted-it'), set: { list: 'note', user, text: 'x', regular: true } }],
    ['operator', { ...stamp('mute-one'), set: { list: 'mute', user: target, on: true } }],
    ['operator', { ...stamp('mute-gift'), set: { list: 'mute-gift', gift: { id: '1', name: 'Rose' }, on: true } }],
    [
      'operator',
      { ...stamp('goal-goal'), set: { list: 'goal', key: 'g', goal: { label: 'G', measure: 'gifts', target: 9 } } },
    ],
    ['operator', { ...stamp('rule-rule'), set: { list: 'rule', key: 'r', rule } }],
    ['operator/undo', { ...stamp('undo-rule') }],
  ];
  for (const [path, body] of asked) {
    const response = await fetch(`http://127.0.0.1:${broker.port}/v1/rooms/${room}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(response.status, 200, `${JSON.stringify(body)}: ${await response.text()}`);
  }
}

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
