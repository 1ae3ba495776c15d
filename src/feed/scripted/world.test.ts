import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import type { GenMessage } from '@bufbuild/protobuf/codegenv2';
import type { Message } from '@bufbuild/protobuf';
import { MeksError } from '../../protocol/errors.ts';
import * as webcast from '../../protocol/webcast/webcast_pb.ts';
import type { FaultRates, RateProfile } from './profile.ts';
import { ScriptedWorld } from './world.ts';
import type { WorldStep } from './world.ts';

const startAt = Date.UTC(2026, 4, 1, 20);
const calm: Partial<FaultRates> = { endMissing: 0, tickSwapped: 0, tickLate: 0, inverted: 0, outageEverySec: 0 };

function world(seed: number, profile: Partial<RateProfile> = {}, faults: Partial<FaultRates> = {}): ScriptedWorld {
  // A gentler peak than the real one keeps the tests short; the rates have a test of their own.
  return new ScriptedWorld({ seed, startAt, profile: { peakPerSec: 150, ...profile }, faults });
}

/** All steps of the first `seconds`; the truth of `live` then covers one step more at most. */
function play(live: ScriptedWorld, seconds: number): WorldStep[] {
  const steps: WorldStep[] = [];
  for (;;) {
    const step = live.next();
    if (step === null) return steps;
    steps.push(step);
    if (step.atMs >= seconds * 1_000) return steps;
  }
}

function read<Shape extends Message>(schema: GenMessage<Shape>, step: WorldStep): Shape {
  return fromBinary(schema, step.raw.payload);
}

function gifts(steps: readonly WorldStep[]) {
  return steps
    .filter(({ raw }) => raw.method === 'WebcastGiftMessage')
    .map((step) => ({ step, gift: read(webcast.WebcastGiftMessageSchema, step) }));
}

function perSecond(steps: readonly WorldStep[], fromSec: number, toSec: number): number {
  return steps.filter(({ atMs }) => atMs >= fromSec * 1_000 && atMs < toSec * 1_000).length / (toSec - fromSec);
}

test('the same seed gives the same bytes, another seed others', () => {
  const digest = (seed: number): string => {
    const hash = createHash('sha256');
    for (const { atMs, raw, outageMs } of play(world(seed, {}, { outageEverySec: 20 }), 40)) {
      hash
        .update(`${atMs} ${outageMs} ${raw.method} ${raw.msgId} ${raw.history} ${raw.receivedAt}\n`)
        .update(raw.payload);
    }
    return hash.digest('hex');
  };
  assert.equal(digest(1), digest(1));
  assert.notEqual(digest(1), digest(2));
});

test('another start of the same seed is the same LIVE with other ids: nothing of it is taken for a repetition', () => {
  const again = new ScriptedWorld({
    seed: 11,
    startAt: startAt + 3_600_000,
    profile: { peakPerSec: 150 },
    faults: calm,
  });
  const [first, second] = [play(world(11, {}, calm), 60), play(again, 60)];
  assert.deepEqual(
    second.map(({ raw }) => raw.method),
    first.map(({ raw }) => raw.method),
  );
  const ids = new Set(first.map(({ raw }) => raw.msgId));
  assert.ok(second.every(({ raw }) => !ids.has(raw.msgId)));
  assert.notEqual(again.roomId, world(11).roomId);
});

test('time never runs backwards, and message ids are unique but for repeated messages', () => {
  const steps = play(world(5, {}, { outageEverySec: 25 }), 90);
  const seen = new Set<string>();
  let lastMs = 0;
  for (const { atMs, raw } of steps) {
    assert.ok(atMs >= lastMs);
    lastMs = atMs;
    assert.match(raw.msgId, /^[0-9]{19}$/);
    if (seen.has(raw.msgId)) assert.ok(raw.history, 'only the backlog repeats');
    seen.add(raw.msgId);
  }
});

test('the trickle is a trickle and the burst comes in one step', () => {
  const profile = {
    tricklePerSec: 50,
    trickleSwing: 0,
    peakPerSec: 500,
    firstBattleSec: 30,
    battleSec: 90,
    burstSec: 90,
    battleEverySec: 600,
  };
  for (const seed of [1, 2]) {
    const steps = play(world(seed, profile, { outageEverySec: 0 }), 140);
    const before = perSecond(steps, 5, 30);
    const firstSecond = perSecond(steps, 30, 31);
    const during = perSecond(steps, 30, 120);
    const after = perSecond(steps, 121, 139);
    assert.ok(before > 42 && before < 58, `seed ${seed}: ${before}/s before`);
    assert.ok(firstSecond > 420, `seed ${seed}: ${firstSecond}/s in the first second`);
    assert.ok(during > 480 && during < 530, `seed ${seed}: ${during}/s during`);
    assert.ok(after > 35 && after < 70, `seed ${seed}: ${after}/s after`);
  }
});

