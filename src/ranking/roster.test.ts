import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { User } from '../protocol/events.ts';
import { seededRandom } from '../base/random.ts';
import { Roster } from './roster.ts';

function user(id: string, about = ''): User {
  return { id, handle: `handle${about}`, name: `Name ${about} ✨`, avatar: `https://p16.example/${id}/${about}.webp` };
}

function saved(roster: Roster): Buffer {
  const bytes = Buffer.alloc(roster.savedBytes());
  assert.equal(roster.save(bytes, 0), bytes.length);
  return bytes;
}

test('a user keeps the same number for ever, and the newest profile', () => {
  const roster = new Roster(10);
  assert.equal(roster.find('7'), -1);
  assert.equal(roster.put(user('7', 'old')), 0);
  assert.equal(roster.put(user('8')), 1);
  assert.equal(roster.put(user('7', 'new')), 0);
  assert.deepEqual(roster.user(0), user('7', 'new'));
  assert.deepEqual([roster.find('7'), roster.find('8'), roster.size], [0, 1, 2]);
});

test('ids of every length and script are told apart', () => {
  const roster = new Roster(20);
  const ids = ['', '1', '11', '111', '0111', '6812345678901234567', 'name with spaces', 'ユーザー', '\u0000'];
  for (const id of ids) roster.put(user(id));
  assert.deepEqual(
    ids.map((id) => roster.find(id)),
    ids.map((_, index) => index),
  );
  assert.deepEqual(
    ids.map((_, index) => roster.user(index).id),
    ids,
  );
});

test('a profile that does not change takes no room', () => {
  const roster = new Roster(2_000);
  for (let id = 0; id < 1_000; id++) roster.put(user(String(id)));
  const held = roster.heldBytes;
  for (let round = 0; round < 20; round++) for (let id = 0; id < 1_000; id++) roster.put(user(String(id)));
  assert.equal(roster.heldBytes, held);
});

test('profiles in every script are recognised, and every change is', () => {
  const texts = [
    '',
    'a',
    'ab',
    'é',
    'éa',
    'ñandú',
    '名前',
    '名',
    'ﷺ',
    '😀',
    '😀x',
    '👩‍👩‍👧',
    '\ud83d',
    '\ude00',
    'x\ud83dy',
    '\uffff',
    '\u0800',
    '߿',
  ];
  for (const name of texts) {
    for (const other of texts) {
      const roster = new Roster(2);
      const about = { id: '1', handle: other, avatar: name };
      roster.put({ ...about, name });
      const before = saved(roster);
      roster.put({ ...about, name });
      assert.deepEqual(saved(roster), before);
      roster.put({ ...about, name: other });
      assert.equal(roster.user(0).name, other.toWellFormed(), `${name} became ${other}`);
      roster.put({ ...about, name, handle: name });
      assert.deepEqual(roster.user(0), {
        id: '1',
        name: name.toWellFormed(),
        handle: name.toWellFormed(),
        avatar: name.toWellFormed(),
      });
    }
  }
});

test('a profile that is known is not written again', () => {
  const roster = new Roster(1);
  // Fills blocks if it writes: 400 bytes a time.
  const same = { ...user('1', '😀'), avatar: 'é'.repeat(150) };
  for (let time = 0; time < 1_000; time++) roster.put(structuredClone(same));
  assert.equal(roster.heldBytes, 65_536);
});

test('profiles that change all the time stay right in bounded room, and survive saving', () => {
  const random = seededRandom(11);
  const roster = new Roster(5_000);
  const model = new Map<string, User>();
  for (let step = 0; step < 120_000; step++) {
    const id = String(Math.floor(5_000 * random.next() ** 2));
    const next = user(id, 'x'.repeat(random.int(120)));
    assert.equal(roster.find(id) >= 0, model.has(id));
    roster.put(next);
    model.set(id, next);
  }
  const live = roster.savedBytes();
  assert.ok(roster.heldBytes < 2 * live + 4 * 65_536, `${roster.heldBytes} bytes held for ${live}`);
  for (const [id, expected] of model) assert.deepEqual(roster.user(roster.find(id)), expected);

  const bytes = saved(roster);
  const loaded = new Roster(5_000);
  assert.ok(loaded.load(bytes, 0, bytes.length));
  assert.deepEqual(saved(loaded), bytes);
  for (const [id, expected] of model) assert.deepEqual(loaded.user(loaded.find(id)), expected);
});

test('a full roster says so', () => {
  const roster = new Roster(2);
  roster.put(user('1'));
  assert.equal(roster.full, false);
  roster.put(user('2'));
  assert.equal(roster.full, true);
  assert.equal(roster.put(user('1', 'again')), 0, 'who is known may still change');
  assert.throws(() => roster.put(user('3')), /full/);
});

test('a profile of absurd length is refused before anything is written', () => {
  const roster = new Roster(2);
  assert.throws(() => roster.put({ ...user('1'), name: 'x'.repeat(6_000) }), /userCharsMax/);
  assert.equal(roster.size, 0);
});

test('bytes that no roster wrote are not loaded', () => {
  const roster = new Roster(10);
  roster.put(user('1'));
  roster.put(user('2'));
  const bytes = saved(roster);
  assert.equal(new Roster(1).load(bytes, 0, bytes.length), false, 'too many');
  for (let end = 1; end < bytes.length; end++) {
    if (end !== bytes.length / 2) assert.equal(new Roster(10).load(bytes, 0, end), false, `torn at ${end}`);
  }
  const twice = Buffer.concat([bytes.subarray(0, bytes.length / 2), bytes.subarray(0, bytes.length / 2)]);
  assert.equal(new Roster(10).load(twice, 0, twice.length), false, 'the same user twice');
});
