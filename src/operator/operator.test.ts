import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeksError } from '../protocol/errors.ts';
import type { GiftEvent, MeksEvent, User } from '../protocol/events.ts';
import { operatorLimits } from '../protocol/operator-limits.ts';
import { type Alert, goalProgress, type OperatorEvent, type OperatorWish } from '../protocol/operator.ts';
import { applyEvent, emptyRoomView, type RoomView } from '../protocol/room-view.ts';
import { Operator } from './operator.ts';

const start = 1_700_000_000_000;

function person(id: string): User {
  return { id, handle: `h${id}`, name: `Name ${id}`, avatar: '' };
}

function gift(userId: string, diamonds: number, at: number, about: Partial<GiftEvent> = {}): GiftEvent {
  const kind = { id: 'g1', name: 'Rose', price: diamonds, type: 1 };
  const filled = {
    streak: null,
    receiver: '',
    multiplier: 1,
    standing: { diamonds, rank: 1, gifters: 1 },
    battle: null,
  };
  return {
    kind: 'gift',
    id: `gift-${at}`,
    at,
    user: person(userId),
    gift: kind,
    count: 1,
    diamonds,
    ...filled,
    ...about,
  };
}

function live(at: number, liveId = '1'): MeksEvent {
  return { kind: 'room', id: `live-${at}`, at, topic: 'live', user: null, text: '', value: 0, target: 0, liveId };
}

/** A room without boards: what is published is applied, and what follows is published too. */
class Stage {
  operator = new Operator();
  readonly view: RoomView = emptyRoomView({ id: '1', handle: 'a' });
  readonly told: OperatorEvent[] = [];
  now = start;
  #seq = 0;
  #wishes = 0;

