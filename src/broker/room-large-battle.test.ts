import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { recoverLog, SimulatedDisk, SimulatedThread } from '../journal/simulation/simulation.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { WebcastLinkMicBattleSchema } from '../protocol/webcast/webcast_pb.ts';
import { HandFeed } from '../../test/support/hand-feed.ts';
import { commonOf, giftOf, messageTime, rawOf } from '../../test/support/webcast-messages.ts';
import { RoomPast } from './room-past.ts';
import { Room } from './room.ts';

// Battles as large as messages can make them: whatever upstream sends, the room goes on.

const battleId = '7400000000000000099';

class Rig {
  readonly clock = new VirtualClock();
  readonly faults: string[] = [];
  readonly room: Room;
  readonly #feed = new HandFeed();
  #messages = 100;

  constructor() {
    const { clock } = this;
    const about = { clock, id: '7', handle: 'ours' };
    const past = new RoomPast({ ...about, tailMax: 64, readLog: () => [] });
    const where = { disk: new SimulatedDisk(clock), directory: 'rooms/7', room: '7' };
    const recovered = recoverLog({ ...where, newEpoch: () => 'first', wallMs: clock.wallMs() }, past);
    const thread = new SimulatedThread({ clock, latencyMs: 3, ringBytes: 1_048_576, reserveBytes: 131_072 });
    this.room = new Room({
      ...about,
      feed: this.#feed,
      past,
      log: thread.open(recovered, { sync: { kind: 'interval', ms: 50 } }),
      lastSeq: 0,
      continued: false,
      ringRecordsMax: 64,
      recorder: null,
      onFault: (error) => this.faults.push(String(error)),
      onMismatch: (problems) => assert.deepEqual(problems, []),
    });
    this.room.start();
    clock.advance(10);
  }

  offer(make: (msgId: string) => RawMessage): void {
    assert.ok(this.#feed.sink!.offer(make(String(this.#messages++))));
    this.clock.advance(20);
  }

  /** A gift is published as the next event, and everything adds up. */
  goesOn(): void {
    const { room } = this;
    const before = room.counters.get('diamonds');
    const { head } = room.broadcast;
    this.offer((msgId) => giftOf({ msgId, group: '0' }));
    assert.ok(room.counters.get('diamonds') > before, 'the gift is counted');
    assert.ok(room.broadcast.head > head && room.ranking.seq === room.broadcast.head - 1);
    assert.deepEqual(room.ranking.check().problems, []);
  }

  get hosts(): number {
    return this.room.ranking.view.battle!.sides.flatMap((side) => side.hosts).length;
  }

  get lastBytes(): number {
    const text = this.room.broadcast.encode({ ...this.#probe, state: this.room.ranking.view.battle });
    return Buffer.byteLength(text);
  }

  readonly #probe = {
    kind: 'battle',
    id: '1',
    at: 0,
    change: 'task',
    battleId,
    step: 'start',
    progress: 0,
    result: 'unknown',
    userId: '',
  } as const;
}

interface Look {
  readonly name: string;
  readonly url: string;
}

function idsOf(first: number, hosts: number): string[] {
  return Array.from({ length: hosts }, (_, index) => String(6_900_000_000_000_000_000n + BigInt(first + index)));
}

/** A battle of teams of two. */
function battle(msgId: string, ids: readonly string[], { name, url }: Look): RawMessage {
  const avatarThumb = { urlList: [url] };
  return rawOf(WebcastLinkMicBattleSchema, {
    common: commonOf(msgId),
    battleId,
    battleSettings: { battleId, startTimeMs: String(messageTime - 100), duration: 301, status: 1, battleType: 2 },
    action: 4,
    anchorsInfo: ids.map((userId) => ({
      key: userId,
      value: { user: { userId, nickname: name, displayId: name, avatarThumb } },
    })),
    teamMember: ids.flatMap((_, at) =>
      at % 2 === 0 ? [{ teamId: String(at / 2 + 1), userId: ids.slice(at, at + 2) }] : [],
    ),
  });
}

const looks: Record<string, Look> = {
  'the longest names and pictures': { name: '\u754c'.repeat(100), url: `https://p.example/${'x'.repeat(582)}` },
  'names that JSON escapes': { name: '"\\'.repeat(50), url: `https://p.example/${'"'.repeat(582)}` },
  'control characters and lone surrogates': {
    name: 'x\u0001\u0002\u0003'.repeat(25),
    url: `https://p.example/${'\u754c'.repeat(582)}`,
  },
  'pictures just short enough to stay': { name: '\u754c'.repeat(40), url: `https://p.example/${'x'.repeat(370)}` },
};

for (const [what, look] of Object.entries(looks)) {
  test(`the largest battle that a message can describe is published: ${what}`, () => {
    const rig = new Rig();
    rig.offer((msgId) => battle(msgId, idsOf(1, 32), look));
    assert.deepEqual(rig.faults, []);
    assert.equal(rig.hosts, 32);
    rig.goesOn();
  });

  test(`messages that name other hosts of one battle each time stay within an event: ${what}`, () => {
    const rig = new Rig();
    for (let message = 0; message < 12; message++)
      rig.offer((msgId) => battle(msgId, idsOf(1 + message * 32, 32), look));
    assert.deepEqual(rig.faults, []);
    assert.equal(rig.hosts, limits.battleHostsMax.value);
    assert.equal(rig.room.ranking.counters.get('battleHostsDropped'), 11 * 32);
    assert.ok(rig.lastBytes < limits.eventBytesMax.value / 2);
    rig.goesOn();
  });
}

test('a battle event that is too large all the same is a fault that changes nothing, told as a gap', () => {
  const rig = new Rig();
  rig.offer((msgId) => battle(msgId, idsOf(1, 4), { name: 'Anna', url: '' }));
  const before = structuredClone(rig.room.ranking.view.battle);
  const { head } = rig.room.broadcast;
  const hosts = idsOf(100, 100).map((id) => ({ id, handle: 'x'.repeat(700), name: '', avatar: '' }));
  const side = { id: '1', hosts, rooms: [], points: null, outcome: 'unknown', winStreak: null } as const;
  const told = { form: 'team', startAt: 0, durationSec: 0, extraSec: 0, endAt: 0, state: null } as const;
  const about = { kind: 'battle', id: '5', at: messageTime, change: 'state', battleId, phase: 'open' } as const;
  rig.room.tell({ ...about, ...told, sides: [side] });
  assert.match(rig.faults.join('\n'), /event-too-large/);
  assert.equal(rig.room.broadcast.head, head + 1, 'the gap');
  assert.deepEqual({ ...rig.room.ranking.view.battle, complete: true }, { ...before, complete: true });
  rig.goesOn();
});
