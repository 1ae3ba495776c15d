// A day of LIVEs over the Webcast server and the real TikTok feed: real sockets, real bytes, virtual time, so that
// every timeout and pause is the one that a broker has. Time stands still while the network works. One witness sees
// what was sent, the other what came through; `compareDays` says how they differ.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { seededRandom, type Random } from '../../src/base/random.ts';
import type { FeedSink } from '../../src/feed/feed.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { TiktokFeed } from '../../src/feed/tiktok.ts';
import type { FeedGap, RawMessage } from '../../src/protocol/raw.ts';
import { WebcastServer } from '../../src/simulator/webcast-server.ts';
import { compareDays, type DayReport } from './compare.ts';
import { IoClock } from './io-clock.ts';
import { rareTroubles, troubles, unnoticed } from './troubles.ts';
import { Witness } from './witness.ts';

export interface DayOptions {
  readonly seed: number;
  readonly hours: number;
  /** Names of `troubles.ts`; none = an undisturbed day. */
  readonly troubles: readonly string[];
  /** Seconds between troubles, on average. */
  readonly troubleEverySec: number;
  /** Messages a second outside of battles; real LIVEs have about four. */
  readonly perSec: number;
  /** How long a LIVE is; without it 90 minutes. */
  readonly liveSec?: number;
}

/** A gap in monotonic time, which does not jump. */
export interface ToldGap {
  readonly fromMs: number;
  readonly toMs: number;
  readonly gap: FeedGap;
}

export interface SentMessage {
  readonly msgId: string;
  readonly method: string;
  readonly atMs: number;
}

/** Unlike any other duration of the feed: see IoClock. */
const timing = { httpMs: 9_001, connectMs: 19_003 };
const startAt = Date.UTC(2026, 4, 1);
const stepMs = 1_000;
/** Between LIVEs, where only lookups happen. */
const stepIdleMs = 5_000;
const betweenLivesMs = 900_000;
const liveSecUsual = 5_400;
const turnsQuiet = 2;
// Waiting is counted in turns of the loop, not in real time: a machine that is busy, or stood still, changes nothing.
/** A frame that has not come after so many turns was sent to a connection that has gone. */
const frameTurnsMax = 20_000;
/** After so many something is wrong with the simulation itself. */
const networkTurnsMax = 400_000;
/** A turn that waits for an answer over HTTP takes a millisecond. */
const answerTurns = 20;

export async function simulateDay(options: DayOptions): Promise<DayReport> {
  const day = new Day(options);
  await day.run();
  return day.report();
}

class Day {
  readonly #options: DayOptions;
  readonly #random: Random;
  readonly #clock = new IoClock(startAt, Object.values(timing));
  readonly #sent: SentMessage[] = [];
  readonly #gaps: ToldGap[] = [];
  readonly #behind = new Witness(this.#clock);
  readonly #sourceClock = new VirtualClock(startAt);
  readonly #source = new Witness(this.#sourceClock);
  /** Taken from the LIVE, and not yet due. */
  #next: { readonly raw: RawMessage; readonly atMs: number } | null = null;
  #lastSent: RawMessage | null = null;
  readonly #counts: Record<string, number> = {};
  readonly #untried: string[];
  readonly #startedMs = performance.now();
  #server!: WebcastServer;
  #feed!: TiktokFeed;
  #lives = 0;
  #liveEnded = true;
  #nextLiveMs = 0;
  #nextTroubleMs = 0;
  /** Frames that were sent to connections that have gone. */
  #lostFrames = 0;
  #ends = 0;

  constructor(options: DayOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
    this.#untried = shuffled(options.troubles, this.#random);
  }

