import type { Clock } from '../base/clock.ts';
import type { HeartbeatFrame, SourceState } from '../protocol/frames.ts';

// Owns how a room's source is doing, as heartbeats tell it: two numbers in shared memory, so that every thread that
// sends for the room can. Written by the room alone.

const states: readonly SourceState[] = ['connecting', 'live', 'silent', 'offline', 'ended', 'failed'];
const statePlace = 0;
const lastMessagePlace = 1;
const places = 2;

export class SourceFacts {
  /** Shared memory. */
  readonly values: Float64Array;
  readonly #clock: Clock;
  /** Added to the writer's monotonic time, gives this thread's. */
  readonly #offsetMs: number;

  constructor(clock: Clock, shared: { readonly values: Float64Array; readonly offsetMs: number } | null = null) {
    this.#clock = clock;
    this.values = shared?.values ?? new Float64Array(new SharedArrayBuffer(places * 8));
    this.#offsetMs = shared?.offsetMs ?? 0;
    if (shared === null) this.values[lastMessagePlace] = -1;
  }

  get state(): SourceState {
    return states[this.values[statePlace]!]!;
  }

  set state(state: SourceState) {
    this.values[statePlace] = states.indexOf(state);
  }

  /** Upstream said something at `nowMs`, in the writer's monotonic time. */
  heard(nowMs: number): void {
    this.values[lastMessagePlace] = nowMs;
  }

  /** Milliseconds since upstream last said anything; -1 = never. */
  get ageMs(): number {
    const heardMs = this.values[lastMessagePlace]!;
    return heardMs < 0 ? -1 : Math.max(0, Math.round(this.#clock.nowMs() - heardMs - this.#offsetMs));
  }

  /** Text of the heartbeat for somebody who has been sent everything up to `seq`. */
  heartbeatText(seq: number): string {
    const frame: HeartbeatFrame = {
      kind: 'heartbeat',
      seq,
      serverTime: this.#clock.wallMs(),
      source: this.state,
      sourceAgeMs: this.ageMs,
    };
    return JSON.stringify(frame);
  }
}
