import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import type { BattleTruth, FaultRates, RateProfile } from '../../src/feed/scripted.ts';
import { Normalizer } from '../../src/normalizer/normalizer.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import { Ranking } from '../../src/ranking/ranking.ts';

// The scripted LIVE knows what it should add up to. Normalizer and ranking, as a room puts them together, must agree
// with it to the diamond: per giver, per battle, with streaks that jump, swap, come late and never end, and with
// backlogs.

const startAt = Date.UTC(2026, 4, 1, 20);

interface Counted {
  readonly diamonds: number;
  readonly byUser: ReadonlyMap<string, number>;
  /** Highest diamonds seen for the room's own side, by battle. */
  readonly byBattle: ReadonlyMap<string, number>;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly normalizer: Normalizer;
}

/** Runs a world through the room's two thinking parts on its own time. */
function run(world: ScriptedWorld): Counted {
  const clock = new VirtualClock(startAt);
  const normalizer = new Normalizer({ room: { id: 'room' }, clock });
  const ranking = new Ranking({ room: { id: 'room', handle: world.host.handle } });
  const byUser = new Map<string, number>();
  const byBattle = new Map<string, number>();
  const outcomes = new Map<string, number>();
  let seq = 0;
  const publish = (events: readonly MeksEvent[]): void => {
    for (const event of events) {
      ranking.apply(++seq, event);
      if (event.kind !== 'gift') continue;
      byUser.set(event.user.id, (byUser.get(event.user.id) ?? 0) + event.diamonds);
      if (event.battle !== null) byBattle.set(event.battle.battleId, event.battle.sideDiamonds);
    }
  };
  for (let step = world.next(); step !== null; step = world.next()) {
    clock.advance(startAt + step.atMs - clock.wallMs());
    const events: MeksEvent[] = [];
    const outcome = normalizer.normalize(step.raw, events);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    normalizer.expire(events);
    publish(events);
  }
  return { diamonds: ranking.view.session.diamonds, byUser, byBattle, outcomes, normalizer };
}

function worldOf(seed: number, profile: Partial<RateProfile>, faults: Partial<FaultRates>): ScriptedWorld {
  const lively = { peakPerSec: 250, firstBattleSec: 4, battleSec: 20, burstSec: 20, battleEverySec: 50, endSec: 110 };
  return new ScriptedWorld({ seed, startAt, profile: { ...lively, ...profile }, faults });
}

function assertTruth(seed: number, world: ScriptedWorld): Counted {
  const counted = run(world);
  const { truth } = world;
  const wrong = [...truth.diamondsByUser].filter(([id, diamonds]) => counted.byUser.get(id) !== diamonds);
  assert.deepEqual(wrong, [], `seed ${seed}: givers that were counted wrong`);
  assert.equal(counted.diamonds, truth.diamonds, `seed ${seed}: diamonds of the session`);
  const sides = truth.battles.map(({ battleId }: BattleTruth) => counted.byBattle.get(battleId));
  assert.deepEqual(
    sides,
    truth.battles.map(({ diamonds }) => diamonds),
    `seed ${seed}: diamonds of each battle`,
  );
  assert.equal(counted.outcomes.get('quarantined') ?? 0, 0, `seed ${seed}: nothing of it is not understood`);
  return counted;
}

test('what is counted equals the truth, with the faults of an ordinary evening', () => {
  for (const seed of [1, 2, 3]) assertTruth(seed, worldOf(seed, {}, { outageEverySec: 0 }));
});

test('what is counted equals the truth when the connection is lost again and again', () => {
  for (const seed of [4, 5]) {
    const world = worldOf(seed, {}, { outageEverySec: 12 });
    const { outcomes } = assertTruth(seed, world);
    assert.ok(world.truth.repeated > 200, `seed ${seed}: ${world.truth.repeated} messages came again`);
    assert.ok((outcomes.get('duplicate') ?? 0) >= world.truth.repeated / 2);
  }
});

test('what is counted equals the truth when streaks misbehave all the time', () => {
  const faults = { endMissing: 0.5, tickSwapped: 0.4, tickLate: 0.6, inverted: 0.4, outageEverySec: 20 };
  for (const seed of [6, 7]) assertTruth(seed, worldOf(seed, {}, faults));
});
