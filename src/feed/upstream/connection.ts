import type { Clock } from '../../base/clock.ts';
import type { ReportProblem } from '../feed.ts';
import type { UpstreamCounters } from './counters.ts';
import type { Intake } from './intake.ts';
import type { LivePlan } from './plan.ts';
import type { UpstreamTiming } from './timing.ts';

// What a session needs of a connection to upstream, whatever it speaks. One object per connection; it tells its end
// once.

export type ConnectionEnd =
  /** The handshake was refused, or never finished. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** `sinceMs`: how long ago upstream was heard last. What was sent since then may have been lost with it. */
  | { readonly kind: 'lost'; readonly detail: string; readonly sinceMs: number }
  /** Open, but without messages for too long. `sinceMs`: how long. */
  | { readonly kind: 'silent'; readonly sinceMs: number }
  /** The creator is not live. */
  | { readonly kind: 'offline'; readonly detail: string }
  /** The LIVE is over. */
  | { readonly kind: 'over'; readonly how: 'ended' | 'suspended' }
  /** Trying again would change nothing: a key, a setting has to. */
  | { readonly kind: 'hopeless'; readonly detail: string }
  /** By `close`. */
  | { readonly kind: 'closed' };

export interface Connection {
  /** Ends it at once; `onEnd` is told `closed`. */
  close(): void;
  /** Reads on: the intake has room again. */
  resume(): void;
}

export interface ConnectionHooks {
  readonly clock: Clock;
  readonly timing: UpstreamTiming;
  /** Silent for so long is the end; see UpstreamTiming.renewMs. */
  readonly renewMs: number;
  readonly intake: Intake;
  readonly counters: UpstreamCounters;
  readonly report: ReportProblem;
  /**
   * Nothing is missed from now on, though no LIVE may be on. For services that are open between LIVEs; where it is not
   * called, `onLive` says the same.
   */
  readonly onListening: () => void;
  /** Upstream lets us in: before the first message goes to the intake. */
  readonly onLive: () => void;
  /** The first messages have come. */
  readonly onFlow: () => void;
  readonly onEnd: (end: ConnectionEnd) => void;
}

export type Connect = (plan: LivePlan, hooks: ConnectionHooks) => Connection;
