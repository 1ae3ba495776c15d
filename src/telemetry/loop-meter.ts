import type { Clock, Timer } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import type { Histogram } from '../base/histogram.ts';
import { type TurnWork, turnWorkNames } from './turn-work.ts';

// How late a timer of this thread's loop fires, every 10 ms. A turn of the loop that takes longer than that delays the
// timer by at least its length less 10 ms, so that no turn is longer than the longest gap between two firings.
// Node's own monitorEventLoopDelay is not used: it hides the very delays it should show (nodejs/node#34661).
// The longest one since the minute before this one began is kept with what was done in it.

export const loopCounterSpec = {
  hitches: 'times that the hot loop was over 16.7 ms late for its timer',
  longestTurnMs: 'longest gap between two firings of a 10 ms timer: no turn of the hot loop took longer (gauge)',
  recentTurnMs: 'the same since the minute before this one began (gauge)',
  recentTurnMessages: 'raw messages that were taken in that gap (gauge)',
  recentTurnWrites: 'writes to connections in that gap (gauge)',
  recentTurnSnapshots: 'snapshots that were made in that gap (gauge)',
  recentTurnOpenings: 'streams that were opened in that gap (gauge)',
  recentTurnAsks: 'questions of the cold thread that were answered in that gap (gauge)',
  recentTurnCommands: 'commands that were carried out or refused in that gap (gauge)',
} as const;

/** Where each kind of work of the recent turn is told, in the order of `turnWorkNames`. */
const workCounters = {
  messages: 'recentTurnMessages',
  writes: 'recentTurnWrites',
  snapshots: 'recentTurnSnapshots',
  openings: 'recentTurnOpenings',
  asks: 'recentTurnAsks',
  commands: 'recentTurnCommands',
} as const satisfies Record<(typeof turnWorkNames)[number], keyof typeof loopCounterSpec>;

const intervalMs = 10;
const minuteMs = 60_000;
/** A frame at 60 Hz. */
export const frameMs = 1000 / 60;

export class LoopMeter {
  readonly #clock: Clock;
  readonly #lateness: Histogram;
  readonly #counters: Counters<keyof typeof loopCounterSpec>;
  readonly #work: TurnWork;
  readonly #onTick = (): void => this.#tick();
  #timer: Timer | null = null;
  #lastMs = 0;
  #minute = 0;
  /** The longest of this minute and of the one before: its length, and its work in the order of `turnWorkNames`. */
  #now = emptyTurn();
  #before = emptyTurn();

  constructor(clock: Clock, lateness: Histogram, counters: Counters<keyof typeof loopCounterSpec>, work: TurnWork) {
    this.#clock = clock;
    this.#lateness = lateness;
    this.#counters = counters;
    this.#work = work;
  }

  start(): void {
    this.#lastMs = this.#clock.nowMs();
    this.#timer = this.#clock.after(intervalMs, this.#onTick);
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs();
    const gapMs = nowMs - this.#lastMs;
    const lateMs = gapMs - intervalMs;
    this.#lateness.record(lateMs * 1000);
    if (lateMs > frameMs) this.#counters.add('hitches');
    if (gapMs > this.#counters.get('longestTurnMs')) this.#counters.set('longestTurnMs', gapMs);
    this.#work.look();
    this.#keepRecent(nowMs, gapMs);
    this.#lastMs = nowMs;
    this.#timer = this.#clock.after(intervalMs, this.#onTick);
  }

  #keepRecent(nowMs: number, gapMs: number): void {
    const minute = Math.floor(nowMs / minuteMs);
    if (minute !== this.#minute) {
      const forgotten = this.#before;
      this.#before = minute === this.#minute + 1 ? this.#now : emptyTurn();
      this.#now = forgotten;
      this.#now.ms = 0;
      this.#minute = minute;
      this.#tellRecent();
    }
    if (gapMs <= this.#now.ms) return;
    this.#now.ms = gapMs;
    this.#now.work.set(this.#work.rose);
    this.#tellRecent();
  }

  #tellRecent(): void {
    const turn = this.#now.ms >= this.#before.ms ? this.#now : this.#before;
    this.#counters.set('recentTurnMs', turn.ms);
    turnWorkNames.forEach((name, kind) => this.#counters.set(workCounters[name], turn.work[kind]!));
  }
}

interface Turn {
  ms: number;
  readonly work: Float64Array;
}

function emptyTurn(): Turn {
  return { ms: 0, work: new Float64Array(turnWorkNames.length) };
}
