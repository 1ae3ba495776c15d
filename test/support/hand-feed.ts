import type { Feed, FeedSink } from '../../src/feed/feed.ts';

/** A feed that gives what a test offers to its sink. */
export class HandFeed implements Feed {
  readonly name = 'hand';
  sink: FeedSink | null = null;
  start(sink: FeedSink): void {
    this.sink = sink;
  }
  stop(): Promise<void> {
    return Promise.resolve();
  }
}
