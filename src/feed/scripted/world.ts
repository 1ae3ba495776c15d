import { VirtualClock } from '../../base/virtual-clock.ts';
import type { Timer } from '../../base/clock.ts';
import { seededRandom } from '../../base/random.ts';
import type { Random } from '../../base/random.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import { BattleStory } from './battle-story.ts';
import { Chatter } from './chatter.ts';
import { Envelopes } from './envelope.ts';
import { GiftCatalogue } from './gifts.ts';
import { rivalNames, scriptedHost } from './names.ts';
import { Outbox } from './outbox.ts';
import type { Outgoing } from './outbox.ts';
import { decimal, Population } from './people.ts';
import type { Person } from './people.ts';
import { burstSecMax, defaultFaults, defaultProfile } from './profile.ts';
import type { FaultRates, RateProfile } from './profile.ts';
import { controlMessage } from './room-messages.ts';
import { Stage } from './stage.ts';
import { WorldTruth } from './truth.ts';

// A LIVE that never was: an endless sequence of Webcast messages with their times, made by the seed alone, and the
// truth about what they should add up to. It runs on a clock of its own, as fast as `next` is called. Memory is
// bounded by the number of people, the streaks and battles under way, and a backlog of a hundred messages.

export interface ScriptedWorldOptions {
  /** The same seed, start and profile give the same bytes. */
  readonly seed: number;
  /** Unix ms at which the LIVE begins. */
  readonly startAt: number;
  readonly profile?: Partial<RateProfile>;
  readonly faults?: Partial<FaultRates>;
  /** How many different people there are. Default 3,000. */
  readonly people?: number;
  /** Beginning of picture addresses. Default `https://avatar.invalid`, where nothing is served. */
  readonly pictureHost?: string;
}

export interface WorldStep {
  /** Milliseconds after the beginning of the LIVE; never less than the step before. */
  readonly atMs: number;
  readonly raw: RawMessage;
  /** Above 0: the connection was lost for so long just before this message. */
  readonly outageMs: number;
}

/** The trickle's average is set anew this often. */
const swingEveryMs = 4_000;
/** Extra time, the lag of the result, and a breath. */
const betweenBattlesSec = 25;

export class ScriptedWorld {
  /** Follows the messages given so far. */
  readonly truth = new WorldTruth();
  readonly host: Person;
  readonly roomId: string;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #profile: RateProfile;
  readonly #stage: Stage;
  readonly #outbox: Outbox;
  readonly #chatter: Chatter;
  readonly #people: Population;
  readonly #slot = (): void => this.#onSlot();
  #slotTimer: Timer | null = null;
  #ratePerSec: number;
  #burst = false;
  #burstTimers: Timer[] = [];
  #ended = false;
  #winStreak = 0;
  #battles = 0;

  constructor(options: ScriptedWorldOptions) {
    const profile = checkProfile({ ...defaultProfile, ...options.profile });
    const faults = { ...defaultFaults, ...options.faults };
    const pictureHost = options.pictureHost ?? 'https://avatar.invalid';
    const random = seededRandom(options.seed);
    const clock = new VirtualClock(options.startAt);
    const envelopes = new Envelopes(random.fork(), options.startAt);
    const people = new Population({ random: random.fork(), size: options.people ?? 3_000, pictureHost });
    const gifts = new GiftCatalogue(random.fork(), pictureHost);
    const host = people.known(0, scriptedHost);
    const outbox = new Outbox({ clock, random: random.fork(), faults });
    this.host = host;
    this.roomId = envelopes.roomId;
    this.#clock = clock;
    this.#random = random.fork();
    this.#profile = profile;
    this.#people = people;
    this.#outbox = outbox;
    this.#stage = new Stage({ clock, random: random.fork(), envelopes, people, gifts, profile, faults, host, outbox });
    this.#chatter = new Chatter(this.#stage);
    this.#ratePerSec = profile.tricklePerSec;
    this.#begin();
  }

  /** The next message; null after the end of the LIVE (never, without `endSec`). */
  next(): WorldStep | null {
    const outgoing = this.take();
    if (outgoing !== null) this.count(outgoing);
    return outgoing;
  }

