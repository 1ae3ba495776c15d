import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventKinds } from '../../protocol/events.ts';
import { parseHandWritten } from './hand-written.ts';

/** The least that somebody has to write for an event of each kind. */
const least: Record<string, Record<string, unknown>> = {
  gift: { user: 'alice', gift: 'Rose' },
  battle: { change: 'state', battleId: '7', phase: 'open' },
  score: { sides: [{ id: '1', value: 5 }] },
  rank: { list: 'hourly', rank: 3 },
  viewers: { current: 12 },
  like: { user: 'alice' },
  follow: { user: 'alice' },
  share: { user: 'alice' },
  join: { user: 'alice' },
  chat: { user: 'alice', text: 'hi' },
  room: { topic: 'live' },
  correction: { action: 'add', user: 'alice', diamonds: 5 },
  operator: { change: { list: 'mute-gift', key: '7', now: null } },
  gap: { reason: 'silence' },
};

function reasonFor(value: Record<string, unknown>): string {
  const parsed = parseHandWritten(value);
  return parsed.kind === 'malformed' ? parsed.reason : 'it was taken';
}

test('every kind of event can be written with little more than its kind', () => {
  for (const kind of eventKinds) {
    const parsed = parseHandWritten({ kind, ...least[kind] });
    assert.equal(parsed.kind, 'event', `${kind}: ${parsed.kind === 'malformed' ? parsed.reason : ''}`);
  }
});

test('a handle stands for a user, a name for a gift, and diamonds are count times price', () => {
  const parsed = parseHandWritten({ kind: 'gift', user: 'alice', gift: { name: 'Lion', price: 29_999 }, count: 2 });
  assert.deepEqual(parsed, {
    kind: 'event',
    event: {
      kind: 'gift',
      id: '',
      at: 0,
      user: { id: 'alice', handle: 'alice', name: 'alice', avatar: '' },
      gift: { id: '0', name: 'Lion', price: 29_999, type: 1 },
      count: 2,
      diamonds: 59_998,
      streak: null,
      receiver: '',
      multiplier: 1,
      standing: null,
      battle: null,
    },
  });
});

test('what is wrong is named with its place: an unknown kind, key, value or type', () => {
  assert.match(reasonFor({ kind: 'gft' }), /^kind "gft": use one of gift, battle, /);
  assert.match(reasonFor({ kind: 'gift', user: 'alice', gift: 'Rose', cuont: 5 }), /^gift has no "cuont"$/);
  assert.match(
    reasonFor({ kind: 'gift', gift: 7 }),
    /^user: give a handle in quotes, or .*; gift: give a name in quotes/,
  );
  assert.match(reasonFor({ kind: 'gift', user: 'alice', gift: 'Rose', count: -1 }), /^count: /);
  assert.match(reasonFor({ kind: 'gift', user: 'alice', gift: 'Rose', standing: { rank: 1 } }), /^standing: /);
  assert.match(reasonFor({ kind: 'room', topic: 'party' }), /^topic: .*"live"/);
  assert.match(reasonFor({ kind: 'score', sides: [{ id: '1' }] }), /^sides\.0\.value: /);
  assert.match(reasonFor({ kind: '__proto__' }), /^kind "__proto__"/);
});

test('what only some events of a kind have can be written as well, and stays away where it is not', () => {
  const side = { battleId: '7', sideId: '1' };
  const whole: Record<string, Record<string, unknown>> = {
    score: {
      startAt: 5,
      durationSec: 300,
      extraSec: 20,
      form: 'team',
      from: { room: 'b', complete: true },
      late: true,
    },
    correction: { action: 'attribute', side, fromSide: side, receiver: '9', gift: { id: '1', seq: 2 }, undoes: 'x' },
    operator: { undoes: 'x', dropped: ['y'] },
  };
  for (const [kind, fields] of Object.entries(whole)) {
    const parsed = parseHandWritten({ kind, ...least[kind], ...fields });
    assert.ok(parsed.kind === 'event', `${kind}: ${parsed.kind === 'malformed' ? parsed.reason : ''}`);
    assert.deepEqual({ ...parsed.event, ...fields }, parsed.event);
    const plain = parseHandWritten({ kind, ...least[kind] });
    assert.ok(plain.kind === 'event');
    assert.ok(!('late' in plain.event) && !('undoes' in plain.event) && !('startAt' in plain.event));
  }
});
