import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeksEvent } from '../../protocol/events.ts';
import { describeEvent } from './describe.ts';
import { parseHandWritten } from './hand-written.ts';

function event(value: Record<string, unknown>): MeksEvent {
  const parsed = parseHandWritten(value);
  assert.ok(parsed.kind === 'event', parsed.kind === 'malformed' ? parsed.reason : '');
  return parsed.event;
}

const described = (value: Record<string, unknown>): string => describeEvent(event(value));

test('an event is told in plain words, with what matters of its kind', () => {
  const cases: [Record<string, unknown>, string][] = [
    [{ kind: 'gift', user: 'alice', gift: 'Rose', count: 5 }, '@alice gives 5 x Rose: +5'],
    [{ kind: 'battle', change: 'state', battleId: '7', phase: 'open' }, '7 open (duel)'],
    [{ kind: 'battle', change: 'item', battleId: '7', item: 'mist' }, '7 mist for 30 s, x1'],
    [{ kind: 'battle', change: 'task', battleId: '7', step: 'start' }, '7 speed challenge: start, unknown, 0'],
    [{ kind: 'score', sides: [{ id: '1', value: 1500 }] }, 'points: 1 1,500 (gift)'],
    [{ kind: 'rank', list: 'hourly', rank: 3 }, 'hourly: place 3'],
    [{ kind: 'rank', list: 'viewer', rank: 0, userId: '9' }, 'viewer of #9: not placed'],
    [{ kind: 'viewers', current: 12, total: 3000 }, '12 watching, 3,000 so far'],
    [{ kind: 'like', user: 'alice', count: 15, total: 99 }, '@alice likes 15 times, 99 in all'],
    [{ kind: 'follow', user: 'alice' }, '@alice follows'],
    [{ kind: 'share', user: 'alice' }, '@alice shares the LIVE'],
    [{ kind: 'join', user: 'alice' }, '@alice joins'],
    [{ kind: 'chat', user: { id: '9' }, text: 'hi' }, '#9: hi'],
    [{ kind: 'room', topic: 'goal', text: 'Roses', value: 5, target: 10 }, 'goal Roses 5 of 10'],
    [
      { kind: 'correction', action: 'void', user: 'alice', diamonds: 5, reason: 'test' },
      'void 5 diamonds, @alice: test',
    ],
    [{ kind: 'gap', reason: 'overload', missed: 3 }, 'overload, 3 messages missing, 0 ms'],
  ];
  for (const [value, words] of cases) assert.equal(described(value), words);
});

test('the steps of a streak say what it has come to, and its end that it is settled', () => {
  const streak = { group: '5', total: 12, open: true };
  const gift = { kind: 'gift', user: 'alice', gift: 'Rose', streak };
  assert.equal(described({ ...gift, count: 2 }), '@alice gives 2 x Rose (streak 12): +2');
  assert.equal(
    described({ ...gift, count: 0, streak: { ...streak, open: false } }),
    '@alice ends a streak of Rose (streak 12, settled): +0',
  );
});

test('what the ranking has filled in is told too: rank, total, and the side of a battle', () => {
  const gift = event({ kind: 'gift', user: 'alice', gift: 'Rose' });
  assert.ok(gift.kind === 'gift');
  gift.standing = { diamonds: 1200, rank: 3, gifters: 40 };
  gift.battle = { battleId: '7', side: 0, sideDiamonds: 5000, diamonds: 1, rank: 1 };
  assert.equal(describeEvent(gift), '@alice gives 1 x Rose: +1, now 1,200, rank 3/40, side 0 has 5,000');
});

test('names and texts of strangers print as one harmless line', () => {
  const user = { id: '1', handle: '\u001b[2Jevil\n', name: '\u202e' };
  const lines = [
    described({ kind: 'chat', user, text: 'a\nb\u001b]0;title\u0007' }),
    described({ kind: 'gift', user, gift: { name: 'Ro\u0000se' } }),
    described({ kind: 'room', topic: 'goal', user, text: '\r\n' }),
  ];
  for (const line of lines) assert.doesNotMatch(line, /[\p{Cc}\p{Cf}]/u);
});
