import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alert, Goal } from '../../src/protocol/operator.ts';
import { operatorLimits } from '../../src/protocol/operator-limits.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { emptyRoomView } from '../../src/protocol/room-view.ts';
import { RowMarks } from '../views/row-marks.ts';
import { alertWords, changeWords, gifterFace, operatorFace, withAlert } from './operator-face.ts';

const stamp = { by: 'Mei', at: 5 };

function user(id: string): { id: string; handle: string; name: string; avatar: string } {
  return { id, handle: `h${id}`, name: `Name ${id}`, avatar: '' };
}

/** Gifters 1, 2, 3 with 300, 200 and 100 diamonds. */
function view(): RoomView {
  const made = emptyRoomView({ id: '1', handle: 'a' });
  made.board = [1, 2, 3].map((rank) => ({ user: user(String(rank)), diamonds: 400 - 100 * rank, seq: rank }));
  made.session.diamonds = 600;
  return made;
}

test('whom to thank: most since the last thanks first, and who was thanked for everything is done', () => {
  const now = view();
  now.operator.thanked = [
    { ...stamp, user: user('1'), diamonds: 250 },
    { ...stamp, user: user('3'), diamonds: 100 },
  ];
  const face = operatorFace(now);
  assert.deepEqual(
    face.thanks.map(({ name, diamonds, again }) => [name, diamonds, again]),
    [
      ['Name 2', 200, false],
      ['Name 1', 50, true],
    ],
  );
  assert.equal(face.thanked, 1);
});

test('a pin says where its gifter stands, and of one who is not in sight only the name', () => {
  const now = view();
  now.operator.pins = [
    { ...stamp, user: user('2') },
    { ...stamp, user: user('9') },
  ];
  assert.deepEqual(
    operatorFace(now).pins.map(({ name, rank, diamonds }) => [name, rank, diamonds]),
    [
      ['Name 2', 2, 200],
      ['Name 9', null, null],
    ],
  );
  assert.equal(gifterFace(now, user('2')).pinned, true);
});

test('a goal’s bar is never longer than full', () => {
  const now = view();
  const goal: Goal = { ...stamp, id: 'g', label: 'Now', measure: 'diamonds', target: 200, from: 100 };
  now.operator.goals = [goal];
  assert.deepEqual(operatorFace(now).goals, [{ goal, progress: 500, share: 1 }]);
});

test('alerts and changes are sentences', () => {
  const alert: Alert = {
    id: 'a',
    rule: 'r',
    kind: 'arrival',
    at: 7_200_000,
    user: user('1'),
    value: 0,
    usual: 0,
    text: 'likes cats',
    held: 2,
  };
  assert.equal(
    alertWords(alert),
    'Name 1 is here, for the first time since the note: likes cats (2 more since the last)',
  );
  assert.equal(alertWords({ ...alert, value: 3_600_000, held: 0, text: '' }), 'Name 1 is here, last seen 60 min ago.');
  const mismatch = { ...alert, kind: 'mismatch', user: null, text: '6 instead of 5', held: 0 } as const;
  assert.match(alertWords(mismatch), /sums do not agree: 6 instead of 5/);
  const pin = { ...stamp, user: user('1') };
  assert.equal(changeWords({ list: 'pin', key: '1', now: pin, before: null }), 'Name 1: pinned.');
  assert.equal(changeWords({ list: 'pin', key: '1', now: null, before: pin }), 'Name 1: unpinned.');
});

test('an alert that questions the numbers gives way to no other, and is known after a reload', () => {
  const alert = (id: string, kind: Alert['kind']): Alert => {
    return { id, rule: 'r', kind, at: 1, user: null, value: 5, usual: 0, text: '', held: 0 };
  };
  let shown = withAlert([alert('old', 'value')], alert('sums', 'mismatch'));
  for (const id of ['a', 'b', 'c', 'd']) shown = withAlert(shown, alert(id, 'value'));
  assert.deepEqual(idsOf(shown), ['sums', 'b', 'c', 'd']);
  for (const id of ['sums-2', 'sums-3', 'sums-4']) shown = withAlert(shown, alert(id, 'mismatch'));
  assert.deepEqual(idsOf(shown), ['b', 'c', 'd', 'sums-2', 'sums-3', 'sums-4'], 'its own kind is bounded too');
  const now = view();
  now.operator.alerts = [alert('sums', 'mismatch'), alert('a', 'value')];
  assert.equal(operatorFace(now).mismatch!.id, 'sums');
});

function idsOf(alerts: readonly Alert[]): string[] {
  return alerts.map(({ id }) => id);
}

test('the note of who is in sight is known, also that there is none; of others nothing is', () => {
  const now = view();
  const note = (id: string) => ({ ...stamp, user: user(id), text: `about ${id}`, regular: false });
  now.operator.notes = [note('1')];
  const known = (id: string) => gifterFace(now, user(id)).note;
  assert.deepEqual(known('1'), { kind: 'known', note: note('1') });
  assert.deepEqual(known('2'), { kind: 'known', note: null });
  assert.equal(known('101'), null, 'somebody below the rows may have one');
  now.operator.pins = [{ ...stamp, user: user('101') }];
  assert.deepEqual(known('101'), { kind: 'known', note: null }, 'who is pinned is in sight');
  const many = Array.from({ length: operatorLimits.operatorNotesShownMax.value }, (_, at) => note(`${at + 200}`));
  now.operator.notes = many;
  assert.equal(known('2'), null, 'a view that is full has let go of the first');
  assert.deepEqual(known('200'), { kind: 'known', note: many[0] });
});

test('marks of rows follow what is shared, and are made anew only when it changes', () => {
  const marks = new RowMarks();
  const { operator } = view();
  operator.notes = [{ ...stamp, user: user('1'), text: 'x', regular: true }];
  operator.mutes = [{ ...stamp, user: user('2') }];
  operator.mutedGifts = [{ ...stamp, gift: { id: '9', name: 'Rose' } }];
  marks.update(operator);
  const before = marks.of('1');
  assert.deepEqual(before, { pinned: false, muted: false, regular: true, note: 'x', thankedAt: -1 });
  assert.deepEqual([marks.mutes('2', '1'), marks.mutes('1', '9'), marks.mutes('1', '1')], [true, true, false]);
  marks.update(operator);
  assert.equal(marks.of('1'), before);
  operator.notes = [];
  marks.update(operator);
  assert.equal(marks.of('1'), null);
});
