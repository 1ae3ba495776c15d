import assert from 'node:assert/strict';
import { type Random, seededRandom } from '../../../src/base/random.ts';
import type { BattleState } from '../../../src/protocol/battle-state.ts';
import type { CorrectionEvent, CorrectionRequest } from '../../../src/protocol/corrections.ts';
import { MeksError } from '../../../src/protocol/errors.ts';
import type { MeksEvent } from '../../../src/protocol/events.ts';
import { encodeEventFrame } from '../../../src/protocol/frames.ts';
import { applyEvent, beginsSession, emptyRoomView } from '../../../src/protocol/room-view.ts';
import { room as happening, World, type WorldOptions, worldStart } from '../../../src/ranking/fixture.ts';
import { checkStep } from './checks.ts';
import { Ranking, type RankingOptions } from '../../../src/ranking/ranking.ts';
import { BattleRecount, sideByHand } from './recount-battles.ts';
import { recountBattle, Recount } from './recount.ts';

// A ranking beside plain maps that are sorted anew: histories of chance, every visible number compared at every step.
// Shared by the suite's short run and by tools/board-model.ts. For tests and tools.

const room = { room: { id: '7', handle: 'ours' }, hostId: '1' };
/** Snapshots kept to be replayed from, and the events since the oldest of them. */
const snapshotsMax = 6;
const snapshotEverySteps = 400;

/** What a step asks for: an event of upstream or an operator, or a request that becomes one, or is refused. */
export type Input =
  | { readonly kind: 'event'; readonly seq: number; readonly event: MeksEvent }
  | { readonly kind: 'request'; readonly seq: number; readonly request: CorrectionRequest };

/** What a run has come across. */
export interface ModelAccount {
  steps: number;
  gifts: number;
  corrections: number;
  undone: number;
  refused: number;
  battles: number;
  sessions: number;
  days: number;
  /** Replays of the log, from a snapshot and from nothing, that gave the same bytes. */
  replays: number;
  replayedEvents: number;
}

export function emptyAccount(): ModelAccount {
  return {
    steps: 0,
    gifts: 0,
    corrections: 0,
    undone: 0,
    refused: 0,
    battles: 0,
    sessions: 0,
    days: 0,
    replays: 0,
    replayedEvents: 0,
  };
}

/** One room's history beside its recount. */
export class ModelRun {
  readonly model: Recount;
  readonly #options: RankingOptions;
  readonly #account: ModelAccount;
  readonly #recounted = new BattleRecount();
  readonly #client = emptyRoomView(room.room);
  /** What the log holds: texts of events, each with its seq. */
  readonly #log: { readonly seq: number; readonly text: string }[] = [];
  readonly #snapshots: { readonly length: number; readonly bytes: Uint8Array }[] = [];
  #ranking: Ranking;
  #former: BattleState | null = null;
  #number = 0;
  readonly #spoil: (event: MeksEvent) => void;

  /** `spoil` changes an event behind the recount's back: for a test of the comparison itself. */
  constructor(account: ModelAccount, timeZone: string, spoil: (event: MeksEvent) => void = (): void => {}) {
    this.#account = account;
    this.model = new Recount(timeZone);
    this.#options = { ...room, timeZone };
    this.#ranking = new Ranking(this.#options);
    this.#spoil = spoil;
  }

