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
}

export interface Feed {
  /** Short name for logs: `replay`, `scripted`, `tiktok`. */
  readonly name: string;
  /** Begins to offer messages. Called once after construction, and again only after `stop` has resolved. */
  start(sink: FeedSink): void;
  /** Stops for good or until the next `start`; nothing is offered after it resolves. Never rejects. */
  stop(): Promise<void>;
}
