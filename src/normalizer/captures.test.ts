// What the normalizer makes of real payloads, and of the row of gifts of two real streams.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { capturedMessages, streaksCapture, webcastCapture } from '../../test/support/captured-messages.ts';
import { capture, needsCapture } from '../../test/support/captures.ts';
import { Normalized } from '../../test/support/normalized.ts';
import { giftOf } from '../../test/support/webcast-messages.ts';
import { seededRandom } from '../base/random.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { methodsRead } from './handlers.ts';
import type { Outcome } from './normalizer.ts';

interface Seen {
  readonly method: string;
  readonly outcome: Outcome;
  readonly events: readonly MeksEvent[];
  /** Names of the alarms that this message raised. */
  readonly alarms: readonly string[];
}

/** Reads every captured payload, each in the room that it is from. */
function readAll(): { seen: Seen[]; rooms: Map<string, Normalized> } {
  const rooms = new Map<string, Normalized>();
  const seen = capturedMessages().map(({ raw, roomId }): Seen => {
    const room = rooms.get(roomId) ?? new Normalized();
    rooms.set(roomId, room);
    const before = room.normalizer.counters.read();
    const { outcome, events } = room.readOne(raw);
    const after = Object.entries(room.normalizer.counters.read());
    const alarms = after.filter(([name, count]) => name.startsWith('alarm') && count > before[name as 'alarmJoined']);
    return { method: raw.method, outcome, events, alarms: alarms.map(([name]) => name) };
  });
  return { seen, rooms };
}

test(
  'every recorded payload is understood or known to be of no use: none is quarantined',
  needsCapture(webcastCapture),
  () => {
    const { seen, rooms } = readAll();
    assert.equal(seen.length, 1150);
    for (const room of rooms.values()) room.assertCountersAddUp();
    assert.deepEqual(
      seen.filter(({ outcome }) => outcome === 'quarantined' || outcome === 'unknown'),
      [],
    );
    const read = new Set(methodsRead);
    for (const { method, outcome } of seen) if (!read.has(method)) assert.equal(outcome, 'ignored', method);
    const of = (method: string): Seen[] => seen.filter((message) => message.method === method);
    // Two of the 52 gifts are ticks that a later one had overtaken: what they say is counted already.
    const gifts = of('WebcastGiftMessage');
    assert.equal(gifts.filter(({ outcome }) => outcome === 'events').length, 50);
    assert.equal(gifts.filter(({ outcome }) => outcome === 'duplicate').length, 2);
    assert.equal(gifts.filter(({ alarms }) => alarms.includes('alarmOutOfOrder')).length, 3);
    assert.equal(of('WebcastLinkMicBattle').filter(({ outcome }) => outcome === 'events').length, 10);
    assert.equal(of('WebcastLinkMicArmies').filter(({ outcome }) => outcome === 'events').length, 10);
    assert.equal(of('WebcastLinkMicBattlePunishFinish').filter(({ outcome }) => outcome === 'events').length, 10);
    assert.equal(of('WebcastRoomUserSeqMessage').filter(({ outcome }) => outcome === 'events').length, 52);
    assert.equal(of('WebcastLinkMicFanTicketMethod').filter(({ outcome }) => outcome === 'events').length, 52);
  },
);

test('no recorded payload of a message that is read has a new or missing field', needsCapture(webcastCapture), () => {
  const { rooms } = readAll();
  const drift = [...rooms.values()].flatMap((room) => room.normalizer.drift.fields);
  assert.deepEqual(
    drift.map(({ method, path, change }) => `${method} ${change} ${path}`),
    [],
  );
});

test(
  'each recorded gift counts what its own diamonds say, or the cause of the difference is named; the sums are equal',
  needsCapture(webcastCapture),
  () => {
    const gifts = readAll().seen.filter(({ method }) => method === 'WebcastGiftMessage');
    const wires = capturedMessages().filter(({ raw }) => raw.method === 'WebcastGiftMessage');
    let countedSum = 0;
    let toldSum = 0;
    for (const [index, { events, alarms }] of gifts.entries()) {
      const counted = events[0]?.kind === 'gift' ? events[0].diamonds : 0;
      const told = fanTicketsOf(wires[index]!.raw);
      countedSum += counted;
      toldSum += told;
      if (counted !== told) assert.notDeepEqual(alarms, [], `gift ${index}: counted ${counted}, told ${told}`);
    }
    assert.ok(toldSum > 0);
    assert.equal(countedSum, toldSum);
  },
);

/** Field 3 of a gift message, read without the schema. */
function fanTicketsOf(raw: RawMessage): number {
  const { payload } = raw;
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = payload[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < payload.length) {
    const tag = varint();
    if (tag === 24) return varint();
    const value = varint();
    if ((tag & 7) === 2) at += value;
  }
  return 0;
}

test('recorded finishes have a winner and a loser each, and their points agree', needsCapture(webcastCapture), () => {
  let finishes = 0;
  for (const { events } of readAll().seen) {
    for (const event of events) {
      if (event.kind !== 'battle' || event.change !== 'state' || event.phase !== 'finished') continue;
      finishes++;
      const [winner, loser] = event.sides.toSorted((a, b) => (b.points ?? 0) - (a.points ?? 0));
      assert.deepEqual([event.sides.length, winner?.outcome, loser?.outcome], [2, 'win', 'lose']);
    }
  }
  assert.equal(finishes, 5);
});

