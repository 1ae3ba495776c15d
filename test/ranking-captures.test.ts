import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { Normalizer } from '../src/normalizer/normalizer.ts';
import type { BattleState } from '../src/protocol/battle-state.ts';
import type { MeksEvent } from '../src/protocol/events.ts';
import { encodeEventFrame } from '../src/protocol/frames.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { applyEvent, emptyRoomView } from '../src/protocol/room-view.ts';
import { battleAction, battleResult } from '../src/protocol/webcast/values.ts';
import { WebcastLinkMicArmiesSchema, WebcastLinkMicBattleSchema } from '../src/protocol/webcast/webcast_pb.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { webcastCapture } from './support/captured-messages.ts';
import { capture, needsCapture } from './support/captures.ts';

// Real battles through normalizer and ranking, held against what the payloads say when they are read by themselves.

interface Line {
  readonly method: string;
  readonly b64: string;
  readonly recordedAt: string;
  /** Handle of the host. */
  readonly uniqueId: string;
}

/** One room's pipeline, and a dashboard's view beside it. */
class Pipeline {
  readonly ranking: Ranking;
  readonly #normalizer: Normalizer;
  readonly #client: ReturnType<typeof emptyRoomView>;
  readonly #out: MeksEvent[] = [];
  #seq = 0;

  constructor(handle: string) {
    const room = { id: handle, handle };
    this.ranking = new Ranking({ room });
    this.#client = emptyRoomView(room);
    this.#normalizer = new Normalizer({ room, clock: new VirtualClock() });
  }

