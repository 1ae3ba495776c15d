// API keys of the sign service, used in turn. A key that was refused for its rate rests until the service said it may
// come back. One that was not accepted rests long, and twice as long each time in a row, but not for ever: what refused
// it may have been an incident, or whatever stands before the service. Owns one small record a key.

interface KeyRecord {
  /** null = without a key: the service's free allowance. */
  readonly key: string | null;
  readonly label: string;
  restsUntilMs: number;
  /** How often in a row it was not accepted. */
  rejections: number;
}

export interface KeyRingOptions {
  readonly keys: readonly string[];
  /** How long a key rests that was not accepted; doubles each time in a row, up to the maximum. */
  readonly rejectedMs: number;
  readonly rejectedMsMax: number;
}

export type KeyChoice =
  | { readonly kind: 'key'; readonly key: string | null; readonly label: string; readonly index: number }
  /** All rest: the first comes back in `waitMs`. */
  | { readonly kind: 'wait'; readonly waitMs: number };

export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #keys: KeyRecord[];
  #turn = 0;

  /** No keys at all means asking without one. */
  constructor(options: KeyRingOptions) {
    this.#options = options;
    const given: readonly (string | null)[] = options.keys.length === 0 ? [null] : options.keys;
    this.#keys = given.map((key, index) => ({ key, label: labelOf(key, index), restsUntilMs: 0, rejections: 0 }));
  }

  /** The next key that may be used at `nowMs` (monotonic). */
  take(nowMs: number): KeyChoice {
    let waitMs = Number.POSITIVE_INFINITY;
    for (let tried = 0; tried < this.#keys.length; tried++) {
      const index = (this.#turn + tried) % this.#keys.length;
      const record = this.#keys[index]!;
      if (record.restsUntilMs <= nowMs) {
        this.#turn = index + 1;
        return { kind: 'key', key: record.key, label: record.label, index };
      }
      waitMs = Math.min(waitMs, record.restsUntilMs - nowMs);
    }
    return { kind: 'wait', waitMs };
  }

  rest(index: number, untilMs: number): void {
    this.#keys[index]!.restsUntilMs = untilMs;
  }

  /** It was not accepted at `nowMs`. How long it rests now. */
  reject(index: number, nowMs: number): number {
    const { rejectedMs, rejectedMsMax } = this.#options;
    const record = this.#keys[index]!;
    const ms = Math.min(rejectedMs * 2 ** Math.min(record.rejections++, 30), rejectedMsMax);
    record.restsUntilMs = nowMs + ms;
    return ms;
  }

  /** It works: should it be refused again, that is a first time. */
  accept(index: number): void {
    this.#keys[index]!.rejections = 0;
  }
}

/** A name for logs that does not give the key away. */
function labelOf(key: string | null, index: number): string {
  return key === null ? 'no key' : `key ${index + 1} (…${key.slice(-3)})`;
}