test('an evening by default has 10 to 50 messages a second between battles', () => {
  for (const seed of [4, 5, 6]) {
    const steps = play(world(seed, { battleEverySec: 0 }), 120);
    for (let second = 5; second < 115; second += 10) {
      const rate = perSecond(steps, second, second + 10);
      assert.ok(rate >= 10 && rate <= 50, `seed ${seed}, second ${second}: ${rate}/s`);
    }
    const viewers = steps.filter(({ raw }) => raw.method === 'WebcastRoomUserSeqMessage').length;
    assert.ok(viewers >= 120 / 3 && viewers <= 120 / 2, `${viewers} viewer messages in two minutes`);
  }
});

test('every message that MEKS has a schema for can be read, and says which one it is', () => {
  const schemas = new Map<string, GenMessage<Message & { common?: webcast.Common | undefined }>>(
    Object.entries(webcast).flatMap(([name, value]) =>
      (name.startsWith('Webcast') && name.endsWith('MessageSchema')) ||
      (name.startsWith('WebcastLinkMic') && name.endsWith('Schema'))
        ? [[name.slice(0, -'Schema'.length), value as GenMessage<Message & { common?: webcast.Common | undefined }>]]
        : [],
    ),
  );
  const live = world(8);
  const unread = new Set<string>();
  for (const step of play(live, 240)) {
    const schema = schemas.get(step.raw.method);
    if (schema === undefined) {
      unread.add(step.raw.method);
      continue;
    }
    const { common } = read(schema, step);
    assert.equal(common?.method, step.raw.method);
    assert.equal(common?.msgId, step.raw.msgId);
    assert.equal(common?.roomId, live.roomId);
  }
  assert.ok(unread.size > 0, 'some methods have no schema, as upstream');
});

test('gift messages are as large as real ones, and most of that is what MEKS skips', () => {
  const sizes = gifts(play(world(9), 60)).map(({ step }) => step.raw.payload.length);
  sizes.sort((a, b) => a - b);
  assert.ok(sizes[0]! >= 2_000 && sizes.at(-1)! <= 6_500, `${sizes[0]} to ${sizes.at(-1)} bytes`);
});

test('streaks are told as running totals that jump, and their increments are the diamonds of each message', () => {
  const totals = new Map<string, number>();
  let jumps = 0;
  for (const { gift } of gifts(play(world(10, {}, calm), 100))) {
    if (gift.groupId === '0') {
      assert.notEqual(gift.gift?.type, 1);
      assert.equal(gift.repeatCount, 1);
      assert.equal(gift.fanTicketCount, gift.gift?.diamondCount);
      continue;
    }
    const key = `${gift.user?.id}|${gift.giftId}|${gift.groupId}`;
    const before = totals.get(key) ?? 0;
    const adds = gift.repeatCount - before;
    assert.equal(gift.fanTicketCount, gift.repeatEnd === 1 ? 0 : adds * gift.gift!.diamondCount);
    if (gift.repeatEnd === 1) assert.equal(adds, 0);
    if (adds > 1) jumps++;
    totals.set(key, gift.repeatCount);
  }
  assert.ok(jumps > 50, `${jumps} jumps`);
});

test('streaks misbehave as real ones do: no end, ticks out of order, ticks after the end', () => {
  const streaks = new Map<string, { ended: boolean; last: number; highest: number }>();
  let [out, late] = [0, 0];
  const steps = play(world(11, { endSec: 110, battleSec: 60, firstBattleSec: 5 }), 200);
  for (const { gift } of gifts(steps)) {
    if (gift.groupId === '0') continue;
    const key = `${gift.user?.id}|${gift.giftId}|${gift.groupId}`;
    const streak = streaks.get(key) ?? { ended: false, last: 0, highest: 0 };
    streaks.set(key, streak);
    if (gift.repeatEnd === 0 && streak.ended) late++;
    else if (gift.repeatCount < streak.highest) out++;
    streak.highest = Math.max(streak.highest, gift.repeatCount);
    streak.last = gift.repeatCount;
    streak.ended ||= gift.repeatEnd === 1;
  }
  const open = [...streaks.values()].filter(({ ended }) => !ended).length / streaks.size;
  assert.ok(streaks.size > 700);
  assert.ok(open > 0.03 && open < 0.08, `${open} of the streaks have no end`);
  assert.ok(out > 20, `${out} ticks out of order`);
  assert.ok(late > 5, `${late} ticks after the end`);
});

