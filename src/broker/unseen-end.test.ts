import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { NullJournal } from '../journal/journal.ts';
import { Operator } from '../operator/operator.ts';
import type { EventFrame, SourceState } from '../protocol/frames.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { battleAction, controlAction } from '../protocol/webcast/values.ts';
import {
  WebcastControlMessageSchema,
  WebcastLinkMicArmiesSchema,
  WebcastLinkMicBattleSchema,
} from '../protocol/webcast/webcast_pb.ts';
import { Ranking } from '../ranking/ranking.ts';
import { HandFeed } from '../../test/support/hand-feed.ts';
import { commonOf, giftOf, hostId, messageTime, rawOf } from '../../test/support/webcast-messages.ts';
import { RoomPast } from './room-past.ts';
import { Room } from './room.ts';

// Battles whose end nobody tells, in a room on a clock that tests move.

const second = 1_000;
const rivalId = '6900000000000000002';

class KeptJournal extends NullJournal {
  readonly frames: EventFrame[] = [];
  override append(seq: number, payload: Uint8Array): 'taken' {
    this.frames.push(JSON.parse(Buffer.from(payload).toString()) as EventFrame);
    return super.append(seq, payload);
  }
}

class Rig {
  readonly clock = new VirtualClock(messageTime);
  readonly log = new KeptJournal('epoch');
  readonly room: Room;
  readonly #feed = new HandFeed();
  #ids = 100;

  constructor() {
    const about = { clock: this.clock, id: '7', handle: 'ours' };
    this.room = new Room({
      ...about,
      feed: this.#feed,
      past: new RoomPast({ ...about, tailMax: 64, readLog: () => [] }),
      log: this.log,
      lastSeq: 0,
      continued: false,
      ringRecordsMax: 64,
      recorder: null,
      onFault: (error) => assert.fail(String(error)),
      onMismatch: (problems) => assert.deepEqual(problems, []),
    });
    this.room.start();
    this.source('live');
  }

  /** A message that is made now, of what `make` says. */
  take(make: (msgId: string, at: number) => RawMessage): void {
    const receivedAt = this.clock.wallMs();
    assert.ok(this.#feed.sink!.offer({ ...make(String(this.#ids++), receivedAt), receivedAt }));
    this.clock.advance(20);
  }

  gift(): void {
    this.take((msgId, at) => giftOf({ msgId, group: '0', at }));
  }

  battle(action: number, results: readonly (readonly [string, number, number])[] = []): void {
    this.take((msgId, at) =>
      rawOf(WebcastLinkMicBattleSchema, {
        common: commonOf(msgId, at),
        battleId: '99',
        action,
        battleSettings: {
          battleId: '99',
          duration: 301,
          battleType: 1,
          ...(action === battleAction.open ? { startTimeMs: String(at) } : {}),
        },
        anchorsInfo: [hostId, rivalId].map((key) => ({ key, value: { user: { userId: key } } })),
        battleResult: results.map(([key, result, score]) => ({
          key,
          value: { userId: key, result, score: String(score) },
        })),
      }),
    );
  }

  /** Gifts of one diamond for so many seconds, one each ten. */
  pass(sec: number): void {
    for (let left = sec; left > 0; left -= 10) {
      this.clock.advance(10 * second - 20);
      this.gift();
    }
  }

  source(state: SourceState): void {
    this.#feed.sink!.state(state, '');
  }

  get shown(): readonly unknown[] {
    const { phase, endedAt, dueAt, sides } = this.room.ranking.view.battle!;
    return [phase, endedAt === 0 ? 0 : endedAt - dueAt, sides[0]!.outcome];
  }

  get ends(): number {
    return this.log.frames.filter(({ id }) => id.startsWith('unseen-end')).length;
  }

  /** The log read by another ranking gives the same bytes. */
  replaysAlike(): void {
    const again = new Ranking({ room: { id: '7', handle: 'ours' }, timeZone: 'UTC', companion: new Operator() });
    for (const { seq, ...event } of this.log.frames) again.apply(seq, event);
    again.view.source = this.room.ranking.view.source;
    assert.ok(Buffer.from(again.save()).equals(this.room.ranking.save()));
  }
}

test('a battle whose end fell into a gap is over a minute after its time was up, and takes a result that is late', () => {
  const rig = new Rig();
  rig.gift();
  rig.battle(battleAction.open);
  rig.pass(350);
  assert.deepEqual(rig.shown, ['open', 0, 'unknown']);
  rig.pass(30);
  assert.deepEqual(rig.shown, ['finished', 0, 'unknown']);
  rig.pass(300);
  assert.equal(rig.ends, 1);
  rig.battle(battleAction.finish, [
    [hostId, 0, 700],
    [rivalId, 1, 500],
  ]);
  assert.deepEqual(rig.shown, ['finished', 0, 'win']);
  rig.replaysAlike();
});

test('a battle that upstream still tells points of is not over, whatever the clocks say', () => {
  const rig = new Rig();
  rig.gift();
  rig.battle(battleAction.open);
  for (let told = 0; told < 20; told++) {
    rig.pass(30);
    rig.take((msgId, at) =>
      rawOf(WebcastLinkMicArmiesSchema, {
        common: commonOf(msgId, at),
        battleId: '99',
        armies: [{ key: hostId, value: { hostScore: String(told + 1) } }],
        updateBattleScoreTime: String(at),
        triggerReason: 1,
      }),
    );
  }
  assert.deepEqual([rig.shown[0], rig.ends], ['running', 0]);
});

test('a creator who ends the LIVE in the middle of a battle has cut it short', () => {
  const rig = new Rig();
  rig.gift();
  rig.battle(battleAction.open);
  rig.pass(100);
  rig.take((msgId, at) =>
    rawOf(WebcastControlMessageSchema, { common: commonOf(msgId, at), action: controlAction.ended }),
  );
  rig.clock.advance(7 * second);
  const [phase, endedMs] = rig.shown as [string, number];
  assert.equal(phase, 'cut-short');
  assert.ok(endedMs > -202 * second && endedMs < -199 * second, String(endedMs));
  rig.clock.advance(1_000 * second);
  assert.equal(rig.ends, 1);
  rig.replaysAlike();
});

test('a battle in a LIVE that ended unheard is over once the creator is known to be offline, and not because of a lost connection', () => {
  const rig = new Rig();
  rig.gift();
  rig.battle(battleAction.open);
  rig.pass(100);
  rig.source('connecting');
  rig.clock.advance(1_000 * second);
  assert.equal(rig.shown[0], 'open');
  rig.source('offline');
  rig.clock.advance(2 * second);
  assert.equal(rig.shown[0], 'finished');
  rig.replaysAlike();
});

test('an invitation that nobody answers does not stand for ever, and can be made again', () => {
  const rig = new Rig();
  rig.gift();
  for (const ends of [1, 2]) {
    rig.battle(battleAction.invite);
    rig.pass(100);
    assert.equal(rig.shown[0], 'invited');
    rig.pass(30);
    assert.deepEqual([rig.shown[0], rig.ends], ['declined', ends]);
  }
  rig.battle(battleAction.open);
  assert.equal(rig.shown[0], 'open');
  assert.equal(new Set(rig.log.frames.map(({ id }) => id)).size, rig.log.frames.length);
  rig.replaysAlike();
});
