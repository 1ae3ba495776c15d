import type { MeksEvent } from '../protocol/events.ts';

// Owns the time of a room as its events tell it, Unix ms: what windows and days go by. Taken from events and not from a
// clock, so that replaying the log gives the same boards. Upstream's times are hints: they are late, out of order, and
// now and then plainly wrong. One that is far off is believed only when others say the same.

/** Events of one moment differ by this much at most. */
const nearMs = 60_000;
/** So many events in a row that lie behind mean that the time itself is ahead. */
const behindMax = 64;

export class RoomTime {
  /** 0 = no event has told a time yet. */
  #now = 0;
  /** A time far ahead that one event has told. */
  #doubtful = 0;
  #behind = 0;

  get now(): number {
    return this.#now;
  }

  /** Takes an event's time (0 = not said). */
  observe(at: number): void {
    if (at <= 0) return;
    if (at < this.#now - nearMs) {
      if (++this.#behind >= behindMax) this.#set(at);
      return;
    }
    this.#behind = 0;
    if (at <= this.#now) return;
    if (this.#now === 0 || at - this.#now <= nearMs || Math.abs(at - this.#doubtful) <= nearMs) this.#set(at);
    else this.#doubtful = at;
  }

  #set(now: number): void {
    this.#now = now;
    this.#doubtful = 0;
    this.#behind = 0;
  }

  save(): readonly number[] {
    return [this.#now, this.#doubtful, this.#behind];
  }

  restore(saved: readonly number[]): void {
    [this.#now = 0, this.#doubtful = 0, this.#behind = 0] = saved;
  }
}

/** False for what the broker and its operators date by their own clock: a recording's time is another. */
export function tellsTime(event: MeksEvent): boolean {
  switch (event.kind) {
    case 'correction':
    case 'operator':
    case 'gap':
      return false;
    case 'score':
      return event.from === undefined;
    case 'room':
      return event.topic !== 'reconciliation';
    default:
      return true;
  }
}