test('a lost connection is followed by a backlog: some of it repeated, all of it marked as history, nothing lost', () => {
  const profile = { endSec: 60 };
  const faults = { outageEverySec: 15, inverted: 0.04 };
  const live = world(12, profile, faults);
  const steps = play(live, 100);
  const outages = steps.filter(({ outageMs }) => outageMs > 0);
  assert.ok(outages.length >= 2, `${outages.length} outages`);
  assert.ok(outages.every(({ raw }) => raw.history));
  const ids = steps.map(({ raw }) => raw.msgId);
  const repeated = ids.length - new Set(ids).size;
  assert.ok(repeated >= 100);
  assert.equal(live.truth.repeated, repeated);
  assert.ok(steps.filter(({ raw }) => raw.history).length > repeated, 'the backlog brings what was missed, too');
});

/** What a broker should make of `steps`: the rules of docs and nothing of the world's own books. */
function recount(steps: readonly WorldStep[]) {
  const seen = new Set<string>();
  const highest = new Map<string, number>();
  const byUser: Record<string, number> = {};
  const sides: Record<string, number> = {};
  let battleId = '';
  for (const step of steps) {
    if (seen.has(step.raw.msgId)) continue;
    seen.add(step.raw.msgId);
    if (step.raw.method === 'WebcastLinkMicBattle') {
      const battle = read(webcast.WebcastLinkMicBattleSchema, step);
      if (battle.action === 4) battleId = battle.battleId;
      if (battle.action >= 5) battleId = '';
    }
    if (step.raw.method !== 'WebcastGiftMessage') continue;
    const gift = read(webcast.WebcastGiftMessageSchema, step);
    const key = gift.groupId === '0' ? step.raw.msgId : `${gift.user?.id}|${gift.giftId}|${gift.groupId}`;
    const adds = Math.max(0, gift.repeatCount - (highest.get(key) ?? 0)) * gift.gift!.diamondCount;
    highest.set(key, Math.max(highest.get(key) ?? 0, gift.repeatCount));
    if (adds === 0) continue;
    byUser[gift.user!.id] = (byUser[gift.user!.id] ?? 0) + adds;
    if (battleId !== '' && gift.toUser === undefined) sides[battleId] = (sides[battleId] ?? 0) + adds;
  }
  return { byUser, sides };
}

test('the truth equals a recount of the messages, faults and all', () => {
  for (const seed of [21, 22]) {
    const faults = { outageEverySec: 30, battleCutShort: 0.5 };
    const live = world(seed, { battleSec: 20, burstSec: 20, battleEverySec: 50 }, faults);
    const { byUser, sides } = recount(play(live, 150));
    const { truth } = live;
    const wrong = Object.keys(byUser).filter((id) => truth.diamondsByUser.get(id) !== byUser[id]);
    assert.deepEqual(wrong, [], `seed ${seed}`);
    assert.equal(truth.diamondsByUser.size, Object.keys(byUser).length, `seed ${seed}`);
    assert.deepEqual(
      Object.fromEntries(truth.battles.map((battle) => [battle.battleId, battle.diamonds])),
      sides,
      `seed ${seed}`,
    );
    assert.equal(
      truth.diamonds,
      Object.values(byUser).reduce((sum, diamonds) => sum + diamonds, 0),
    );
    assert.ok(truth.battles.length >= 2);
    for (const battle of truth.battles) {
      assert.equal(
        battle.diamonds,
        [...battle.diamondsByUser.values()].reduce((sum, diamonds) => sum + diamonds, 0),
      );
    }
  }
});

test('going by the clock instead of by the messages puts the same gifts into a battle', () => {
  for (const seed of [31, 32]) {
    const live = world(seed, { battleSec: 30, burstSec: 30, battleEverySec: 60, endSec: 55 }, calm);
    const steps = play(live, 60);
    const battles = steps
      .filter(({ raw }) => raw.method === 'WebcastLinkMicBattle')
      .map((step) => read(webcast.WebcastLinkMicBattleSchema, step));
    const { startTimeMs } = battles[0]!.battleSettings!;
    const finish = battles.at(-1)!;
    assert.equal(finish.action, 5);
    const dueAt =
      Number(startTimeMs) +
      (finish.battleSettings!.duration - 1 + Number(finish.battleSettings!.extraDurationSecond)) * 1_000;
    const inside = gifts(steps).filter(
      ({ gift }) =>
        gift.toUser === undefined &&
        Number(gift.common!.createTime) >= Number(startTimeMs) &&
        Number(gift.common!.createTime) < dueAt,
    );
    const diamonds = inside.reduce((sum, { gift }) => sum + gift.fanTicketCount, 0);
    assert.equal(diamonds, live.truth.battles[0]!.diamonds, `seed ${seed}`);
  }
});

