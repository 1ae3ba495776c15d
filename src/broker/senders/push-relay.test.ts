import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PushAdmission } from '../../gateway/gateway.ts';
import type { PushAnswer } from '../../protocol/push.ts';
import { PushDesk, PushRelay } from './push-relay.ts';

const nothing = { messages: [], malformed: [], malformedCount: 0 };

test('a pusher that went before it was connected is forgotten, and its feed was never told of it', async () => {
  const told: string[] = [];
  const target = {
    admits: () => true,
    take: () => Promise.resolve<PushAnswer>({ kind: 'busy' }),
    connected: () => void told.push('connected'),
    disconnected: () => void told.push('disconnected'),
  };
  const admission: PushAdmission = { kind: 'admitted', room: 'main', target };
  const relay: PushRelay = new PushRelay((message) => desk.take(message));
  const desk = new PushDesk({ admit: () => Promise.resolve(admission) }, (message) => relay.take(message));
  const admitted = await relay.admit('main', 'secret');
  assert.ok(admitted.kind === 'admitted');
  assert.deepEqual(await admitted.target.take(nothing, true), { kind: 'busy' });
  admitted.target.gone!();
  assert.deepEqual(await admitted.target.take(nothing, true), { kind: 'stopped' });
  assert.deepEqual(told, []);
});