  async run(): Promise<void> {
    const random = this.#random;
    const source = { next: () => null };
    const handle = 'solene.live';
    this.#server = await WebcastServer.listen({
      clock: this.#clock,
      random,
      source,
      pace: 'clock',
      handle,
      backlogMax: 300,
    });
    this.#server.finish();
    const { httpUrl } = this.#server;
    this.#feed = new TiktokFeed({
      source: { kind: 'signed', handle, signUrl: httpUrl, signKeys: ['key-one-aaa', 'key-two-bbb', 'key-six-ccc'] },
      clock: this.#clock,
      random: random.fork(),
      timing,
      hosts: { web: httpUrl, webcast: httpUrl, socket: `${httpUrl.replace('http', 'ws')}/webcast/im/direct/` },
    });
    this.#feed.start(this.#sink());
    try {
      while (this.#clock.nowMs() < this.#options.hours * 3_600_000) {
        await this.#network();
        this.#programme();
        this.#clock.virtual.advance(this.#server.live || this.#server.clients > 0 ? stepMs : stepIdleMs);
        this.#behind.expire();
      }
      await this.#network();
    } finally {
      await this.#feed.stop();
      await this.#server.close();
    }
  }

  report(): DayReport {
    if (this.#next !== null && this.#next.atMs <= this.#clock.nowMs()) this.#sentNext();
    return compareDays({
      ...this.#options,
      lives: this.#lives,
      sent: this.#sent,
      gaps: this.#gaps,
      source: this.#source,
      behind: this.#behind,
      counts: this.#counts,
      feed: this.#feed.counters.read(),
      realMs: performance.now() - this.#startedMs,
    });
  }

  #sink(): FeedSink {
    const clock = this.#clock;
    return {
      offer: (raw) => {
        this.#behind.message(raw);
        return true;
      },
      whenSpace: (resume) => resume(),
      lost: (count) => assert.fail(`${count} messages lost by a feed that can wait`),
      gap: (gap) => {
        assert.ok(Math.abs(gap.at + gap.lengthMs - clock.wallMs()) <= 1, 'a gap ends when it is told');
        this.#gaps.push({ fromMs: clock.nowMs() - gap.lengthMs, toMs: clock.nowMs(), gap });
      },
      state: () => {},
    };
  }

  /** LIVEs begin and end, and things go wrong. */
  #programme(): void {
    const nowMs = this.#clock.nowMs();
    if (this.#liveEnded && this.#server.live) {
      this.#server.finish();
      this.#nextLiveMs = nowMs + betweenLivesMs;
    }
    if (!this.#server.live && nowMs >= this.#nextLiveMs) this.#beginLive();
    if (nowMs < this.#nextTroubleMs || !this.#server.live) return;
    const every = this.#options.troubleEverySec * 1_000;
    this.#nextTroubleMs = nowMs + every * (0.5 + this.#random.next());
    if (this.#server.clients > 0) this.#trouble();
  }

  #trouble(): void {
    const { troubles: names } = this.#options;
    if (names.length === 0) return;
    // Each of them once, then whatever comes: a short day has them all, whatever the network's order.
    const name = this.#untried.pop() ?? this.#random.pick(names);
    if (rareTroubles.has(name) && (this.#counts[name] ?? 0) >= 1) return;
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
    const { server, clock, random } = { server: this.#server, clock: this.#clock, random: this.#random };
    (troubles[name] ?? unnoticed[name])!({ server, clock, random, sample: () => this.#lastSent });
  }

  /** Every second LIVE ends in the middle of a battle. */
  #beginLive(): void {
    const number = ++this.#lives;
    const { liveSec = liveSecUsual } = this.#options;
    const world = new ScriptedWorld({
      seed: this.#options.seed * 1_000 + number,
      startAt: this.#clock.wallMs(),
      faults: { outageEverySec: 0 },
      people: 400,
      profile: {
        tricklePerSec: this.#options.perSec,
        peakPerSec: 15 * this.#options.perSec,
        firstBattleSec: 300,
        battleEverySec: 900,
        battleSec: 120,
        burstSec: 60,
        endSec: number % 2 === 0 ? liveSec : 300 + 900 * Math.floor(liveSec / 900 - 1) + 90,
      },
    });
    let beganMs = -1;
    this.#liveEnded = false;
    this.#server.begin(world.roomId, {
      next: () => {
        if (beganMs < 0) beganMs = this.#clock.nowMs();
        // The one before has left by now.
        if (this.#next !== null) this.#sentNext();
        const step = world.next();
        if (step === null) this.#liveEnded = true;
        else this.#next = { raw: step.raw, atMs: beganMs + step.atMs };
        return step;
      },
    });
  }

  #sentNext(): void {
    const { raw, atMs } = this.#next!;
    this.#next = null;
    this.#lastSent = raw;
    this.#sent.push({ msgId: raw.msgId, method: raw.method, atMs });
    this.#sourceClock.advance(Math.max(0, atMs - this.#sourceClock.nowMs()));
    this.#source.expire();
    this.#source.message(raw);
  }

  /** Resolves when nobody waits for the network and everything that was sent has come. */
  async #network(): Promise<void> {
    // Promises and sockets hand on in the next turn, or in the one after.
    for (let quiet = 0, turns = 0; quiet < turnsQuiet; turns++) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.#isQuiet(turns) ? quiet + 1 : 0;
      if (this.#clock.waits > 0) {
        await sleep(0);
        turns += answerTurns;
      }
      assert.ok(turns < networkTurnsMax, `${this.#clock.waits} wait for the network`);
    }
  }

  #isQuiet(turns: number): boolean {
    if (this.#clock.waits > 0) return false;
    const ends = this.#feed.counters.get('interruptions') + this.#server.counters.get('refused');
    const gone = ends !== this.#ends || this.#server.clients === 0 || turns > frameTurnsMax;
    this.#ends = ends;
    // What was on its way to a connection that has gone does not come any more.
    if (gone) this.#lostFrames += this.#missingFrames;
    return this.#missingFrames === 0;
  }

  get #missingFrames(): number {
    return this.#server.counters.get('sent') - this.#feed.counters.get('frames') - this.#lostFrames;
  }
}

function shuffled(names: readonly string[], random: Random): string[] {
  const left = [...names];
  return names.map(() => left.splice(random.int(left.length), 1)[0]!);
}
