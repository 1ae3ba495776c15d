import type { Clock, Timer } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import type { Draft } from './envelope.ts';
import type { FaultRates } from './profile.ts';
import type { Effect } from './truth.ts';

// The way from the scripted room to the feed, with what goes wrong on it: neighbours that change places, and lost
// connections, after which a backlog repeats the last messages and brings those that were missed. Nothing is lost for
// good. Owns what was sent last (backlogMax) and, in an outage, what nobody hears (a few seconds' worth).

export interface Outgoing {
  readonly atMs: number;
  readonly raw: RawMessage;
  readonly effect: Effect | null;
  readonly repeated: boolean;
  /** Above 0: the connection was lost for so long just before this message. */
  readonly outageMs: number;
}

interface Sent {
  readonly draft: Draft;
  readonly effect: Effect | null;
}

/** What upstream still has when somebody connects. */
const backlogMax = 100;
/** A message held back for its neighbour goes after this long without one. */
const holdMsMax = 120;

export class Outbox {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #faults: FaultRates;
  readonly #startMs: number;
  #out: Outgoing[] = [];
  #outIndex = 0;
  #held: Sent | null = null;
  #holdTimer: Timer | null = null;
  #backlog: Sent[] = [];
  #missed: Sent[] | null = null;

  constructor(options: { readonly clock: Clock; readonly random: Random; readonly faults: FaultRates }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#faults = options.faults;
    this.#startMs = options.clock.nowMs();
    if (this.#faults.outageEverySec > 0) this.#planOutage();
  }

  /** The next message on its way, or undefined. */
  take(): Outgoing | undefined {
    const next = this.#out[this.#outIndex];
    if (next === undefined) return undefined;
    this.#outIndex++;
    if (this.#outIndex === this.#out.length) {
      this.#out = [];
      this.#outIndex = 0;
    }
    return next;
  }

  /** `inPlace`: nothing may overtake it, nor it anything. */
  put(draft: Draft, effect: Effect | null, inPlace: boolean): void {
    const sent = { draft, effect };
    if (this.#missed !== null) {
      this.#missed.push(sent);
      return;
    }
    const held = this.#held;
    if (held !== null) {
      this.#held = null;
      this.#holdTimer?.cancel();
      if (inPlace) this.#send(held);
      this.#send(sent);
      if (!inPlace) this.#send(held);
    } else if (!inPlace && this.#random.chance(this.#faults.inverted)) {
      this.#held = sent;
      this.#holdTimer = this.#clock.after(holdMsMax, this.#release);
    } else this.#send(sent);
  }

  /** Brings out everything that is on its way: the LIVE is over. */
  finish(): void {
    if (this.#missed !== null) this.#return(1_000);
    this.#release();
    this.#holdTimer?.cancel();
  }

  readonly #release = (): void => {
    const held = this.#held;
    this.#held = null;
    if (held !== null) this.#send(held);
  };

  #send(sent: Sent): void {
    this.#push(sent, false, false, 0);
    this.#backlog.push(sent);
    if (this.#backlog.length > 2 * backlogMax) this.#backlog = this.#backlog.slice(-backlogMax);
  }

  #push({ draft, effect }: Sent, history: boolean, repeated: boolean, outageMs: number): void {
    const raw = {
      method: draft.method,
      payload: draft.payload,
      msgId: draft.msgId,
      receivedAt: this.#clock.wallMs(),
      history,
    };
    this.#out.push({ atMs: this.#clock.nowMs() - this.#startMs, raw, effect, repeated, outageMs });
  }

  #planOutage(): void {
    const waitMs = this.#faults.outageEverySec * (600 + this.#random.int(800));
    this.#clock.after(waitMs, () => {
      this.#release();
      this.#missed = [];
      const outageMs = 800 + this.#random.int(1_800);
      this.#clock.after(outageMs, () => {
        if (this.#missed !== null) this.#return(outageMs);
      });
    });
  }

  #return(outageMs: number): void {
    const missed = this.#missed ?? [];
    this.#missed = null;
    let lengthMs = outageMs;
    for (const sent of this.#backlog.slice(-backlogMax)) {
      this.#push(sent, true, true, lengthMs);
      lengthMs = 0;
    }
    for (const sent of missed) {
      this.#push(sent, true, false, lengthMs);
      lengthMs = 0;
    }
    this.#backlog = [...this.#backlog, ...missed].slice(-backlogMax);
    this.#planOutage();
  }
}