test('a battle goes through its phases, with points that are not its diamonds', () => {
  let different = 0;
  const cards = new Set<number>();
  for (const seed of [41, 42, 43, 44, 45, 46]) {
    const live = world(seed, { battleSec: 40, burstSec: 40, battleEverySec: 0, firstBattleSec: 0 });
    assert.equal(live.truth.battles.length, 0);
    const one = world(seed, {
      battleSec: 40,
      burstSec: 40,
      battleEverySec: 300,
      firstBattleSec: 2,
      punishSec: 15,
      endSec: 90,
    });
    const steps = play(one, 90);
    const story: string[] = [];
    let lastPoints = '';
    for (const step of steps) {
      if (step.raw.method === 'WebcastLinkMicBattle') {
        const battle = read(webcast.WebcastLinkMicBattleSchema, step);
        if (battle.action !== 1) story.push(`battle ${battle.action}`);
        if (battle.action === 5) {
          const scores = battle.battleResult.map(({ value }) => value!.score);
          assert.equal(scores[0], lastPoints);
          assert.equal(scores[0], String(one.truth.battles[0]!.points));
          assert.equal(scores[1], String(one.truth.battles[0]!.rivalPoints));
          assert.deepEqual(
            battle.anchorsInfo.map(({ key }) => key),
            [one.host.id, one.truth.battles[0]!.rivalId],
          );
        }
      } else if (step.raw.method === 'WebcastLinkMicArmies') {
        const armies = read(webcast.WebcastLinkMicArmiesSchema, step);
        lastPoints = armies.armies[0]!.value!.hostScore;
        assert.ok(armies.armies[0]!.value!.userArmies.length <= 3);
      } else if (step.raw.method === 'WebcastLinkMicBattlePunishFinish') story.push('punish finish');
      else if (step.raw.method === 'WebcastLinkMicBattleItemCard') {
        cards.add(read(webcast.WebcastLinkMicBattleItemCardSchema, step).msgType);
      }
    }
    assert.deepEqual(story.slice(0, 3), ['battle 4', 'battle 5', 'punish finish'], `seed ${seed}`);
    const battle = one.truth.battles[0]!;
    if (battle.points !== battle.diamonds) different++;
  }
  assert.ok(different >= 5, `${different} of 6 battles`);
  assert.ok(cards.size >= 3, `cards ${[...cards].join(' ')}`);
});

test('the last ten seconds of a battle bring the big gifts', () => {
  let [early, late] = [0, 0];
  for (const seed of [51, 52, 53]) {
    const live = world(seed, { firstBattleSec: 1, battleSec: 60, burstSec: 60, battleEverySec: 200, endSec: 70 }, calm);
    for (const { step, gift } of gifts(play(live, 70))) {
      if (gift.gift!.diamondCount < 1_000) continue;
      if (step.atMs >= 51_000 && step.atMs < 61_000) late++;
      else early++;
    }
  }
  assert.ok(late / 10 > early / 60, `${late} in the last 10 s, ${early} in the 60 around`);
});

test('few give much and many give little', () => {
  const live = world(61);
  play(live, 120);
  const sums = [...live.truth.diamondsByUser.values()].sort((a, b) => b - a);
  const total = live.truth.diamonds;
  const top = sums.slice(0, 10).reduce((sum, diamonds) => sum + diamonds, 0);
  assert.ok(sums.length > 300, `${sums.length} gifters`);
  assert.ok(top / total > 0.4, `the first ten gave ${top / total}`);
});

test('a LIVE with an end says so last, after everything that was under way', () => {
  const live = world(71, { endSec: 20 }, { inverted: 1, outageEverySec: 0 });
  const steps = play(live, 1_000);
  assert.equal(live.next(), null);
  const last = steps.at(-1)!;
  assert.equal(last.raw.method, 'WebcastControlMessage');
  assert.equal(read(webcast.WebcastControlMessageSchema, last).action, 3);
});

test('a profile that cannot be is refused with the remedy', () => {
  for (const profile of [{ battleSec: 100, battleEverySec: 110 }, { tricklePerSec: 0 }, { battleSec: Number.NaN }]) {
    assert.throws(
      () => world(1, profile),
      (error) => error instanceof MeksError && error.code === 'MEKS_OPTION_INVALID',
    );
  }
});
