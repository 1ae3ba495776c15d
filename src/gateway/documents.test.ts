import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { openRig } from '../../test/support/gateway-rig.ts';
import { rawRequest } from '../../test/support/http-raw.ts';
import { closeReasons } from '../protocol/close-codes.ts';
import { eventKinds } from '../protocol/events.ts';
import { eventFrame } from './cold/schemas/frames.ts';

type Json = Record<string, unknown>;

const rig = await openRig({ cold: true });
after(async () => await rig.close());

async function document(path: string): Promise<Json> {
  const answer = await rawRequest(rig.port, `GET ${path}`);
  assert.equal(answer.status, 200);
  return JSON.parse(answer.body.toString()) as Json;
}

/** Every `$ref` in `value`. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (name === '$ref' ? [String(inner)] : references(inner)));
}

function resolve(root: Json, reference: string): unknown {
  const steps = reference.replace(/^#\//, '').split('/');
  return steps.reduce<unknown>((value, step) => (value as Json | undefined)?.[step], root);
}

test('every reference in the documents leads somewhere', async () => {
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const root = await document(path);
    const all = references(root);
    assert.ok(all.length > 20, path);
    for (const reference of all) assert.ok(resolve(root, reference) !== undefined, `${path}: ${reference}`);
  }
});

test('every address in the OpenAPI document is answered', async () => {
  const { paths } = await document('/openapi.json');
  const all = Object.entries(paths as Record<string, Json>);
  const addresses = all.flatMap(([address, operations]) => (operations['get'] === undefined ? [] : [address]));
  assert.ok(addresses.includes('/v1/rooms/{room}/snapshot'));
  const names: Record<string, string> = {
    room: 'main',
    scope: 'session',
    session: '1',
    table: 'gifters',
    message: '1',
  };
  for (const address of addresses) {
    const path = address.replaceAll(/\{(\w+)\}/g, (_all, name: string) => names[name] ?? 'x');
    const answer = await rawRequest(rig.port, `GET ${path}`);
    // This broker keeps no log: what is about the past says so.
    const past = answer.status === 404 && answer.body.includes('MEKS_HISTORY_OFF');
    // Nor does it take commands, as which the ledger is asked for.
    const command = answer.status === 500 && answer.body.includes('takes no commands');
    assert.ok(answer.status === 200 || past || command, `${address}: ${answer.status}`);
  }
});

test('the AsyncAPI document has a message for every kind of event, and every close code', async () => {
  const root = await document('/asyncapi.json');
  const { channels, components } = root as { channels: Record<string, Json>; components: { messages: Json } };
  assert.equal(Object.keys(components.messages).length, eventFrame.options.length + 7);
  const listed = channels['stream']?.['x-close-codes'] as readonly { readonly code: number }[];
  const codes = listed.map(({ code }) => code);
  assert.deepEqual(
    codes,
    Object.values(closeReasons).map(({ code }) => code),
  );
});

test('the schemas know every kind of event that there is', () => {
  const kinds = new Set(eventFrame.options.map((option) => option.shape.kind.value));
  assert.deepEqual([...kinds].toSorted(), [...eventKinds].toSorted());
});

test('every event may say that it was run again later, in the documents as on the wire', async () => {
  const { components } = (await document('/asyncapi.json')) as { components: { schemas: Record<string, Json> } };
  const silent = eventFrame.options.filter(({ shape }) => !('late' in shape));
  assert.deepEqual(silent, []);
  assert.ok('late' in (components.schemas['ScoreFrame']!['properties'] as Json));
});
