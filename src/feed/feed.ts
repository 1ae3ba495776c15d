import type { Counters } from '../base/counters.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';
import type { SourceState } from '../protocol/frames.ts';

// The door of feed/: where raw messages come from. A feed knows nothing of what becomes of them. Every feed passes
// test/contract/feed.contract.ts: order, interruption, back-pressure, end, restart.

/** What a feed needs of the rest of the house. Implemented by the ingest, handed over at `start`. */
export interface FeedSink {
  /**
   * Offers one message. True: taken. False: there is no room.
   * A feed that can wait keeps the message, calls `whenSpace` and offers it again. One that cannot calls `lost`.
   */
  offer(message: RawMessage): boolean;
  /** Calls `resume` once, as soon as there is room again. A second call replaces the first. */
  whenSpace(resume: () => void): void;
  /** Reports messages that had to be let go of because `offer` said no: counted, and told to dashboards as a gap. */
  lost(count: number): void;
  /** Reports an interruption of the source itself. */
  gap(gap: FeedGap): void;
  /** Reports how the source is doing. `detail` is for people and logs. */
  state(state: SourceState, detail: string): void;
  /**
   * Calls `run` once, after everything offered until now is in the log. Calls come back in the order in which they were
   * made. Optional: without it, a feed that acknowledges does so as soon as its messages were taken.
   */
  whenLogged?(run: () => void): void;
}

export interface Feed {
  /** Short name for logs: `replay`, `scripted`, `tiktok`. */
  readonly name: string;
  /** What it counts, for /metrics; absent where it counts nothing. */
  readonly metrics?: FeedMetrics;
  /** Begins to offer messages. Called once after construction, and again only after `stop` has resolved. */
  start(sink: FeedSink): void;
  /** Stops for good or until the next `start`; nothing is offered after it resolves. Never rejects. */
  stop(): Promise<void>;
}

export interface FeedMetrics {
  /** Feeds of one family count the same things. */
  readonly family: 'upstream' | 'push' | 'replay';
  readonly counters: Counters<string>;
}

/**
 * Something that a person should know and that is no message: a malformed line, a refused key, a frame that could not
 * be read. It is counted as well; the report is for the log. `code` is stable, `message` names the value and the
 * remedy.
 */
export interface FeedProblem {
  readonly code:
    | 'malformed-line'
    | 'recording-torn'
    | 'recording-unreadable'
    | 'recording-behind'
    | 'room-lookup'
    | 'sign-service'
    | 'sign-key'
    | 'connect-refused'
    | 'frame-unreadable'
    | 'connection-lost'
    | 'push-refused';
  readonly message: string;
}

export type ReportProblem = (problem: FeedProblem) => void;
