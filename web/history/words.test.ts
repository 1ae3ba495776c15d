import assert from 'node:assert/strict';
import test from 'node:test';
import {
  clockText,
  dayText,
  gapText,
  goesOn,
  lengthText,
  momentText,
  outcomeText,
  problemText,
  sideText,
  statusText,
} from './words.ts';

test('a time that nobody told is a dash', () => {
  assert.deepEqual([dayText(0), clockText(0), momentText(0), lengthText(0, 5)], ['—', '—', '—', '—']);
});

test('times are told on the clock of a zone, and a time alone says which', () => {
  const at = Date.UTC(2026, 0, 31, 20, 15);
  assert.equal(dayText(at, 'UTC'), 'Sat 31 Jan 2026');
  assert.equal(clockText(at, 'UTC'), '20:15');
  assert.match(momentText(at, 'UTC'), /^31 Jan 2026, 20:15 UTC$/);
});

test('lengths are told in the two units that matter', () => {
  assert.equal(lengthText(1_000, 46_000), '45 s');
  assert.equal(lengthText(1, 271_001), '4 min 31 s');
  assert.equal(lengthText(1, 3_900_001), '1 h 05 min');
  assert.equal(lengthText(5_000, 4_000), '—');
});

test('an absent result never reads as a win', () => {
  const side = { id: '71', hosts: [], points: 5, diamonds: null, winStreak: null } as const;
  const state = (outcome: 'win' | 'unknown', own: number): string =>
    outcomeText({ phase: 'settled', own, sides: [{ ...side, outcome }] });
  assert.equal(state('win', 0), 'Won');
  assert.equal(state('unknown', 0), 'Result not told');
  assert.equal(state('win', -1), 'Result not told', 'nobody knows which side is ours');
  assert.equal(outcomeText({ phase: 'running', own: 0, sides: [] }), 'Under way, or end not seen');
});

test('a session that was left alone did not end', () => {
  assert.equal(statusText({ status: 'unknown' }, false), 'End not seen');
  assert.equal(statusText({ status: 'ended' }, false), 'Ended');
});

test('a session goes on where its room is followed and upstream may have more of it; else its end was not seen', () => {
  const told = (status: string, source: string, id = 'a'): string =>
    statusText(
      { status },
      goesOn({ status, room: 'a' }, [
        { id: 'b', source: 'live' },
        { id, source },
      ]),
    );
  for (const source of ['live', 'silent', 'connecting']) assert.equal(told('live', source), 'Live now', source);
  assert.equal(told('paused', 'live'), 'Paused');
  for (const source of ['offline', 'ended', 'failed', '']) assert.equal(told('live', source), 'End not seen', source);
  assert.equal(told('paused', 'offline'), 'End not seen');
  assert.equal(told('live', 'live', 'c'), 'End not seen', 'the room is no longer followed');
  assert.equal(goesOn({ status: 'live', room: 'a' }, []), false);
  assert.deepEqual([told('ended', 'live'), told('unknown', 'live')], ['Ended', 'End not seen']);
});

test('a side without hosts has a name all the same', () => {
  assert.equal(sideText({ id: '7000001234', hosts: [] }), 'Side 1234');
});

test('a gap says what is known of it', () => {
  assert.equal(
    gapText({ reason: 'upstream-lost', lengthMs: 4_200, missed: 0 }),
    'TikTok’s stream was interrupted for 4.2 s, how much is not known.',
  );
  assert.equal(gapText({ reason: 'log', lengthMs: 0, missed: 3 }), 'The log has lost events here, 3 messages lost.');
});

test('what failed is told apart: not there, not yet, and no answer at all', () => {
  const codes = ['MEKS_HISTORY_UNKNOWN', 'MEKS_ROOM_UNKNOWN', 'MEKS_HISTORY_BUSY', 'MEKS_INTERNAL', '', 'constructor'];
  assert.deepEqual(
    codes.map((code) => problemText(code)),
    ['Not found', 'Not found', 'Not yet', 'No answer', 'No answer', 'No answer'],
  );
});
