import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pseudonymise } from '../src/cli/replay/pseudonymise.ts';
import type { Outcome } from '../src/cli/playground/room-run.ts';
import { runOnce } from '../src/cli/playground/run.ts';
import { formatMessageLine, readRecording } from '../src/feed/recording.ts';
import { Pseudonyms } from '../src/feed/recording/pseudonyms.ts';
import { ScriptedWorld } from '../src/feed/scripted.ts';
import type { RoomView } from '../src/protocol/room-view.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { webcastCapture } from './support/captured-messages.ts';
import { capture, needsCapture } from './support/captures.ts';
import { fieldsOf } from './support/mutation.ts';
import type { WireField } from './support/mutation.ts';

// A recording that was pseudonymised tells the same evening about other people, and nothing of the real ones is in it.

const key = 'a key that only this test has';
const folder = mkdtempSync(join(tmpdir(), 'meks-pseudonyms-'));
after(() => rmSync(folder, { recursive: true }));

interface Run {
  readonly outcomes: Outcome[];
  readonly views: ReadonlyMap<string, RoomView>;
}

async function run(path: string): Promise<Run> {
  const outcomes: Outcome[] = [];
  const views = new Map<string, RoomView>();
  await runOnce({
    files: [path],
    printer: {
      outcome: (outcome) => void outcomes.push(outcome),
      settled: () => {},
      end: (rooms) => {
        for (const { id, view } of rooms) views.set(id, view);
      },
    },
    complain: (message) => assert.fail(message),
    progress: () => {},
  });
  return { outcomes, views };
}

const pseudonyms = new Pseudonyms(key);
const fieldsWithoutPeople = new Set(['at', 'list', 'phase', 'form', 'outcome', 'basis', 'cause', 'kind', 'group']);

/**
 * `value` with everybody in it renamed, and without pictures and words: what the pseudonymised recording should say.
 */
function renamed(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((one) => renamed(one, key));
  if (typeof value === 'object' && value !== null) {
    const isPerson = 'handle' in value;
    const entries = Object.entries(value).map(([name, one]) => [
      name,
      renamed(one, isPerson && name === 'id' ? 'userId' : name),
    ]);
    return Object.fromEntries(entries);
  }
  if (typeof value !== 'string' || fieldsWithoutPeople.has(key)) return value;
  if (key === 'handle') return pseudonyms.handle(value);
  if (key === 'avatar' || key === 'text') return '';
  // A person's id may be short; the teams of a battle have the numbers 1 and 2.
  if (['userId', 'receiver', 'anchorId'].includes(key)) return value.length === 1 ? value : pseudonyms.id(value);
  return value.replaceAll(/[0-9]{15,19}/g, (id) => pseudonyms.id(id));
}

