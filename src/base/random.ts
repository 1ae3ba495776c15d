// The only door to chance. Everything that must be repeatable takes a seeded Random; only ids that must be
// unguessable or unique across runs come from the system's source.

export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  int(below: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** Exponentially distributed with the given mean: the gaps of a Poisson process. */
  exponential(mean: number): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** A new generator, independent of this one's further use: one per concern keeps worlds stable under change. */
  fork(): Random;
}

/** sfc32 (Chris Doty-Humphrey's Small Fast Counter, 32 bit): 128 bits of state, passes PractRand. */
class Sfc32 implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(a: number, b: number, c: number) {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    for (let round = 0; round < 12; round++) this.#draw();
  }

  #draw(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  next(): number {
    return this.#draw() / 4_294_967_296;
  }
  int(below: number): number {
    return Math.floor(this.next() * below);
  }
  chance(probability: number): boolean {
    return this.next() < probability;
  }
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }
  fork(): Random {
    return new Sfc32(this.#draw(), this.#draw(), this.#draw());
  }
}

/** A generator that gives the same sequence for the same seed, for ever. */
export function seededRandom(seed: number): Random {
  return new Sfc32(seed, Math.floor(seed / 4_294_967_296), 0x9e3779b9);
}

/** The system's own chance as a Random: for jitter, never for anything that a test replays. */
export const systemRandom: Random = seededRandom(crypto.getRandomValues(new Uint32Array(1))[0]!);

/** 64 unguessable bits as 11 URL-safe characters: epochs, tokens' ids. */
export function uniqueId(): string {
  return Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('base64url');
}
