import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Counters } from '../base/counters.ts';
import { readRecording } from '../feed/recording.ts';
import { packMessages } from '../protocol/packed-messages.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { quarantineCounterSpec } from './quarantine-counters.ts';
import type { QuarantineBatch } from './quarantine-messages.ts';
import { type QuarantineBounds, QuarantineStore } from './quarantine-store.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-quarantine-'));
after(() => rmSync(folder, { recursive: true }));

let folders = 0;
const fresh = (): string => path.join(folder, String(++folders));

/** Messages of numbers `from` to `to`, with their number as their bytes. */
function batch(from: number, to: number, life = 'one'): QuarantineBatch {
  const numbers = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const messages = numbers.map((number): RawMessage => {
    const payload = Buffer.from(`message ${number}`);
    return {
      method: 'WebcastGiftMessage',
      payload,
      msgId: `id-${number}`,
      receivedAt: 1_780_000_000_000,
      history: false,
    };
  });
  return {
    room: 'main',
    life,
    numbers,
    reasons: numbers.map((number) => (number % 2 === 0 ? 'malformed' : 'gift-missing')),
    details: numbers.map((number) => `"of" ${number}`),
    byteLengths: messages.map(({ payload }) => payload.length),
    kept: numbers.map(() => true),
    messages: packMessages(messages),
  };
}

async function opened(
  directory: string | null,
  bounds?: QuarantineBounds,
): Promise<{ store: QuarantineStore; counters: Counters<keyof typeof quarantineCounterSpec> }> {
  const counters = new Counters(quarantineCounterSpec);
  const store = new QuarantineStore(directory, counters, bounds);
  await store.open();
  return { store, counters };
}

const idsOf = (store: QuarantineStore): number[] =>
  store.list(Number.MAX_SAFE_INTEGER, 1_000).messages.map(({ id }) => id);

test('what was set aside is listed, found and comes back after a restart, with ids that go on', async () => {
  for (const directory of [fresh(), null]) {
    const first = await opened(directory);
    await first.store.add(batch(1, 5));
    assert.deepEqual(idsOf(first.store), [5, 4, 3, 2, 1]);
    const { store } = directory === null ? first : await opened(directory);
    const found = await store.find(3);
    assert.equal(Buffer.from(found!.raw.payload).toString(), 'message 3');
    assert.deepEqual([found!.facts.detail, found!.facts.reason, found!.raw.msgId], ['"of" 3', 'gift-missing', 'id-3']);
    assert.equal(await store.find(9), null);
    const list = store.list(4, 2);
    assert.deepEqual(
      list.messages.map(({ id }) => id),
      [3, 2],
    );
    assert.deepEqual([list.count, list.reasons], [5, { malformed: 2, 'gift-missing': 3 }]);
    await store.add(batch(1, 2, 'another life'));
    assert.deepEqual(idsOf(store).slice(0, 3), [7, 6, 5]);
  }
});

test('a thread that is started again keeps nothing twice, and counts what it could not keep', async () => {
  const directory = fresh();
  const first = await opened(directory);
  await first.store.add(batch(1, 4));
  const { store, counters } = await opened(directory);
  assert.deepEqual(store.readUpTo, { life: 'one', number: 4 });
  await store.add(batch(2, 6));
  assert.deepEqual(idsOf(store), [6, 5, 4, 3, 2, 1]);
  await store.add(batch(10, 10));
  assert.deepEqual([counters.get('missed'), counters.get('written')], [3, 3]);
});

test('its files are recordings', async () => {
  const directory = fresh();
  const { store } = await opened(directory);
  await store.add(batch(1, 3));
  const read: string[] = [];
  for (const name of readdirSync(directory))
    for await (const item of readRecording(path.join(directory, name)))
      if (item.kind === 'message') read.push(Buffer.from(item.raw.payload).toString());
  assert.deepEqual(read, ['message 1', 'message 2', 'message 3']);
});

test('the oldest file makes room for newer messages, by count and by bytes, and is counted', async () => {
  for (const bounds of [
    { entriesMax: 10, bytesMax: 1e9, fileBytesMax: 1_000 },
    { entriesMax: 1e9, bytesMax: 3_500, fileBytesMax: 1_000 },
  ]) {
    for (const directory of [fresh(), null]) {
      const { store, counters } = await opened(directory, bounds);
      for (let from = 1; from <= 40; from += 5) await store.add(batch(from, from + 4));
      const ids = idsOf(store);
      const { count, dropped, bytes } = store.list(1e9, 0);
      assert.equal(count + dropped, 40);
      assert.equal(counters.get('dropped'), dropped);
      assert.ok(count <= bounds.entriesMax && bytes <= bounds.bytesMax && count >= 5, `${count}`);
      assert.deepEqual(
        ids,
        Array.from({ length: count }, (_, index) => 40 - index),
        'the newest ones are there',
      );
      if (directory === null) continue;
      const again = await opened(directory, bounds);
      assert.deepEqual(idsOf(again.store), ids);
      assert.equal(again.store.list(1e9, 0).dropped, dropped);
    }
  }
});

