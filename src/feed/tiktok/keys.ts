// API keys of the sign service, used in turn. A key that was refused for its rate rests until the service said it may
// come back; one that is not valid is not used again until a restart. Owns one small record a key.

interface KeyRecord {
  /** null = without a key: the service's free allowance. */
  readonly key: string | null;
  readonly label: string;
  restsUntilMs: number;
  rejected: boolean;
}

export type KeyChoice =
  | { readonly kind: 'key'; readonly key: string | null; readonly label: string; readonly index: number }
  /** All rest: the first comes back in `waitMs`. */
  | { readonly kind: 'wait'; readonly waitMs: number }
  /** None will be accepted. */
  | { readonly kind: 'none' };

export class KeyRing {
  readonly #keys: KeyRecord[];
  #turn = 0;

  /** No keys at all means asking without one. */
  constructor(keys: readonly string[]) {
    const given: readonly (string | null)[] = keys.length === 0 ? [null] : keys;
    this.#keys = given.map((key, index) => ({ key, label: labelOf(key, index), restsUntilMs: 0, rejected: false }));
  }

  /** The next key that may be used at `nowMs` (monotonic). */
  take(nowMs: number): KeyChoice {
    let waitMs = Number.POSITIVE_INFINITY;
    for (let tried = 0; tried < this.#keys.length; tried++) {
      const index = (this.#turn + tried) % this.#keys.length;
      const record = this.#keys[index]!;
      if (record.rejected) continue;
      if (record.restsUntilMs <= nowMs) {
        this.#turn = index + 1;
        return { kind: 'key', key: record.key, label: record.label, index };
      }
      waitMs = Math.min(waitMs, record.restsUntilMs - nowMs);
    }
    return waitMs === Number.POSITIVE_INFINITY ? { kind: 'none' } : { kind: 'wait', waitMs };
  }

  rest(index: number, untilMs: number): void {
    this.#keys[index]!.restsUntilMs = untilMs;
  }

  reject(index: number): void {
    this.#keys[index]!.rejected = true;
  }
}

/** A name for logs that does not give the key away. */
function labelOf(key: string | null, index: number): string {
  return key === null ? 'no key' : `key ${index + 1} (…${key.slice(-3)})`;
}