  publish(...events: MeksEvent[]): void {
    for (const event of events) {
      applyEvent(this.view, ++this.#seq, event);
      this.operator.apply(this.view, this.#seq, event, event.at);
      if (event.kind === 'operator') this.told.push(event);
      const follows: MeksEvent[] = [];
      if (this.operator.watches(this.view)) this.operator.observe(this.view, event, this.now, follows);
      this.publish(...follows);
    }
  }

  wish(set: OperatorWish, by = 'ann'): string {
    const id = `wish-${++this.#wishes}`;
    const context = { view: this.view, userOf: person, diamondsOf: () => 7 };
    const wanted = this.operator.wish({ id, by, set }, this.now, context);
    assert.equal(wanted.kind, 'event');
    if (wanted.kind === 'event') this.publish(wanted.event);
    return id;
  }

  undo(undoes?: string, by = 'ann'): void {
    const request = { id: `undo-${++this.#wishes}`, by, ...(undoes === undefined ? {} : { undoes }) };
    const wanted = this.operator.undo(request, this.now, this.view);
    if (wanted.kind === 'event') this.publish(wanted.event);
  }

  alerts(): Alert[] {
    return this.told.flatMap(({ change }) => (change.list === 'alert' ? [change.alert] : []));
  }
}

function codeOf(act: () => void): string {
  try {
    act();
  } catch (error) {
    return (error as MeksError).code;
  }
  return 'nothing was thrown';
}

test('every list takes an item, changes it, takes it back and lets go of it', () => {
  const stage = new Stage();
  const wishes: [OperatorWish, OperatorWish, () => unknown[]][] = [
    [{ list: 'pin', user: '5', on: true }, { list: 'pin', user: '5', on: false }, () => stage.view.operator.pins],
    [{ list: 'mute', user: '5', on: true }, { list: 'mute', user: '5', on: false }, () => stage.view.operator.mutes],
    [
      { list: 'thanked', user: '5', on: true },
      { list: 'thanked', user: '5', on: false },
      () => stage.view.operator.thanked,
    ],
    [
      { list: 'mute-gift', gift: { id: '9', name: 'Rose' }, on: true },
      { list: 'mute-gift', gift: { id: '9', name: 'Rose' }, on: false },
      () => stage.view.operator.mutedGifts,
    ],
    [
      { list: 'goal', key: 'g', goal: { label: 'Ten', measure: 'gifts', target: 10 } },
      { list: 'goal', key: 'g', goal: null },
      () => stage.view.operator.goals,
    ],
    [
      { list: 'rule', key: 'r', rule: { kind: 'value', threshold: 100, scope: 'always', cooldownSec: 0 } },
      { list: 'rule', key: 'r', rule: null },
      () => stage.view.operator.rules,
    ],
  ];
  for (const [on, off, list] of wishes) {
    assert.equal(
      codeOf(() => stage.wish(off)),
      'MEKS_OPERATOR_SAME',
    );
    stage.wish(on);
    assert.equal(list().length, 1);
    assert.equal(
      codeOf(() => stage.wish(on)),
      'MEKS_OPERATOR_SAME',
    );
    stage.undo();
    assert.equal(list().length, 0, `${on.list} was taken back`);
    stage.wish(on);
    stage.wish(off);
    assert.equal(list().length, 0);
    stage.undo();
    assert.equal(list().length, 1, `${on.list} is there again`);
  }
});

test('a change is taken back once, and only while what it set is there', () => {
  const stage = new Stage();
  const first = stage.wish({ list: 'note', user: '5', text: 'likes cats', regular: false });
  const second = stage.wish({ list: 'note', user: '5', text: 'likes dogs', regular: false }, 'bob');
  assert.equal(
    codeOf(() => stage.undo(first)),
    'MEKS_OPERATOR_CHANGED',
  );
  stage.undo(second, 'bob');
  assert.equal(stage.operator.notes()[0]!.note.text, 'likes cats');
  assert.equal(
    codeOf(() => stage.undo(second)),
    'MEKS_OPERATOR_CHANGED',
  );
  assert.equal(
    codeOf(() => stage.undo('other')),
    'MEKS_OPERATOR_UNKNOWN',
  );
  stage.undo(first);
  assert.deepEqual(stage.operator.notes(), []);
  assert.equal(
    codeOf(() => stage.undo()),
    'MEKS_OPERATOR_UNKNOWN',
    'nothing of ann is left',
  );
});

test('the same request twice is carried out once', () => {
  const stage = new Stage();
  const id = stage.wish({ list: 'pin', user: '5', on: true });
  const context = { view: stage.view, userOf: person, diamondsOf: () => 0 };
  const again = stage.operator.wish({ id, by: 'ann', set: { list: 'pin', user: '5', on: true } }, start, context);
  assert.deepEqual(again, { kind: 'again', seq: 1 });
});

test('a full list refuses the next one, also from an undo; thanks let the oldest go and say whose', () => {
  const stage = new Stage();
  const max = operatorLimits.operatorPinsMax.value;
  for (let id = 0; id < max; id++) stage.wish({ list: 'pin', user: String(id), on: true });
  assert.equal(
    codeOf(() => stage.wish({ list: 'pin', user: 'one more', on: true })),
    'MEKS_OPERATOR_FULL',
  );
  const gone = stage.wish({ list: 'pin', user: '0', on: false });
  stage.wish({ list: 'pin', user: 'one more', on: true });
  assert.equal(
    codeOf(() => stage.undo(gone)),
    'MEKS_OPERATOR_FULL',
  );
  for (let id = 0; id <= operatorLimits.operatorThankedMax.value; id++)
    stage.wish({ list: 'thanked', user: String(id), on: true });
  assert.equal(stage.view.operator.thanked.length, operatorLimits.operatorThankedMax.value);
  assert.deepEqual(stage.told.at(-1)!.dropped, ['0']);
});

test('notes are in the view while their person is in sight, and with the broker always', () => {
  const stage = new Stage();
  stage.publish(live(start));
  stage.wish({ list: 'note', user: '5', text: 'birthday in May', regular: false });
  assert.equal(stage.view.operator.notes.length, 0, 'nobody of that id can be seen');
  stage.publish(gift('5', 10, start + 1));
  assert.equal(stage.view.operator.notes[0]!.text, 'birthday in May');
  assert.deepEqual(stage.operator.notes()[0], { note: stage.view.operator.notes[0], lastSeenAt: start + 1 });
  stage.publish(gift('5', 10, start + 2));
  assert.equal(stage.told.filter(({ change }) => change.list === 'note-shown').length, 1, 'told once');
  stage.publish(live(start + 3, '2'));
  assert.deepEqual(stage.view.operator.notes, [], 'another session, an empty board');
  stage.wish({ list: 'pin', user: '5', on: true });
  assert.equal(stage.view.operator.notes.length, 1, 'who is pinned can be seen');
});

test('a goal counts from when it was set, and a new session from nothing', () => {
  const stage = new Stage();
  stage.publish(live(start), gift('5', 40, start));
  stage.wish({ list: 'goal', key: 'g', goal: { label: 'Hundred', measure: 'diamonds', target: 100 } });
  const progress = (): number => goalProgress(stage.view.session, stage.view.operator.goals[0]!);
  stage.publish(gift('5', 30, start + 1));
  assert.equal(progress(), 30);
  stage.wish({ list: 'goal', key: 'g', goal: { label: 'More', measure: 'diamonds', target: 200 } });
  assert.equal(progress(), 30, 'a changed goal counts on');
  stage.publish(live(start + 2, '2'), gift('5', 5, start + 3));
  assert.equal(progress(), 5);
});

test('a large gift is told, a streak once when it crosses, and the rest of a rule is counted', () => {
  const stage = new Stage();
  stage.wish({ list: 'rule', key: 'r', rule: { kind: 'value', threshold: 100, scope: 'always', cooldownSec: 30 } });
  stage.publish(live(start), gift('5', 99, start));
  assert.deepEqual(stage.alerts(), []);
  stage.publish(gift('5', 100, start + 1));
  stage.now += 10_000;
  stage.publish(gift('6', 500, start + 2), gift('7', 500, start + 3));
  stage.now += 30_000;
  const streak = (total: number): Partial<GiftEvent> => ({
    gift: { id: 'g1', name: 'Rose', price: 10, type: 1 },
    streak: { group: 's', total, open: true, joined: false },
  });
  for (const total of [8, 9, 10, 11]) stage.publish(gift('8', 10, start + 100 + total, streak(total)));
  assert.deepEqual(
    stage.alerts().map(({ kind, user, value, held }) => [kind, user!.id, value, held]),
    [
      ['value', '5', 100, 0],
      ['value', '8', 100, 2],
    ],
  );
  assert.equal(stage.operator.counters.get('alertsHeld'), 2);
});

test('a rule that is taken away leaves nothing behind, however many come and go', () => {
  const stage = new Stage();
  const rule = { threshold: 1, scope: 'always', cooldownSec: 0 } as const;
  stage.wish({ list: 'note', key: '9', user: '9', text: 'sings', regular: true } as OperatorWish);
  stage.publish(live(start));
  const before = (JSON.parse(stage.operator.save()) as { alerts: unknown }).alerts;
  for (let index = 0; index < 50; index++) {
    for (const kind of ['value', 'missing'] as const) {
      const key = `${kind}-${index}`;
      stage.wish({ list: 'rule', key, rule: { kind, ...rule } });
      stage.publish(gift('5', 100, start + 120_000 + index));
      stage.wish({ list: 'rule', key, rule: null });
    }
  }
  assert.equal(stage.alerts().length, 100, 'each was heard');
  assert.deepEqual((JSON.parse(stage.operator.save()) as { alerts: unknown }).alerts, before);
});

test('a rule for battles is quiet outside of them', () => {
  const stage = new Stage();
  stage.wish({ list: 'rule', key: 'r', rule: { kind: 'value', threshold: 1, scope: 'battle', cooldownSec: 0 } });
  stage.publish(gift('5', 100, start));
  assert.deepEqual(stage.alerts(), []);
});

test('a minute of three times the usual is told when enough was seen to say what is usual', () => {
  const stage = new Stage();
  stage.wish({ list: 'rule', key: 'r', rule: { kind: 'velocity', threshold: 3, scope: 'always', cooldownSec: 60 } });
  let at = start;
  for (let second = 0; second < 420; second += 10, at += 10_000) stage.publish(gift('5', 20, at));
  assert.deepEqual(stage.alerts(), []);
  stage.publish(gift('6', 400, at));
  const [alert] = stage.alerts();
  assert.deepEqual([alert!.kind, alert!.value >= 400, Math.round(alert!.usual / 10)], ['velocity', true, 12]);
});

test('a regular who arrives is told with the last visit and the note, once a session; who is missing, after a while', () => {
  const stage = new Stage();
  for (const user of ['5', '6']) stage.wish({ list: 'note', user, text: `knows ${user}`, regular: true });
  stage.wish({ list: 'note', user: '7', text: 'no regular', regular: false });
  stage.wish({ list: 'rule', key: 'a', rule: { kind: 'arrival', threshold: 0, scope: 'always', cooldownSec: 0 } });
  stage.wish({ list: 'rule', key: 'm', rule: { kind: 'missing', threshold: 10, scope: 'always', cooldownSec: 0 } });
  const join = (id: string, at: number): MeksEvent => ({
    kind: 'join',
    id: `j${at}`,
    at,
    user: person(id),
    viewers: 1,
  });
  stage.publish(live(start), join('5', start + 5), join('5', start + 6), join('7', start + 7));
  stage.publish(gift('9', 1, start + 600_000), gift('9', 1, start + 700_000));
  stage.publish(live(start + 800_000, '2'), join('5', start + 900_000));
  const told = stage.alerts().map(({ kind, user, value, text }) => [kind, user?.id, value, text]);
  assert.deepEqual(told, [
    ['arrival', '5', 0, 'knows 5'],
    ['missing', '6', 1, 'Name 6'],
    ['arrival', '5', start + 6, 'knows 5'],
  ]);
});

test('what is restored goes on as if it had never stopped, and the same events give the same text', () => {
  const stage = new Stage();
  const replica = new Operator();
  stage.publish(live(start));
  stage.wish({ list: 'note', user: '5', text: 'x', regular: true });
  stage.wish({ list: 'rule', key: 'a', rule: { kind: 'arrival', threshold: 0, scope: 'always', cooldownSec: 60 } });
  stage.publish(gift('5', 10, start + 5));
  const view = emptyRoomView({ id: '1', handle: 'a' });
  const events: MeksEvent[] = [
    live(start),
    ...stage.told.slice(0, 2),
    gift('5', 10, start + 5),
    ...stage.told.slice(2),
  ];
  for (const [index, event] of events.entries()) {
    applyEvent(view, index + 1, event);
    replica.apply(view, index + 1, event, event.at);
  }
  assert.equal(replica.save(), stage.operator.save());
  const restored = new Operator();
  restored.restore(replica.save());
  assert.equal(restored.save(), replica.save());
  stage.operator = restored;
  stage.publish(live(start + 9, '2'), gift('5', 10, start + 10));
  assert.equal(stage.alerts().length, 1, 'the rest of the rule is remembered');
});

test('what belonged to a LIVE that is over does not come back into the next one by being taken back', () => {
  const stage = new Stage();
  stage.publish(live(start), gift('5', 50_000, start + 1));
  const goal = { label: 'A million', measure: 'diamonds', target: 1_000 } as const;
  stage.wish({ list: 'goal', key: 'g', goal });
  stage.wish({ list: 'thanked', user: '5', on: true });
  const unthanked = stage.wish({ list: 'thanked', user: '5', on: false });
  stage.wish({ list: 'goal', key: 'g', goal: null });
  stage.publish(live(start + 800_000, '2'), gift('5', 500, start + 800_001));
  stage.undo();
  const [again] = stage.view.operator.goals;
  assert.deepEqual([again!.from, goalProgress(stage.view.session, again!)], [0, 500]);
  assert.equal(
    codeOf(() => stage.undo(unthanked)),
    'MEKS_OPERATOR_CHANGED',
  );
  stage.undo();
  assert.deepEqual([stage.view.operator.thanked, stage.view.operator.goals], [[], []], 'the goal was the newest left');
});

test('a regular who is here when the note is made neither arrives nor is missing', () => {
  const stage = new Stage();
  stage.wish({ list: 'rule', key: 'a', rule: { kind: 'arrival', threshold: 0, scope: 'always', cooldownSec: 0 } });
  stage.wish({ list: 'rule', key: 'm', rule: { kind: 'missing', threshold: 10, scope: 'always', cooldownSec: 0 } });
  stage.publish(live(start), gift('5', 10, start + 5), gift('6', 10, start + 6));
  for (const user of ['5', '6']) stage.wish({ list: 'note', user, text: `knows ${user}`, regular: true });
  stage.publish(gift('5', 10, start + 7), gift('9', 10, start + 601_000));
  assert.deepEqual(stage.alerts(), []);
  assert.deepEqual(
    stage.operator.notes().map(({ lastSeenAt }) => lastSeenAt),
    [start + 7, start + 6],
  );
});

test('a note that was taken away by mistake comes back with what was known of its person', () => {
  const stage = new Stage();
  stage.wish({ list: 'rule', key: 'a', rule: { kind: 'arrival', threshold: 0, scope: 'always', cooldownSec: 0 } });
  stage.wish({ list: 'note', user: '7', text: 'sings', regular: true });
  const joined: MeksEvent = { kind: 'join', id: 'j7', at: start + 5, user: person('7'), viewers: 1 };
  stage.publish(live(start), joined);
  assert.equal(stage.alerts().length, 1);
  stage.wish({ list: 'note', user: '7', text: '', regular: false });
  assert.deepEqual(stage.operator.notes(), []);
  stage.undo();
  assert.equal(stage.operator.notes()[0]!.lastSeenAt, start + 5);
  stage.publish({ ...joined, id: 'j8', at: start + 900 });
  assert.equal(stage.alerts().length, 1, 'they are here already');
});