/** Names are in users only; elsewhere they are of gifts. */
function withoutNames(value: unknown): unknown {
  const text = JSON.stringify(value, (name, one: unknown) => (['name', 'avatar', 'text'].includes(name) ? '' : one));
  // What was made of a message's bytes is made of others now.
  return JSON.parse(text.replaceAll(/-[0-9a-f]{16}"/g, '"'));
}

async function assertSameEvening(original: string, target: string): Promise<void> {
  const [before, after] = [await run(original), await run(target)];
  assert.equal(after.outcomes.length, before.outcomes.length);
  for (const [index, { method, result, published, notes }] of before.outcomes.entries()) {
    const now = after.outcomes[index]!;
    assert.deepEqual([now.method, now.result, now.notes], [method, result, notes], `message ${index}`);
    const events = published.map(({ event }) => event);
    const eventsNow = now.published.map(({ event }) => event);
    assert.deepEqual(withoutNames(eventsNow), withoutNames(renamed(events)), `message ${index}`);
  }
  let rows = 0;
  for (const [id, view] of before.views) {
    const known = id.startsWith('@') ? `@${pseudonyms.handle(id.slice(1))}` : pseudonyms.id(id);
    const now = after.views.get(known) ?? (before.views.size === 1 ? [...after.views.values()][0] : undefined);
    assert.ok(now !== undefined, 'every room is there');
    assert.deepEqual(withoutNames(now.board), withoutNames(renamed(view.board)));
    assert.deepEqual(withoutNames(now.battle), withoutNames(renamed(view.battle)));
    assert.deepEqual([now.session.diamonds, now.session.gifters], [view.session.diamonds, view.session.gifters]);
    rows += now.board.length;
  }
  assert.ok(rows > 10, `${rows} rows of boards were compared`);
}

async function rawsOf(path: string): Promise<RawMessage[]> {
  const raws: RawMessage[] = [];
  for await (const item of readRecording(path)) if (item.kind === 'message') raws.push(item.raw);
  return raws;
}

/** Every number of 15 digits or more in a message, whether it is a number or in a text. */
function longNumbers(payload: Uint8Array, found = new Set<string>()): Set<string> {
  for (const id of Buffer.from(payload)
    .toString('latin1')
    .match(/[0-9]{15,19}/g) ?? [])
    found.add(id);
  const walk = (fields: readonly WireField[]): void => {
    for (const { wire, value, parts } of fields) {
      if (wire === 0) {
        let number = 0n;
        for (const [index, byte] of value.entries()) number |= BigInt(byte & 127) << BigInt(7 * index);
        if (number >= 100_000_000_000_000n && number < 1n << 63n) found.add(String(number));
      }
      if (parts !== null) walk(parts);
    }
  };
  walk(fieldsOf(payload) ?? []);
  return found;
}

/** Handles and names as the normalizer reads them, and the hosts' that stand beside the messages. */
async function peopleOf(path: string): Promise<Set<string>> {
  const people = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('handle' in value && 'name' in value) for (const one of [value.handle, value.name]) people.add(String(one));
    for (const one of Object.values(value)) collect(one);
  };
  const { outcomes } = await run(path);
  for (const { published, place } of outcomes) {
    if (place.room.startsWith('@')) people.add(place.room.slice(1));
    for (const { event } of published) collect(event);
  }
  for await (const item of readRecording(path)) if (item.kind === 'message') people.add(item.origin.uniqueId);
  // Shorter ones are in any text, and cut ones in none.
  return new Set([...people].filter((one) => one.length >= 5 && !one.endsWith('…')));
}

async function assertNobodyIsLeft(original: string, target: string): Promise<void> {
  const [before, after] = [await rawsOf(original), await rawsOf(target)];
  const ids = new Set<string>();
  for (const { payload, msgId } of before) {
    longNumbers(payload, ids);
    if (msgId.length >= 15) ids.add(msgId);
  }
  assert.ok(ids.size > 500, `${ids.size} ids were looked for`);
  const left = after.flatMap(({ payload, msgId }) => [...longNumbers(payload), msgId]).filter((id) => ids.has(id));
  assert.deepEqual(left, []);
  const people = await peopleOf(original);
  assert.ok(people.size > 100, `${people.size} handles and names were looked for`);
  const lines: string[] = [];
  for await (const item of readRecording(target)) if (item.kind === 'message') lines.push(JSON.stringify(item.origin));
  const text = after.map(({ payload }) => Buffer.from(payload).toString('utf8')).join('\n') + lines.join('\n');
  assert.deepEqual(
    [...people].filter((one) => text.includes(one)),
    [],
  );
  assert.doesNotMatch(text, /https?:|\.(?:webp|jpeg|png)/, 'no address of a picture');
}

function scripted(seed: number, length: number): string {
  const world = new ScriptedWorld({
    seed,
    startAt: 1_777_000_000_000,
    profile: { firstBattleSec: 3, battleSec: 20, battleEverySec: 60, burstSec: 10, peakPerSec: 100 },
  });
  const path = join(folder, `scripted-${seed}.ndjson`);
  const lines = Array.from({ length }, () => formatMessageLine(world.next()!.raw));
  writeFileSync(path, lines.join(''));
  return path;
}

async function pseudonymised(path: string, words = 'replace'): Promise<string> {
  const target = mkdtempSync(join(folder, 'target-'));
  const out = join(target, 'recording');
  const { leftOut } = await pseudonymise(path, out, { key, words });
  assert.equal(leftOut, 0);
  return out;
}

for (const seed of [1, 2]) {
  test(`a scripted evening (seed ${seed}) without its people has the same boards, and nobody is left in it`, async () => {
    const original = scripted(seed, 3_000);
    const target = await pseudonymised(original);
    await assertSameEvening(original, target);
    await assertNobodyIsLeft(original, target);
  });
}

test('recorded evenings without their people have the same boards', needsCapture(webcastCapture), async () => {
  const original = capture(webcastCapture);
  await assertSameEvening(original, await pseudonymised(original));
});

test('nobody is left in recorded evenings without their people', needsCapture(webcastCapture), async () => {
  const original = capture(webcastCapture);
  await assertNobodyIsLeft(original, await pseudonymised(original));
});
