import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { errorFields, type Log } from '../base/log.ts';
import { RecordingWriter } from '../feed/recording.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';

/** Takes what the feed gave, to be played again. Never waits: what it has no room for it counts as skipped. */
export interface Recorder {
  readonly counters: Counters<string>;
  write(raw: RawMessage): void;
  writeGap(gap: FeedGap): void;
  close(): Promise<void>;
}

/**
 * A new recording of a room in a folder of its own, named by the time, below `directory`; null = nothing is recorded.
 * What goes wrong with it is in the log. Throws MeksError MEKS_FILE_UNWRITABLE.
 */
export function makeRecorder(room: string, directory: string | null, clock: Clock, log: Log): Recorder | null {
  if (directory === null) return null;
  const stamp = new Date(clock.wallMs()).toISOString().replaceAll(':', '-').slice(0, 19);
  return new RecordingWriter({
    folder: join(directory, room, stamp),
    room,
    clock,
    onFailure: (error) => log.error('recording.failed', { room, ...errorFields(error) }),
    onBehind: (skipped) =>
      log.warn('recording.behind', { room, skipped, message: 'the disk cannot follow: messages are left out' }),
  });
}
