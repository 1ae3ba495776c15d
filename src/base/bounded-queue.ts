import { assert } from './assert.ts';

// Owns up to `capacity` items in arrival order. Full is an answer (`offer` returns false), never growth.

export class BoundedQueue<T> {
  readonly capacity: number;
  #slots: (T | undefined)[];
  #head = 0;
  #size = 0;

  constructor(capacity: number) {
    assert(Number.isInteger(capacity) && capacity > 0, `queue capacity must be a positive integer, not ${capacity}`);
    this.capacity = capacity;
    this.#slots = Array.from({ length: capacity });
  }

  get size(): number {
    return this.#size;
  }

  /** Adds at the end. False, and nothing happens, when the queue is full. */
  offer(item: T): boolean {
    if (this.#size === this.capacity) return false;
    let at = this.#head + this.#size;
    if (at >= this.capacity) at -= this.capacity;
    this.#slots[at] = item;
    this.#size++;
    return true;
  }

  /** Takes the oldest, or undefined when empty. The slot lets go of it at once. */
  take(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = this.#head + 1 === this.capacity ? 0 : this.#head + 1;
    this.#size--;
    return item;
  }
}