test('what was understood since is listed no more, also after a restart, and is not run again', async () => {
  const directory = fresh();
  const { store } = await opened(directory);
  await store.add(batch(1, 6));
  await store.resolve([2, 5]);
  for (const one of [store, (await opened(directory)).store]) {
    assert.deepEqual(idsOf(one), [6, 4, 3, 1]);
    assert.equal(one.list(1e9, 0).resolved, 2);
    const run = async (ids: readonly number[] | null, from: number, max: number): Promise<number[]> =>
      (await one.messages(ids, from, max)).map(({ facts }) => facts.id);
    assert.deepEqual(await run(null, 0, 3), [1, 3, 4]);
    assert.deepEqual(await run(null, 4, 3), [6]);
    assert.deepEqual(await run([6, 2, 3], 0, 9), [3, 6]);
  }
});

test('a line that a crash has torn is passed over, and not written on', async () => {
  const directory = fresh();
  const first = await opened(directory);
  await first.store.add(batch(1, 2));
  const [name] = readdirSync(directory);
  appendFileSync(path.join(directory, name!), readFileSync(path.join(directory, name!), 'utf8').slice(0, 60));
  const { store } = await opened(directory);
  await store.add(batch(3, 4));
  assert.deepEqual(idsOf((await opened(directory)).store), [4, 3, 2, 1]);
});

test('a disk that refuses costs a count, and the messages are kept in memory', async () => {
  const directory = fresh();
  // Where its folder should be, there is a file.
  writeFileSync(directory, '');
  const counters = new Counters(quarantineCounterSpec);
  const store = new QuarantineStore(directory, counters);
  await store.add(batch(1, 4));
  assert.equal(counters.get('failures'), 1);
  assert.deepEqual(idsOf(store), [4, 3, 2, 1]);
  assert.equal(Buffer.from((await store.find(2))!.raw.payload).toString(), 'message 2');
  rmSync(directory);
  await store.add(batch(5, 6));
  assert.deepEqual(idsOf(store), [6, 5, 4, 3, 2, 1], 'when it takes again, it is written again');
  assert.equal(readdirSync(directory).length, 1);
});

test('a file that cannot be read costs what is in it alone, and no id is given twice', async () => {
  const directory = fresh();
  const small = { entriesMax: 100, bytesMax: 1_000_000, fileBytesMax: 1000 };
  const counters = new Counters(quarantineCounterSpec);
  const first = new QuarantineStore(directory, counters, small);
  await first.open();
  for (let number = 1; number <= 20; number++) await first.add(batch(number, number));
  const names = readdirSync(directory).sort();
  assert.ok(names.length > 3);
  for (const broken of [names[0]!, names[2]!, names.at(-1)!]) {
    const file = path.join(directory, broken);
    const content = readFileSync(file);
    const next = names[names.indexOf(broken) + 1];
    const lost = (next === undefined ? 21 : Number.parseInt(next, 10)) - Number.parseInt(broken, 10);
    // Reading a folder fails for everybody.
    rmSync(file);
    mkdirSync(file);
    const store = new QuarantineStore(directory, counters, small);
    await store.open();
    assert.equal(store.list(1_000, 100).count, 20 - lost, broken);
    assert.equal((await store.messages(null, 0, 100)).length, 20 - lost, broken);
    await store.add(batch(1, 1, broken));
    const [newest] = store.list(100_000, 1).messages;
    assert.ok(newest!.id > 20, `${newest!.id}`);
    assert.deepEqual((await store.find(newest!.id))!.facts, newest);
    rmSync(path.join(directory, `${String(newest!.id).padStart(12, '0')}.ndjson`));
    rmSync(file, { recursive: true });
    writeFileSync(file, content);
  }
});

test('a message whose file is gone is not there any more, and keeps nobody from the others', async () => {
  const directory = fresh();
  const store = new QuarantineStore(directory, new Counters(quarantineCounterSpec), {
    entriesMax: 100,
    bytesMax: 1_000_000,
    fileBytesMax: 1000,
  });
  for (let number = 1; number <= 20; number++) await store.add(batch(number, number));
  const [first, second] = readdirSync(directory).sort();
  rmSync(path.join(directory, first!));
  assert.equal(await store.find(1), null);
  const left = 21 - Number.parseInt(second!, 10);
  assert.equal((await store.messages(null, 0, 100)).length, left);
});

test('what was understood is that also where the disk does not take it, and is written with the next', async () => {
  const directory = fresh();
  const counters = new Counters(quarantineCounterSpec);
  const store = new QuarantineStore(directory, counters);
  await store.add(batch(1, 10));
  const inTheWay = path.join(directory, 'resolved.json.new');
  mkdirSync(inTheWay);
  await store.resolve([2]);
  assert.deepEqual([store.list(100, 100).count, counters.get('failures')], [9, 1]);
  rmSync(inTheWay, { recursive: true });
  await store.resolve([3]);
  const next = new QuarantineStore(directory, counters);
  await next.open();
  assert.equal(next.list(100, 100).count, 8);
});