test('the whole recording once more gives nothing new', needsCapture(webcastCapture), () => {
  const { rooms } = readAll();
  for (const { raw, roomId } of capturedMessages()) {
    const outcome = rooms.get(roomId)!.read(raw);
    assert.ok(outcome === 'duplicate' || outcome === 'ignored', `${raw.method} ${outcome}`);
  }
});

type Step = readonly [giftId: number, total: number, final: boolean];
interface Stream {
  readonly groups: Readonly<Record<string, readonly Step[]>>;
  readonly diamonds_per_gift?: Readonly<Record<string, number>>;
}

interface Sent {
  readonly raw: RawMessage;
  readonly atMs: number;
  readonly end: boolean;
}

/**
 * The gifts of a real stream as messages, a tick each 300 ms and the end 3.3 s after the last, and what they are
 * worth.
 */
function streamGifts(stream: Stream): { sent: Sent[]; diamonds: number } {
  const sent: Sent[] = [];
  let diamonds = 0;
  let id = 0;
  for (const [group, steps] of Object.entries(stream.groups)) {
    const start = group === '0' ? 0 : Number(group) - 1_775_541_000_000;
    let before = 0;
    for (const [index, [giftId, total, final]] of steps.entries()) {
      const price = stream.diamonds_per_gift?.[giftId] ?? 1;
      const added = group === '0' ? total : total - before;
      before = total;
      const atMs = group === '0' ? index * 60_000 : start + index * 300 + (final ? 3_000 : 0);
      const facts = { msgId: String(++id), userId: '42', giftId: String(giftId), price, total, group };
      sent.push({ raw: giftOf({ ...facts, fan: added * price, end: final }), atMs, end: final && group !== '0' });
      diamonds += added * price;
    }
  }
  return { sent: sent.toSorted((a, b) => a.atMs - b.atMs), diamonds };
}

/** Ways in which a stream may arrive. */
const arrivals: Record<string, (sent: readonly Sent[], seed: number) => readonly Sent[]> = {
  'in order': (sent) => sent,
  'shuffled within a second': (sent, seed) => {
    const random = seededRandom(seed);
    return sent
      .map((one) => ({ one, atMs: one.atMs + random.int(1000) }))
      .sort((a, b) => a.atMs - b.atMs)
      .map(({ one }) => one);
  },
  'shuffled altogether': (sent, seed) => {
    const random = seededRandom(seed);
    return sent
      .map((one) => ({ one, place: random.next() }))
      .sort((a, b) => a.place - b.place)
      .map(({ one }) => one);
  },
  doubled: (sent) => sent.flatMap((one) => [one, one]),
  'without the ends': (sent) => sent.filter(({ end }) => !end),
  'with a backlog in the middle': (sent) => [...sent.slice(0, 12), ...sent.slice(4)],
};

for (const [how, arrive] of Object.entries(arrivals)) {
  test(`the gifts of two real streams ${how} come to the same diamonds`, needsCapture(streaksCapture), () => {
    const file = JSON.parse(readFileSync(capture(streaksCapture), 'utf8')) as Record<string, Stream | string>;
    const streams = Object.values(file).filter((stream) => typeof stream !== 'string');
    assert.equal(streams.length, 2);
    for (const stream of streams) {
      const { sent, diamonds } = streamGifts(stream);
      assert.ok(diamonds > 0);
      for (let seed = 1; seed <= 50; seed++) {
        const room = new Normalized();
        for (const { raw } of arrive(sent, seed)) room.read(raw);
        assert.equal(room.diamonds, diamonds, `seed ${seed}`);
        room.clock.advance(10_000);
        room.expire();
        assert.equal(room.normalizer.streaksOpen, 0);
        room.assertCountersAddUp();
      }
    }
  });
}

test(
  'the gifts of two real streams with a reconnect anywhere come to the same diamonds',
  needsCapture(streaksCapture),
  () => {
    const file = JSON.parse(readFileSync(capture(streaksCapture), 'utf8')) as Record<string, Stream | string>;
    for (const stream of Object.values(file)) {
      if (typeof stream === 'string') continue;
      const { sent, diamonds } = streamGifts(stream);
      for (let cut = 0; cut <= sent.length; cut++) {
        // The last ones before the cut never arrived; the backlog has them, and some that did.
        const lost = cut % 4;
        const backlog = sent
          .slice(Math.max(0, cut - lost - 5), cut)
          .map(({ raw }) => Object.assign({}, raw, { history: true }));
        const room = new Normalized();
        for (const { raw } of sent.slice(0, Math.max(0, cut - lost))) room.read(raw);
        for (const raw of backlog) room.read(raw);
        for (const { raw } of sent.slice(cut)) room.read(raw);
        assert.equal(room.diamonds, diamonds, `cut at ${cut}, ${lost} lost`);
        room.assertCountersAddUp();
      }
    }
  },
);
