import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../src/base/virtual-clock.ts';
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
  #seq = 0;

  take(...messages: readonly RawMessage[]): this {
    const out: MeksEvent[] = [];
    for (const raw of messages) this.#normalizer.normalize(raw, out);
    for (const event of out) this.ranking.apply(++this.#seq, event);
    return this;
  }

  gap(at: number, lengthMs: number): this {
    const gap: GapEvent = { kind: 'gap', id: `gap-${++this.#seq}`, at, reason: 'upstream-lost', lengthMs, missed: 0 };
    this.ranking.apply(this.#seq, gap);
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
