import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Counters } from '../base/counters.ts';
import { errorFields, type Log } from '../base/log.ts';
import { RecordingWriter } from '../feed/recording.ts';
import { MeksError } from '../protocol/errors.ts';
import type { FeedGap, RawMessage } from '../protocol/raw.ts';

/** Takes what the feed gave, to be played again. Never waits: what it has no room for it counts as skipped. */
export interface Recorder {
  readonly counters: Counters<string>;
  write(raw: RawMessage): void;
  writeGap(gap: FeedGap): void;
  close(): Promise<void>;
}

/** Recordings of a room that may begin in one second; in this many their names are in the order of time. */
const sameSecondMax = 9;

/**
 * A new recording of a room in a folder of its own, named by the time, below `directory`; null = nothing is recorded.
 * What goes wrong with it is in the log. Throws MeksError MEKS_FILE_UNWRITABLE.
 */
export function makeRecorder(room: string, directory: string | null, clock: Clock, log: Log): Recorder | null {
  if (directory === null) return null;
  const stamp = new Date(clock.wallMs()).toISOString().replaceAll(':', '-').slice(0, 19);
  for (let number = 1; ; number++) {
    try {
      return new RecordingWriter({
        folder: join(directory, room, number === 1 ? stamp : `${stamp}-${number}`),
        room,
        clock,
        onFailure: (error) => log.error('recording.failed', { room, ...errorFields(error) }),
        onBehind: (skipped) =>
          log.warn('recording.behind', { room, skipped, message: 'the disk cannot follow: messages are left out' }),
      });
    } catch (error) {
      // A room that is removed and added again, or one of another broker.
      if (number === sameSecondMax || !isTaken(error)) throw error;
    }
  }
}

function isTaken(error: unknown): boolean {
  const cause = error instanceof MeksError ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
}
