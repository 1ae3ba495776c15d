import { tellsTime } from '../protocol/event-time.ts';
import type { MeksEvent } from '../protocol/events.ts';

// Owns the time of a room as its events tell it, Unix ms: what windows and days go by. Taken from events and not from a
// clock, so that replaying the log gives the same boards. Where nothing happens, the broker says with an event that
// time went on. Upstream's times are hints: they are late, out of order, and now and then plainly wrong. One that is
// far off is believed only as far as the event after it says the same: that it is so late at least, where something
// happens every few minutes alone.

/** Events of one moment differ by this much at most. */
const nearMs = 60_000;
/** Two events in a row bear each other out when they lie no further apart: silences are shorter, mistakes seldom. */
const rowMs = 3_600_000;
/** So many events in a row that lie behind mean that the time itself is ahead. */
const behindMax = 64;

export class RoomTime {
  /** 0 = no event has told a time yet. */
  #now = 0;
  /** A time far ahead that the newest event from there has told. */
  #doubtful = 0;
  #behind = 0;
  /** What upstream has told of it: an event that is late by the broker's word alone is no sign that time is ahead. */
  #told = 0;

  get now(): number {
    return this.#now;
  }

  /** Takes an event. */
  hear(event: MeksEvent): void {
    if (event.kind === 'room' && event.topic === 'time') this.#goOn(event.at);
    else if (tellsTime(event)) this.observe(event.at);
  }

  /** Takes the time that upstream says (0 = not said). */
  observe(at: number): void {
    if (at <= 0) return;
    if (at < this.#told - nearMs) {
      if (++this.#behind >= behindMax) this.#set(at);
      return;
    }
    this.#behind = 0;
    if (at <= this.#now) return;
    const doubtful = this.#doubtful;
    const apartMs = Math.abs(at - doubtful);
    if (this.#now === 0 || at - this.#now <= nearMs || apartMs <= nearMs) this.#set(at);
    else {
      if (apartMs <= rowMs) this.#set(Math.min(at, doubtful));
      this.#doubtful = at > this.#now ? at : 0;
    }
  }

  #set(now: number): void {
    this.#now = now;
    this.#told = now;
    this.#doubtful = 0;
    this.#behind = 0;
  }

  /** The broker has heard nothing for a while, and says what time it is. */
  #goOn(at: number): void {
    if (at <= this.#now) return;
    this.#now = at;
    this.#doubtful = 0;
  }

  save(): readonly number[] {
    return [this.#now, this.#doubtful, this.#behind, this.#told];
  }

  restore(saved: readonly number[]): void {
    [this.#now = 0, this.#doubtful = 0, this.#behind = 0, this.#told = this.#now] = saved;
  }
}
