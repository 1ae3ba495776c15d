import type { Counters } from '../base/counters.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';

/** Takes what the feed gave, to be played again. Never waits: what it has no room for it counts as skipped. */
export interface Recorder {
  readonly counters: Counters<string>;
  write(raw: RawMessage): void;
  writeGap(gap: FeedGap): void;
  close(): Promise<void>;
}