  take(raw: RawMessage): MeksEvent[] {
    this.#out.length = 0;
    this.#normalizer.normalize(raw, this.#out);
    for (const event of this.#out) {
      this.ranking.apply(++this.#seq, event);
      applyEvent(this.#client, this.#seq, JSON.parse(encodeEventFrame(this.#seq, event)) as MeksEvent);
    }
    assert.deepEqual(this.ranking.check().problems, []);
    assert.deepEqual(JSON.parse(JSON.stringify(this.ranking.view)), JSON.parse(JSON.stringify(this.#client)));
    return this.#out;
  }
}

function lines(): { readonly method: string; readonly uniqueId: string; readonly raw: RawMessage }[] {
  const text = readFileSync(capture(webcastCapture), 'utf8').trim();
  return text.split('\n').map((line) => {
    const { method, b64, recordedAt, uniqueId } = JSON.parse(line) as Line;
    const payload = new Uint8Array(Buffer.from(b64, 'base64'));
    return {
      method,
      uniqueId,
      raw: { method, payload, msgId: '', receivedAt: Date.parse(recordedAt), history: false },
    };
  });
}

function pipelines(): (handle: string) => Pipeline {
  const all = new Map<string, Pipeline>();
  return (handle) => {
    const known = all.get(handle) ?? new Pipeline(handle);
    all.set(handle, known);
    return known;
  };
}

function battleOf(pipeline: Pipeline): BattleState {
  const { battle } = pipeline.ranking.view;
  assert.ok(battle !== null);
  return battle;
}

test('every room of the recording keeps its invariants, and survives a restore', needsCapture(webcastCapture), () => {
  const pipelineOf = pipelines();
  const handles = new Set<string>();
  let diamonds = 0;
  for (const { raw, uniqueId } of lines()) {
    handles.add(uniqueId);
    for (const event of pipelineOf(uniqueId).take(raw)) if (event.kind === 'gift') diamonds += event.diamonds;
  }
  let counted = 0;
  for (const handle of handles) {
    const { ranking } = pipelineOf(handle);
    counted += ranking.view.session.diamonds;
    const saved = Buffer.from(ranking.save());
    assert.ok(Buffer.from(Ranking.restore(saved, { room: { id: handle, handle } }).save()).equals(saved));
  }
  assert.ok(diamonds > 0);
  assert.equal(counted, diamonds);
});

test('battles open, finish and settle as their messages say', needsCapture(webcastCapture), () => {
  const pipelineOf = pipelines();
  let opened = 0;
  let finished = 0;
  for (const { method, raw, uniqueId } of lines()) {
    const pipeline = pipelineOf(uniqueId);
    pipeline.take(raw);
    if (method !== 'WebcastLinkMicBattle') continue;
    const told = fromBinary(WebcastLinkMicBattleSchema, raw.payload);
    const battle = battleOf(pipeline);
    assert.equal(battle.battleId, told.battleId);
    const startAt = Number(told.battleSettings?.startTimeMs);
    assert.equal(battle.dueAt, startAt + 301_000);
    if (told.action === battleAction.open) {
      opened++;
      assert.deepEqual([battle.phase, battle.complete, battle.endedAt], ['open', true, 0]);
    } else if (told.action === battleAction.finish) {
      finished++;
      assert.deepEqual([battle.phase, battle.endedAt], ['finished', startAt + 301_000]);
      assertResults(battle, told.battleResult);
    }
  }
  assert.ok(opened >= 3, `${opened} opened`);
  assert.ok(finished >= 3, `${finished} finished`);
});

type Results = ReturnType<typeof fromBinary<typeof WebcastLinkMicBattleSchema>>['battleResult'];

/** Exactly one side wins, none of those told to have lost, and its points are not fewer than theirs. */
function assertResults(battle: BattleState, results: Results): void {
  const winners = battle.sides.filter((side) => side.outcome === 'win');
  assert.equal(winners.length, 1);
  for (const side of battle.sides) assert.ok(winners[0]!.points! >= side.points!);
  if (battle.form === 'team') return;
  for (const { key, value } of results) {
    const side = battle.sides.find((each) => each.id === key);
    assert.ok(side !== undefined && value !== undefined);
    assert.equal(side.points, Number(value.score));
    if (value.result === battleResult.lose) assert.equal(side.outcome, 'lose');
  }
}

test('points follow upstream’s running scores', needsCapture(webcastCapture), () => {
  const pipelineOf = pipelines();
  let scores = 0;
  for (const { method, raw, uniqueId } of lines()) {
    const pipeline = pipelineOf(uniqueId);
    pipeline.take(raw);
    if (method !== 'WebcastLinkMicArmies') continue;
    const told = fromBinary(WebcastLinkMicArmiesSchema, raw.payload);
    const battle = battleOf(pipeline);
    assert.equal(battle.battleId, told.battleId);
    assert.equal(battle.phase, 'running');
    assert.equal(battle.scoredAt, Number(told.updateBattleScoreTime));
    const teams = told.teamArmies.map((team) => [team.teamId, Number(team.teamTotalScore)] as const);
    const hosts = told.armies.map(({ key, value }) => [key, Number(value?.hostScore)] as const);
    for (const [id, points] of teams.length > 0 ? teams : hosts) {
      assert.equal(battle.sides.find((side) => side.id === id)?.points, points);
      scores++;
    }
  }
  assert.ok(scores >= 10, `${scores} scores`);
});

test('the end of a victory lap that comes twice settles once', needsCapture(webcastCapture), () => {
  // The same battle ends in both of its rooms: here one ranking hears both.
  const byBattle = new Map<string, MeksEvent[]>();
  for (const { method, raw, uniqueId } of lines()) {
    if (method !== 'WebcastLinkMicBattlePunishFinish') continue;
    for (const event of new Pipeline(uniqueId).take(raw)) {
      if (event.kind !== 'battle') continue;
      byBattle.set(event.battleId, [...(byBattle.get(event.battleId) ?? []), structuredClone(event)]);
    }
  }
  const twice = [...byBattle.values()].filter((events) => events.length > 1);
  assert.ok(twice.length > 0);
  for (const events of twice) {
    const ranking = new Ranking({ room: { id: '1', handle: 'anybody' } });
    ranking.apply(1, events[0]!);
    const settled = structuredClone(ranking.view.battle);
    assert.equal(settled?.phase, 'settled');
    ranking.apply(2, events[1]!);
    assert.deepEqual(ranking.view.battle, settled);
  }
});

test('power-ups reach the battle on display', needsCapture(webcastCapture), () => {
  const pipelineOf = pipelines();
  let items = 0;
  for (const { raw, uniqueId } of lines()) {
    const pipeline = pipelineOf(uniqueId);
    for (const event of pipeline.take(raw)) {
      if (event.kind !== 'battle' || event.change !== 'item') continue;
      const newest = event.state?.items.at(-1);
      assert.deepEqual([newest?.item, newest?.anchorId], [event.item, event.anchorId]);
      assert.equal(newest?.endAt, event.startAt + event.durationSec * 1_000);
      items++;
    }
  }
  assert.ok(items >= 4, `${items} items`);
});
