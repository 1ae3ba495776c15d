import { assert } from './assert.ts';
import type { Clock, Timer } from './clock.ts';

// Owns simulated time: it stands still until `advance` is called, then fires what is due in order of time, and
// in order of scheduling where times are equal. Bounded by what its users schedule. Used by the simulator and by tests.

interface Entry {
  atMs: number;
  order: number;
  run: (() => void) | null;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  #wallOffsetMs: number;
  #order = 0;
  #heap: Entry[] = [];

  /** `wallStartMs` is the Unix time at which the world begins. */
  constructor(wallStartMs = 1_700_000_000_000) {
    this.#wallOffsetMs = wallStartMs;
  }

  wallMs(): number {
    return Math.floor(this.#nowMs + this.#wallOffsetMs);
  }

  nowMs(): number {
    return this.#nowMs;
  }

  /** Makes the wall clock jump, as NTP or an operator would; monotonic time and timers do not notice. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  after(delayMs: number, run: () => void): Timer {
    const entry: Entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run };
    this.#push(entry);
    return { cancel: () => void (entry.run = null) };
  }

  soon(run: () => void): void {
    this.after(0, run);
  }

  /** Moves time on by `byMs`, running all that falls due, including what that schedules in turn. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    while (this.step(untilMs));
    this.#nowMs = Math.max(this.#nowMs, untilMs);
  }

  /** What is running takes `byMs`: what falls due meanwhile runs late, as behind a long turn of a real loop. */
  spend(byMs: number): void {
    assert(byMs >= 0, 'time goes forward');
    this.#nowMs += byMs;
  }

  /** Runs the next entry due at or before `untilMs` and says whether there was one. */
  step(untilMs = Number.POSITIVE_INFINITY): boolean {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > untilMs) return false;
      this.#pop();
      if (next.run === null) continue;
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.run();
      return true;
    }
  }

  #before(a: Entry, b: Entry): boolean {
    return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!this.#before(entry, heap[up]!)) break;
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && this.#before(heap[down + 1]!, heap[down]!)) down++;
      if (!this.#before(heap[down]!, last)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
  }
}
