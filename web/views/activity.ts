import type { EventFrame } from '../../src/protocol/frames.ts';

// What gifters did lately: diamonds of the last ten seconds, and the side they gave to in the running battle. Owns one
// map per second of the window and one of sides. Bounded: `giftersMax` in each; at the bound further gifters are not
// followed and show nothing, which is true, rather than a part of their gain, which would not be.

const windowSec = 10;
const giftersMax = 20_000;

export class Activity {
  /** Diamonds by gifter, one map a second, oldest first. */
  readonly #seconds: { second: number; gains: Map<string, number> }[] = [];
  readonly #gains = new Map<string, number>();
  readonly #sides = new Map<string, number>();
  #battleId = '';

  /** Takes note of a published event, read at `nowMs` (monotonic). */
  observe(event: EventFrame, nowMs: number): void {
    if (event.kind !== 'gift') return;
    if (event.battle !== null) this.#observeSide(event.user.id, event.battle.battleId, event.battle.side);
    if (event.diamonds === 0) return;
    this.advance(nowMs);
    const id = event.user.id;
    const gained = this.#gains.get(id);
    if (gained === undefined && this.#gains.size >= giftersMax) return;
    this.#gains.set(id, (gained ?? 0) + event.diamonds);
    const current = this.#currentSecond(Math.floor(nowMs / 1_000));
    current.set(id, (current.get(id) ?? 0) + event.diamonds);
  }

  /** Lets go of what is older than the window. */
  advance(nowMs: number): void {
    const oldest = Math.floor(nowMs / 1_000) - windowSec;
    while (this.#seconds.length > 0 && this.#seconds[0]!.second <= oldest) {
      for (const [id, diamonds] of this.#seconds.shift()!.gains) {
        const left = this.#gains.get(id)! - diamonds;
        if (left <= 0) this.#gains.delete(id);
        else this.#gains.set(id, left);
      }
    }
  }

  /** Diamonds of the last ten seconds; 0 = none seen. */
  gain(userId: string): number {
    return this.#gains.get(userId) ?? 0;
  }

  /** Index of the side that this gifter gave to last in the running battle; -1 = none seen. */
  side(userId: string, battleId: string): number {
    return battleId === this.#battleId ? (this.#sides.get(userId) ?? -1) : -1;
  }

  /** Forgets everything: events were skipped. */
  clear(): void {
    this.#seconds.length = 0;
    this.#gains.clear();
    this.#sides.clear();
  }

  #observeSide(userId: string, battleId: string, side: number): void {
    if (battleId !== this.#battleId) {
      this.#battleId = battleId;
      this.#sides.clear();
    }
    if (this.#sides.size < giftersMax || this.#sides.has(userId)) this.#sides.set(userId, side);
  }

  #currentSecond(second: number): Map<string, number> {
    const last = this.#seconds.at(-1);
    if (last !== undefined && last.second === second) return last.gains;
    const gains = new Map<string, number>();
    this.#seconds.push({ second, gains });
    return gains;
  }
}