  /** The same without adding it to the truth: for who may still not deliver it, and calls `count` once it has. */
  take(): Outgoing | null {
    for (;;) {
      const outgoing = this.#outbox.take();
      if (outgoing !== undefined) return outgoing;
      if (this.#ended) return null;
      this.#clock.step();
    }
  }

  count({ raw, effect, repeated }: Outgoing): void {
    this.truth.apply(raw.method, effect, repeated);
  }

  #begin(): void {
    const { battleEverySec, firstBattleSec, endSec } = this.#profile;
    this.#chatter.begin();
    this.#setRate(this.#ratePerSec);
    this.#swing();
    if (battleEverySec > 0) this.#clock.after(firstBattleSec * 1_000, () => this.#battle());
    if (endSec > 0) this.#clock.after(endSec * 1_000, () => this.#end());
  }

  /** One slot of the flow is one message: whatever waits longest for its turn, or else something new. */
  #onSlot(): void {
    if (!this.#stage.takeTurn()) this.#chatter.next(this.#burst);
    this.#planSlot();
  }

  #planSlot(): void {
    this.#slotTimer = this.#clock.after(this.#random.exponential(1_000 / this.#ratePerSec), this.#slot);
  }

  /** Arrivals have no memory, so the gap under way may be drawn anew: the step is sharp. */
  #setRate(perSec: number): void {
    this.#ratePerSec = perSec;
    this.#slotTimer?.cancel();
    this.#planSlot();
  }

  #swing(): void {
    const { tricklePerSec, trickleSwing } = this.#profile;
    const wave = Math.sin(this.#clock.nowMs() / 11_000) * 0.7 + (this.#random.next() - 0.5) * 0.6;
    if (!this.#burst) this.#setRate(tricklePerSec * (1 + trickleSwing * wave));
    this.#clock.after(swingEveryMs, () => this.#swing());
  }

  #setBurst(burst: boolean): void {
    if (this.#burst === burst || this.#ended) return;
    this.#burst = burst;
    this.#setRate(burst ? this.#profile.peakPerSec : this.#profile.tricklePerSec);
  }

  #battle(): void {
    const { battleEverySec } = this.#profile;
    this.#clock.after(battleEverySec * 1_000, () => this.#battle());
    const story = new BattleStory(this.#stage, {
      rival: this.#rival(),
      rivalRoomId: `73${decimal(this.#random, 17)}`,
      ownWinStreak: this.#winStreak,
      rivalWinStreak: this.#random.int(6),
    });
    this.#planBurst();
    this.#chatter.listen((person) => story.onLike(person));
    story.begin({
      onTime: () => this.#endBurst(),
      onResult: (won) => {
        this.#winStreak = won ? this.#winStreak + 1 : 0;
      },
    });
  }

  /** The last seconds of the battle; extra time stays a burst as far as the longest burst allows. */
  #planBurst(): void {
    const { battleSec, burstSec } = this.#profile;
    const burstMs = Math.min(burstSec, battleSec, burstSecMax) * 1_000;
    const startMs = battleSec * 1_000 - burstMs;
    this.#burstTimers = [
      this.#clock.after(startMs, () => this.#setBurst(true)),
      this.#clock.after(startMs + burstSecMax * 1_000, () => this.#setBurst(false)),
    ];
  }

  #endBurst(): void {
    for (const timer of this.#burstTimers) timer.cancel();
    this.#setBurst(false);
  }

  #rival(): Person {
    const [name, handle] = rivalNames[this.#battles++ % rivalNames.length]!;
    return this.#people.known(this.#battles, { name, handle });
  }

  #end(): void {
    this.#outbox.finish();
    this.#outbox.put(controlMessage(this.#stage.envelopes, this.#clock.wallMs(), 3), null, true);
    this.#ended = true;
  }
}

function checkProfile(profile: RateProfile): RateProfile {
  const { tricklePerSec, peakPerSec, battleEverySec, battleSec, burstSec } = profile;
  if (!(tricklePerSec > 0 && peakPerSec > 0 && peakPerSec <= 100_000 && tricklePerSec <= 100_000)) {
    throw invalid(`rates must be above 0 and at most 100000 a second, not ${tricklePerSec} and ${peakPerSec}`);
  }
  if (!(battleSec >= 10 && battleSec <= 3_600 && burstSec >= 0)) {
    throw invalid(`a battle lasts 10 to 3600 seconds, not ${battleSec}`);
  }
  const roomSec = battleEverySec - battleSec - betweenBattlesSec;
  if (battleEverySec !== 0 && !(roomSec >= 0)) {
    const least = battleSec + betweenBattlesSec;
    throw invalid(
      `battles of ${battleSec} s need ${least} s from start to start, not ${battleEverySec}: give 0 for none`,
    );
  }
  return { ...profile, punishSec: Math.min(profile.punishSec, Math.max(1, roomSec)) };
}

function invalid(message: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', `the scripted LIVE cannot be: ${message}`);
}
