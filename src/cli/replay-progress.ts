import { limits } from '../protocol/limits.ts';
import { Progress } from './progress.ts';

// A start that takes long says why: a log of which no snapshot can be used is replayed from its beginning.

/** More than this between two snapshots there never is. */
const ordinaryEvents = 2 * limits.journalSnapshotEvents.value;

export class ReplayProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #progress: Progress;
  readonly #told = new Set<string>();

  constructor(stream: NodeJS.WriteStream = process.stderr) {
    this.#stream = stream;
    this.#progress = new Progress(stream);
  }

  /** `events` of the room's log were replayed by now. */
  tell(room: string, events: number): void {
    if (events > ordinaryEvents && !this.#told.has(room)) {
      this.#told.add(room);
      this.#progress.clear();
      this.#stream.write(
        `The log of ${room} is read from its beginning: there is no snapshot of it that this version can use. ` +
          'This happens once, and nothing is lost by it.\n',
      );
    }
    this.#progress.show(`Reading the log of ${room}`, events, 0);
  }

  end(): void {
    this.#progress.clear();
  }
}