  /** Battles that take corrections. */
  get battles(): (BattleState | null)[] {
    return [this.#ranking.view.battle, this.#former];
  }

  /** Throws AssertionError where a number differs. */
  step(input: Input): void {
    const { seq } = input;
    this.#number++;
    this.#account.steps++;
    const event = input.kind === 'event' ? { ...input.event } : this.#asked(input.request);
    if (event === null) return;
    const entry = this.#turn(event, seq);
    const text = encodeEventFrame(seq, event);
    this.#log.push({ seq, text });
    applyEvent(this.#client, seq, JSON.parse(text) as MeksEvent);
    const ranking = this.#ranking;
    const number = this.#number;
    checkStep({ ranking, model: this.model, battles: this.#recounted, event, entry, number });
    if (number % 53 === 0) assert.deepEqual(JSON.parse(JSON.stringify(ranking.view)), this.#client);
    if (number % snapshotEverySteps === 0) this.#snapshot();
  }

  /** Replays from any snapshot: the same bytes. One time in three, the run goes on with what was replayed. */
  replay(random: Random, fromNothing: boolean): void {
    const snapshot = fromNothing || this.#snapshots.length === 0 ? null : random.pick(this.#snapshots);
    const options = this.#options;
    const ranking = snapshot === null ? new Ranking(options) : Ranking.restore(snapshot.bytes, options);
    const from = snapshot?.length ?? 0;
    for (let index = from; index < this.#log.length; index++) {
      const { seq, text } = this.#log[index]!;
      ranking.apply(seq, JSON.parse(text) as MeksEvent);
    }
    const same = Buffer.from(ranking.save()).equals(this.#ranking.save());
    assert.ok(same, `replaying ${this.#log.length - from} events gives other bytes`);
    this.#account.replays++;
    this.#account.replayedEvents += this.#log.length - from;
    if (random.chance(1 / 3)) this.#ranking = ranking;
  }

  #snapshot(): void {
    this.#snapshots.push({ length: this.#log.length, bytes: this.#ranking.save() });
    if (this.#snapshots.length > snapshotsMax) this.#snapshots.splice(this.#number % snapshotsMax, 1);
  }

  /** The event that the ranking makes of a request; null where it refuses, for the reason that counting gives. */
  #asked(request: CorrectionRequest): CorrectionEvent | null {
    const refused = this.model.refuses(request, this.battles);
    try {
      const event = this.#ranking.correctionOf(request, 1);
      assert.equal(refused, null, JSON.stringify(request));
      return event;
    } catch (error) {
      if (!(error instanceof MeksError)) throw error;
      assert.equal(error.code, refused, JSON.stringify(request));
      this.#account.refused++;
      return null;
    }
  }

  /** One event on both sides. Returns what the model made of a correction. */
  #turn(event: MeksEvent, seq: number): ReturnType<Recount['correct']> | null {
    const { model } = this;
    const ranking = this.#ranking;
    const account = this.#account;
    const former = this.#former;
    const shown = ranking.view.battle;
    // What a gift changes of a battle is its sums; the recount asks before that.
    const before = shown === null || event.kind === 'gift' ? shown : structuredClone(shown);
    const begins = beginsSession(ranking.view, event);
    const { day } = model;
    if (event.kind === 'room' && event.topic === 'time') model.goOn(event.at);
    else model.tick(isDatedByBroker(event) ? 0 : event.at);
    if (model.day !== day) account.days++;
    if (event.kind === 'gift') {
      const isNew = model.held('session', event.user.id) === 0;
      this.#recounted.gift(event, isNew, before, sideByHand(before, event));
      model.gift(event, before, former, seq);
      account.gifts++;
    }
    const entry = event.kind === 'correction' ? model.correct(event, [former, before], seq) : null;
    if (entry !== null) account.corrections++;
    if (event.kind === 'correction' && event.action === 'undo' && entry!.did) account.undone++;
    const moved = ranking.counters.get('battleEvents');
    this.#spoil(event);
    ranking.apply(seq, event);
    if (begins) {
      model.beginSession(seq);
      this.#recounted.beginSession();
      this.#former = null;
      account.sessions++;
      return entry;
    }
    const after = ranking.view.battle;
    if (before !== null && after!.battleId !== before.battleId) this.#former = before;
    if (event.kind !== 'battle' && event.kind !== 'score') return entry;
    if (before?.battleId !== after?.battleId) account.battles++;
    recountBattle(model, before, after, this.#former);
    if (ranking.counters.get('battleEvents') > moved) this.#recounted.take(event, before, after!);
    return entry;
  }
}

/** What somebody might ask for: mostly about what has just happened. */
function requestOf(random: Random, run: ModelRun, id: string): CorrectionRequest {
  const { model, battles } = run;
  const base = { id, reason: 'model', by: 'model' };
  const gift = model.gifts[model.gifts.length - 1 - Math.floor(random.exponential(30))]?.id ?? 'unknown';
  const roll = random.next();
  if (roll < 0.5) {
    const entry = model.ledger[model.ledger.length - 1 - Math.floor(random.exponential(5))];
    return { ...base, action: 'undo', undoes: entry?.event.id ?? 'unknown' };
  }
  if (roll < 0.7) return { ...base, action: 'void-gift', gift };
  const battle = random.pick([...battles, null]);
  const side = battle === null || battle.sides.length === 0 ? null : random.pick(battle.sides);
  const to = side === null ? null : { battleId: battle!.battleId, sideId: random.chance(0.05) ? 'x' : side.id };
  return { ...base, action: 'attribute', gift, to };
}

/** One history: a world, how long it is looked at, and the seed that both follow from. */
export interface Episode {
  readonly seed: number;
  readonly world: WorldOptions;
  readonly steps: number;
  /** UTC unless given. */
  readonly timeZone?: string;
}

/** Around the days on which Berlin's clocks are changed, and an ordinary one. */
const beginnings = [worldStart, Date.UTC(2026, 9, 24, 18), Date.UTC(2026, 2, 28, 18)];

/** The episode that follows from a seed: rooms of all sizes and paces. */
export function episodeOf(seed: number): Episode {
  const random = seededRandom(seed);
  const gifters = random.pick([3, 8, 25, 40, 40, 60, 150, 400]);
  const paceMs = random.pick([20, 200, 800, 800, 4_000, 20_000, 90_000]);
  const startAt = random.pick(beginnings);
  const timeZone = random.pick(['UTC', 'Europe/Berlin', 'Europe/Berlin', 'America/New_York', 'Asia/Kathmandu']);
  return { seed, world: { gifters, paceMs, startAt }, timeZone, steps: random.pick([1_000, 2_000, 4_000, 8_000]) };
}

/** A failure of an episode, with all that was done until then. */
export class ModelFailure extends Error {
  readonly episode: Episode;
  readonly #inputs: readonly Input[];

  constructor(episode: Episode, inputs: readonly Input[], cause: unknown) {
    const { seed, world, timeZone } = episode;
    const what = `seed ${seed}, step ${inputs.length} of ${JSON.stringify({ ...world, timeZone })}`;
    super(`${what}: ${JSON.stringify(inputs.at(-1))}`, { cause });
    this.episode = episode;
    this.#inputs = inputs;
  }

  /** A getter, so that printing the failure does not print them. */
  get inputs(): readonly Input[] {
    return this.#inputs;
  }
}

/** Throws ModelFailure. `spoil` as for a run. */
export function playEpisode(episode: Episode, account: ModelAccount, spoil?: (event: MeksEvent) => void): void {
  const random = seededRandom(episode.seed);
  const world = new World(random.fork(), episode.world);
  const run = new ModelRun(account, episode.timeZone ?? 'UTC', spoil);
  const inputs: Input[] = [];
  let seq = 0;
  try {
    for (let step = 0; step < episode.steps; step++) {
      seq += random.chance(0.02) ? 1 + random.int(4) : 1;
      const input = inputOf(random, run, world, { step, seq });
      inputs.push(input);
      run.step(input);
      if (random.chance(0.002)) run.replay(random, false);
    }
    run.replay(random, true);
  } catch (error) {
    throw new ModelFailure(episode, inputs, error);
  }
}

function inputOf(random: Random, run: ModelRun, world: World, { step, seq }: { step: number; seq: number }): Input {
  const roll = random.next();
  if (roll < 0.05) return { kind: 'request', seq, request: requestOf(random, run, `asked-${step}`) };
  if (roll >= 0.06) return { kind: 'event', seq, event: world.next() };
  // Nothing happens for a while, mostly a short one: what is dated while it lasts comes afterwards.
  const at = run.model.time.now + Math.floor(random.exponential(20_000));
  return { kind: 'event', seq, event: happening('time', { id: `time-${step}`, at }) };
}

/** Dated by the broker's clock, which is another one than that of a recording. */
function isDatedByBroker(event: MeksEvent): boolean {
  if (event.kind === 'score') return event.from !== undefined;
  if (event.kind === 'room') return event.topic === 'reconciliation';
  return ['correction', 'operator', 'gap'].includes(event.kind);
}
