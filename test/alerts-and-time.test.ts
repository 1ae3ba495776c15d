import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Operator } from '../src/operator/operator.ts';
import type { GiftEvent, MeksEvent } from '../src/protocol/events.ts';
import type { Alert, AlertRule, OperatorEvent } from '../src/protocol/operator.ts';
import { person } from '../src/ranking/fixture.ts';
import { Ranking } from '../src/ranking/ranking.ts';

// Alerts go by the room's time as the ranking has it, which one event with a wrong date does not move.

const start = 1_700_000_000_000;
const halfDayMs = 43_200_000;

class Room {
  readonly operator = new Operator();
  readonly ranking = new Ranking({ room: { id: '1', handle: 'a' }, companion: this.operator });
  readonly alerts: Alert[] = [];
  #seq = 0;

  publish(event: MeksEvent): void {
    this.ranking.apply(++this.#seq, event);
    if (event.kind === 'operator') {
      if (event.change.list === 'alert') this.alerts.push(event.change.alert);
      return;
    }
    const follows: MeksEvent[] = [];
    this.operator.observe(this.ranking.view, event, event.at, follows);
    for (const follow of follows) this.publish(follow);
  }

  gift(at: number, diamonds: number, late = false): void {
    const gift = { id: 'g1', name: 'Rose', price: diamonds, type: 1 };
    const about = { streak: null, receiver: '', multiplier: 1, standing: null, battle: null };
    const event: GiftEvent = {
      kind: 'gift',
      id: `gift-${this.#seq}`,
      at,
      user: person('5'),
      gift,
      count: 1,
      diamonds,
      ...about,
    };
    if (late) event.late = true;
    this.publish(event);
  }

  live(at: number, id: string): void {
    const about = { topic: 'live', user: null, text: '', value: 0, target: 0 } as const;
    this.publish({ kind: 'room', id: `live-${id}`, at, ...about, liveId: id });
  }

  rule(kind: AlertRule['kind'], threshold: number): void {
    const rule: AlertRule = { id: kind, kind, threshold, scope: 'always', cooldownSec: 0, by: 'ann', at: start };
    const change = { list: 'rule', key: kind, now: rule, before: null } as const;
    this.publish({ kind: 'operator', id: `set-${kind}`, at: start, by: 'ann', change } satisfies OperatorEvent);
  }
}

test('one gift that is dated half a day ahead does not silence the alerts about a busy minute', () => {
  const room = new Room();
  room.rule('velocity', 3);
  room.live(start, '1');
  let at = start;
  for (let tens = 0; tens < 60; tens++, at += 10_000) room.gift(at, 20);
  room.gift(at + halfDayMs, 1);
  for (let tens = 0; tens < 60; tens++, at += 10_000) room.gift(at, 20);
  assert.deepEqual(room.alerts, []);
  room.gift(at, 400);
  assert.deepEqual(
    room.alerts.map(({ kind, usual }) => [kind, usual]),
    [['velocity', 120]],
  );
});

test('who is missing is not asked before its time because one gift is dated ahead', () => {
  const room = new Room();
  room.rule('missing', 10);
  const note = { user: person('6'), text: '', regular: true, by: 'ann', at: start };
  const change = { list: 'note', key: '6', now: note, before: null } as const;
  room.publish({ kind: 'operator', id: 'note', at: start, by: 'ann', change });
  room.live(start, '1');
  room.gift(start + 1_000, 1);
  room.gift(start + halfDayMs, 1);
  room.gift(start + 2_000, 1);
  assert.deepEqual(room.alerts, []);
  for (let minute = 1; minute <= 10; minute++) room.gift(start + minute * 60_000, 1);
  assert.deepEqual(
    room.alerts.map(({ kind, value }) => [kind, value]),
    [['missing', 1]],
  );
});

test('what the broker dates by its own clock says nothing of the time in a recording', () => {
  const room = new Room();
  room.live(start, '1');
  room.gift(start + 1_000, 7);
  const later = start + 25 * 3_600_000;
  for (const seq of [1, 2]) {
    const gap = { reason: 'recovery', lengthMs: 100, missed: 0 } as const;
    room.publish({ kind: 'gap', id: `gap-${seq}`, at: later + seq, ...gap });
  }
  room.gift(start + 2_000, 1);
  assert.equal(room.ranking.board({ kind: 'day' })?.size, 1);
});

test('gifts that are run again out of the quarantine set off nothing: they were given some time ago', () => {
  const room = new Room();
  room.rule('velocity', 3);
  room.rule('value', 500);
  room.live(start, '1');
  let at = start;
  for (let tens = 0; tens < 60; tens++, at += 10_000) room.gift(at, 20);
  for (let index = 0; index < 100; index++) room.gift(start + index, 1_000, true);
  assert.deepEqual(room.alerts, []);
  room.gift(at, 600);
  assert.deepEqual(
    room.alerts.map(({ kind }) => kind),
    ['velocity', 'value'],
  );
});
