import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Feed, FeedSink } from './feed.ts';
import { Playback } from './playback.ts';
import type { Step, StepSource } from './playback.ts';
import type { FaultRates, RateProfile } from './scripted/profile.ts';
import type { Outgoing } from './scripted/outbox.ts';
import { ScriptedWorld } from './scripted/world.ts';

export { ScriptedWorld } from './scripted/world.ts';
export type { ScriptedWorldOptions, WorldStep } from './scripted/world.ts';
export type { FaultRates, RateProfile } from './scripted/profile.ts';
export type { BattleTruth, WorldTruth } from './scripted/truth.ts';

// Plays a ScriptedWorld in real time: the demo's LIVE, and the simulator's. What it offers are Webcast messages as
// upstream sends them, bytes and all; nothing downstream can tell. Waits where the sink is full, then catches up.

/** All of RateProfile may be set beside what is named here, each with its default. */
export interface ScriptedFeedOptions extends Partial<RateProfile> {
  readonly clock: Clock;
  /** Decides everything: each start draws the seed of its LIVE from it. */
  readonly random: Random;
  readonly faults?: Partial<FaultRates>;
  readonly people?: number;
  readonly pictureHost?: string;
}

export class ScriptedFeed implements Feed {
  readonly name = 'scripted';
  readonly #options: ScriptedFeedOptions;
  #world: ScriptedWorld | null = null;
  #playback: Playback | null = null;

  constructor(options: ScriptedFeedOptions) {
    this.#options = options;
  }

  /** The LIVE under way, or the last one: for its truth. null before the first start. */
  get world(): ScriptedWorld | null {
    return this.#world;
  }

  /** Throws MeksError MEKS_OPTION_INVALID when the profile cannot be. */
  start(sink: FeedSink): void {
    const { clock, random, faults, people, pictureHost, ...profile } = this.#options;
    const startAt = clock.wallMs();
    const world = new ScriptedWorld({
      seed: random.int(4_294_967_296),
      startAt,
      profile: onlyRates(profile),
      ...(faults === undefined ? {} : { faults }),
      ...(people === undefined ? {} : { people }),
      ...(pictureHost === undefined ? {} : { pictureHost }),
    });
    this.#world = world;
    sink.state('connecting', 'writing the script');
    const source = new WorldSource(world, startAt);
    const onEnd = (): void => {
      this.#playback = null;
      sink.state('ended', `@${world.host.handle} has ended the LIVE`);
    };
    this.#playback = new Playback({ source, sink, clock, onEnd });
    sink.state('live', `@${world.host.handle} is live, by script`);
    this.#playback.wake();
  }

  stop(): Promise<void> {
    this.#playback?.stop();
    this.#playback = null;
    return Promise.resolve();
  }
}

/** A world's messages as timed steps; a lost connection is a gap before what follows it. */
class WorldSource implements StepSource {
  readonly #world: ScriptedWorld;
  readonly #startAt: number;
  /** The message that was taken from the world, until it is played. */
  #next: Outgoing | null = null;
  #gapTold = false;

  constructor(world: ScriptedWorld, startAt: number) {
    this.#world = world;
    this.#startAt = startAt;
  }

  take(): Step | 'end' {
    this.#next ??= this.#world.take();
    const next = this.#next;
    if (next === null) return 'end';
    const { atMs, raw, outageMs } = next;
    if (outageMs === 0 || this.#gapTold) return { kind: 'message', dueMs: atMs, raw };
    const at = Math.floor(this.#startAt + atMs - outageMs);
    return { kind: 'gap', dueMs: atMs, gap: { reason: 'upstream-lost', at, lengthMs: outageMs, missed: 0 } };
  }

  played(): void {
    const next = this.#next;
    if (next === null) return;
    if (next.outageMs > 0 && !this.#gapTold) {
      this.#gapTold = true;
      return;
    }
    this.#gapTold = false;
    this.#next = null;
    this.#world.count(next);
  }
}

const rateNames = [
  'tricklePerSec',
  'trickleSwing',
  'peakPerSec',
  'battleEverySec',
  'firstBattleSec',
  'battleSec',
  'burstSec',
  'punishSec',
  'endSec',
] as const satisfies readonly (keyof RateProfile)[];

/** Leaves out what was not given, so that it has its default. */
function onlyRates(given: Partial<RateProfile>): Partial<RateProfile> {
  const profile: Partial<Record<keyof RateProfile, number>> = {};
  for (const name of rateNames) {
    const value = given[name];
    if (value !== undefined) profile[name] = value;
  }
  return profile;
}
