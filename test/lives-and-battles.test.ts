import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { readPush } from '../src/feed/push.ts';
import { Normalizer } from '../src/normalizer/normalizer.ts';
import type { GapEvent, MeksEvent } from '../src/protocol/events.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { WebcastLinkMicArmiesSchema } from '../src/protocol/webcast/webcast_pb.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { commonOf, giftOf, hostId, messageTime, rawOf } from './support/webcast-messages.ts';

// From raw messages to the board, where a LIVE or a battle is not seen whole: joined in the middle, an end that was
// lost, an end after which the same room goes on.

class Room {
  readonly ranking = new Ranking({ room: { id: 'room', handle: 'ours' }, hostId });
  readonly #normalizer = new Normalizer({ room: { id: 'room' }, clock: new VirtualClock() });
  readonly log: MeksEvent[] = [];
  #seq = 0;

  take(...messages: readonly RawMessage[]): this {
    const out: MeksEvent[] = [];
    for (const raw of messages) this.#normalizer.normalize(raw, out);
    for (const event of out) this.ranking.apply(++this.#seq, event);
    this.log.push(...out);
    return this;
  }

  /** The same room after its process was started again. */
  restarted(): Room {
    const room = new Room();
    for (const event of this.log) {
      room.#normalizer.restore(event);
      room.ranking.apply(++room.#seq, event);
    }
    room.log.push(...this.log);
    return room;
  }

  /** What dashboards show of the session: status, diamonds, and who gave how many. */
  get shown(): readonly unknown[] {
    const { session, board } = this.ranking.view;
    return [session.status, session.diamonds, Object.fromEntries(board.map((row) => [row.user.id, row.diamonds]))];
  }

  gap(at: number, lengthMs: number): this {
    const gap: GapEvent = { kind: 'gap', id: `gap-${++this.#seq}`, at, reason: 'upstream-lost', lengthMs, missed: 0 };
    this.ranking.apply(this.#seq, gap);
    this.log.push(gap);
    return this;
  }
}

function giftAt(msgId: string, price: number, at: number): RawMessage {
  return giftOf({ msgId, price, at, group: '0' }, {}, { receivedAt: at });
}

test('a battle joined in the middle ends when its scores say, though nobody tells of its end', () => {
  const start = messageTime;
  const at = start + 100_000;
  const armies = rawOf(
    WebcastLinkMicArmiesSchema,
    {
      common: commonOf('1', at),
      battleId: '99',
      armies: [
        { key: hostId, value: { hostScore: '700' } },
        { key: '2', value: { hostScore: '650' } },
      ],
      updateBattleScoreTime: String(at),
      triggerReason: 1,
      battleSettings: { battleId: '99', startTimeMs: String(start), duration: 301, status: 1, battleType: 1 },
    },
    { receivedAt: at },
  );
  const room = new Room().take(armies, giftAt('2', 500, start - 30_000), giftAt('3', 40, start + 200_000));
  room.take(giftAt('4', 500, start + 303_000)).gap(start + 310_000, 600_000);
  room.take(giftAt('5', 1_000, start + 3_600_000), giftAt('6', 1_000, start + 7_200_000));
  const battle = room.ranking.view.battle!;
  assert.deepEqual([battle.startAt, battle.durationSec, battle.dueAt], [start, 301, start + 301_000]);
  assert.deepEqual([battle.sides[0]!.id, battle.sides[0]!.diamonds, battle.complete], [hostId, 40, false]);
  assert.equal(room.ranking.view.session.diamonds, 3_040);
});

const dayMs = 86_400_000;

/** Pushed as TikFinity names events: nothing says which LIVE they are of. */
function pushed(at: number, event: string, id: string, data: object = {}): readonly RawMessage[] {
  const { messages, malformedCount } = readPush({ event, id, data }, at);
  assert.equal(malformedCount, 0);
  return messages;
}

function pushedGift(at: number, id: string, userId: string, diamondCount: number): readonly RawMessage[] {
  return pushed(at, 'gift', id, { userId, giftId: 5655, diamondCount, repeatCount: 1 });
}

test('a room whose messages name no LIVE is live with the first of them, and again with the first after an end', () => {
  const room = new Room().take(...pushedGift(messageTime, 'g1', '7', 1_000));
  assert.deepEqual(room.shown, ['live', 1_000, { 7: 1_000 }]);
  room.take(...pushed(messageTime + 60_000, 'streamEnd', 'e1'));
  room.take(...pushedGift(messageTime + 65_000, 'g2', '7', 3));
  assert.deepEqual(room.shown, ['ended', 1_003, { 7: 1_003 }], 'what settles after the end belongs to what has ended');
  const restarted = room.restarted();
  for (const each of [room, restarted]) {
    each.take(...pushedGift(messageTime + dayMs, 'g3', '8', 5), ...pushedGift(messageTime + dayMs, 'g4', '8', 2));
    assert.deepEqual(each.shown, ['live', 7, { 8: 7 }]);
    assert.equal(each.ranking.counters.get('sessions'), 1);
  }
  assert.deepEqual(room.restarted().shown, room.shown, 'the log alone says the same');
});

test('neither a gift run again out of the quarantine nor one that was sent before the end begins a session', () => {
  const room = new Room().take(...pushedGift(messageTime, 'g1', '7', 1_000), ...pushed(messageTime, 'streamEnd', 'e1'));
  for (const raw of pushedGift(messageTime + dayMs, 'g2', '8', 5)) room.take({ ...raw, late: true });
  for (const raw of pushedGift(messageTime - 1, 'g3', '8', 5)) room.take({ ...raw, receivedAt: messageTime + dayMs });
  assert.deepEqual(room.shown, ['ended', 1_010, { 7: 1_000, 8: 10 }]);
});
