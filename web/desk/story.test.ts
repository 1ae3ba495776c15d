import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { CorrectionEvent } from '../../src/protocol/corrections.ts';
import type { GapEvent, MeksEvent } from '../../src/protocol/events.ts';
import { eventKinds } from '../../src/protocol/events.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { applyEvent, emptyRoomView } from '../../src/protocol/room-view.ts';
import { LivelyRoom } from '../../test/support/lively-room.ts';
import { eventLine, noticeLine } from './story.ts';

const anna = { id: '7', handle: 'anna', name: 'Anna', avatar: '' };
const base = { id: 'x', at: 1_700_000_000_000 } as const;

function told(event: MeksEvent, view: RoomView = emptyRoomView({ id: '1', handle: 'a' })): string | undefined {
  applyEvent(view, 1, event);
  return eventLine(Object.assign({ seq: 1 }, event) as EventFrame, view)?.text;
}

test('what works is not worth a line; what limits the truth is', () => {
  assert.equal(noticeLine({ kind: 'snapshot', missed: 0, newEpoch: true, first: true }), null);
  assert.equal(noticeLine({ kind: 'lagged', missed: 7 }), null);
  assert.equal(
    noticeLine({ kind: 'snapshot', missed: 312, newEpoch: false, first: false })?.text,
    '312 events skipped, not listed here. Totals are right.',
  );
  assert.equal(
    noticeLine({ kind: 'snapshot', missed: 0, newEpoch: true, first: false })?.text,
    'The broker began a new count. Everything shown is from it.',
  );
  assert.equal(noticeLine({ kind: 'resumed', behind: 1 })?.text, 'Connected again. 1 event caught up, none missed.');
  assert.equal(noticeLine({ kind: 'stale' })?.tone, 'warn');
  assert.equal(noticeLine({ kind: 'lost', reason: 'no pong' })?.text, 'Connection lost: no pong.');
});

test('a gap says why, how long and how much, as far as that is known', () => {
  const gap = (overrides: Partial<GapEvent>): string | undefined =>
    told({ ...base, kind: 'gap', reason: 'upstream-lost', lengthMs: 0, missed: 0, ...overrides });
  assert.equal(gap({}), 'TikTok’s stream was interrupted. Something may be missing.');
  assert.equal(
    gap({ reason: 'overload', lengthMs: 12_000, missed: 40 }),
    'The broker was overloaded for 12 s. 40 messages lost.',
  );
});

test('a correction says what it really moved, by whom and why', () => {
  const correction: CorrectionEvent = {
    ...base,
    kind: 'correction',
    action: 'void',
    user: anna,
    target: null,
    diamonds: 500,
    applied: 300,
    reason: 'counted twice',
    by: 'Mei',
    board: null,
    sessionDiamonds: 0,
  };
  assert.equal(told(correction), 'Correction: 300 diamonds taken back from Anna, by Mei: counted twice');
});

test('a battle is told when it begins, when a power-up is played and when it is over', () => {
  const room = new LivelyRoom({ random: seededRandom(4) });
  const view = emptyRoomView({ id: '1', handle: 'a' });
  assert.equal(told(room.startBattle(base.at, 300), view), 'A battle begins.');
  const mist = room.playItem({ item: 'mist', durationSec: 30, multiplier: 1 }, 1, base.at);
  assert.equal(told(mist!, view), 'Power-up for Mikael B.: magic mist');
  told(room.score(base.at + 1_000)!, view);
  const [own, rival] = view.battle!.sides.map((side) => side.points);
  assert.equal(told(room.endBattle(base.at + 300_000)!, view), `The battle is over: ${own} to ${rival} match points.`);
});

test('what has its own place on the page makes no line', () => {
  const silent = new Set(['gift', 'score', 'rank', 'viewers', 'like', 'follow', 'share', 'join', 'chat']);
  const view = emptyRoomView({ id: '1', handle: 'a' });
  for (const kind of eventKinds.filter((one) => silent.has(one)))
    assert.equal(eventLine({ ...base, kind, seq: 1 } as EventFrame, view), null, kind);
});
