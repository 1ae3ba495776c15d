import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, messageTime, rawOf, viewer } from '../../test/support/webcast-messages.ts';
import type { RankEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  WebcastImEnterRoomMessageSchema,
  WebcastRankTextMessageSchema,
  WebcastRankUpdateMessageSchema,
  WebcastRoomUserSeqMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';

type Updates = MessageInitShape<typeof WebcastRankUpdateMessageSchema>['updates'];

function rankOf(msgId: string, updates: Updates): RawMessage {
  return rawOf(WebcastRankUpdateMessageSchema, { common: commonOf(msgId), updates: updates! });
}

const fourth = { rankType: 1, ownRank: '4', ownerOnRank: true, countdown: '400000' };

test('a place in a list is told with its countdown', () => {
  assert.deepEqual(only(new Normalized().readOne(rankOf('1', [fourth])).events), {
    kind: 'rank',
    id: '1',
    at: messageTime,
    list: 'weekly',
    rank: 4,
    score: null,
    countdownSec: 400000,
    userId: '',
    before: 0,
  });
});

test('a place that is sent again unchanged is a duplicate; a new place, score or list is not', () => {
  const room = new Normalized();
  const told = (updates: Updates): string => {
    const id = String(room.normalizer.counters.get('messages') + 1);
    const { outcome, events } = room.readOne(rankOf(id, updates));
    return `${outcome} ${events.map((event) => `${(event as RankEvent).list} ${(event as RankEvent).rank}`).join()}`;
  };
  assert.equal(told([fourth]), 'events weekly 4');
  assert.equal(told([{ ...fourth, countdown: '399999' }]), 'duplicate ');
  assert.equal(told([{ ...fourth, ownRank: '3' }]), 'events weekly 3');
  assert.equal(told([{ ...fourth, ownRank: '3', currentScore: '900' }]), 'events weekly 3');
  assert.equal(told([{ ...fourth, ownRank: '3', ownerOnRank: false, currentScore: '900' }]), 'events weekly 0');
  assert.equal(told([{ ...fourth, rankType: 8 }]), 'events daily 4');
});

test('a place that has not changed is told again in the next LIVE, whose screens begin without it', () => {
  for (const restarted of [false, true]) {
    let room = new Normalized();
    const told = ['701', '702', '702'].map((roomId, index) => {
      if (restarted) {
        const { events } = room;
        room = new Normalized();
        for (const event of events) room.normalizer.restore(event);
        room.events.push(...events);
      }
      room.read(rawOf(WebcastImEnterRoomMessageSchema, { roomId }, { receivedAt: messageTime + index }));
      return room.read(rankOf(`9${index}`, [fourth]));
    });
    assert.deepEqual(told, ['events', 'events', 'duplicate'], `restarted: ${restarted}`);
  }
});

test('several places in one message become several events with ids of their own', () => {
  const room = new Normalized();
  const { events } = room.readOne(
    rankOf('77', [fourth, { rankType: 8, countdown: '5' }, { rankType: 55, ownRank: '2', ownerOnRank: true }]),
  );
  assert.deepEqual(
    events.map((event) => [event.id, (event as RankEvent).list, (event as RankEvent).rank]),
    [
      ['77', 'weekly', 4],
      ['77:1', 'daily', 0],
      ['77:2', 'other-55', 2],
    ],
  );
  room.assertCountersAddUp();
});

test('every kind of list that TikTok names has a name here', () => {
  const names = [0, 1, 2, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((rankType) => {
    const event = only(new Normalized().readOne(rankOf('1', [{ ...fourth, rankType }])).events);
    return (event as RankEvent).list;
  });
  assert.equal(new Set(names).size, names.length);
  assert.ok(!names.includes('other'));
});

test('lists that TikTok has added since are told apart by their number, each with a place of its own', () => {
  const room = new Normalized();
  const two = [
    { ...fourth, rankType: 55 },
    { ...fourth, rankType: 77, ownRank: '9' },
  ];
  const { events } = room.readOne(rankOf('1', two));
  assert.deepEqual(
    events.map((event) => [(event as RankEvent).list, (event as RankEvent).rank]),
    [
      ['other-55', 4],
      ['other-77', 9],
    ],
  );
  assert.equal(room.read(rankOf('2', two)), 'duplicate', 'neither overwrites the other');
});

test('a flood of new lists has names for as many as an event has rows; the rest share one, and are counted', () => {
  const room = new Normalized();
  const { value: rowsMax } = limits.eventRowsMax;
  const named = new Set<string>();
  for (let message = 0; message < 10; message++) {
    const updates = Array.from({ length: rowsMax }, (_, row) => ({
      ...fourth,
      rankType: 100 + message * rowsMax + row,
    }));
    for (const event of room.readOne(rankOf(`${message + 1}`, updates)).events) named.add((event as RankEvent).list);
  }
  assert.ok(named.has('other'));
  assert.ok(named.size >= rowsMax && named.size < 3 * rowsMax, `${named.size} names`);
  assert.ok(room.normalizer.counters.get('clamped') > 0);
});

test("a viewer's move among the top viewers says from where to where", () => {
  const init = { scene: 1, ownerIndexBefore: '12', ownerIndexAfter: '2', currentUserId: '42' };
  const raw = rawOf(WebcastRankTextMessageSchema, { common: commonOf('1'), ...init });
  assert.deepEqual(only(new Normalized().readOne(raw).events), {
    kind: 'rank',
    id: '1',
    at: messageTime,
    list: 'viewer',
    rank: 2,
    score: null,
    countdownSec: 0,
    userId: '42',
    before: 12,
  });
  const other = rawOf(WebcastRankTextMessageSchema, { common: commonOf('1'), ...init, scene: 3 });
  assert.equal(new Normalized().read(other), 'ignored');
  const nobody = rawOf(WebcastRankTextMessageSchema, { common: commonOf('1'), ...init, currentUserId: '0' });
  assert.equal(new Normalized().read(nobody), 'quarantined');
});

test('viewers now and in total, with those of the top list who have given something', () => {
  const raw = rawOf(WebcastRoomUserSeqMessageSchema, {
    common: commonOf('1'),
    ranks: [
      { score: '59', rank: '1', user: viewer('1') },
      { score: '0', rank: '2', user: viewer('2') },
      { score: '7', rank: '3' },
    ],
    total: '131',
    totalUser: '14000',
  });
  const event = only(new Normalized().readOne(raw).events);
  assert.ok(event.kind === 'viewers');
  assert.deepEqual([event.current, event.total], [131, 14000]);
  assert.deepEqual(
    event.top.map(({ user, score, rank }) => [user.id, score, rank]),
    [['1', 59, 1]],
  );
});

test('a flood of rows is cut, and counted', () => {
  const ranks = Array.from({ length: 200 }, (_, index) => ({
    score: '1',
    rank: String(index),
    user: viewer(`${index}1`),
  }));
  const room = new Normalized();
  const event = only(room.readOne(rawOf(WebcastRoomUserSeqMessageSchema, { common: commonOf('1'), ranks })).events);
  assert.equal(event.kind === 'viewers' && event.top.length, 20);
  assert.equal(room.normalizer.counters.get('clamped'), 1);
});
