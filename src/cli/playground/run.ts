import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { Input, Place } from './input.ts';
import { readInputs } from './input.ts';
import type { Printer } from './printer.ts';
import { RoomRun } from './room-run.ts';
import type { Summary } from './summary.ts';
import { SummaryBuilder } from './summary.ts';

// One run over all files: inputs in order, each to its room. A recording of many rooms is many rooms: battles and
// boards of one never mix with those of another. Owns the rooms, at most playgroundRoomsMax of them.

export interface RunOptions {
  readonly files: readonly string[];
  readonly printer: Printer;
  /** Told of each line that is no input, and of a file that stops in the middle. */
  readonly complain: (message: string) => void;
  /** Called now and then with the messages so far: for a progress line. */
  readonly progress: (messages: number) => void;
  /** Default: playgroundRoomsMax. */
  readonly roomsMax?: number;
}

/** Runs everything once. Throws MeksError when a file cannot be read; bad lines are told to `complain` and counted. */
export async function runOnce(options: RunOptions): Promise<Summary> {
  const run = new Run(options);
  let inputs = 0;
  for (const file of options.files) {
    for await (const input of readInputs(file)) {
      run.take(input);
      if (++inputs % 1000 === 0) options.progress(inputs);
    }
  }
  return run.end();
}

class Run {
  readonly #printer: Printer;
  readonly #complain: (message: string) => void;
  readonly #roomsMax: number;
  readonly #rooms = new Map<string, RoomRun>();
  readonly #summary = new SummaryBuilder();

  constructor(options: RunOptions) {
    this.#printer = options.printer;
    this.#complain = options.complain;
    this.#roomsMax = options.roomsMax ?? limits.playgroundRoomsMax.value;
  }

  take(input: Input): void {
    const { place } = input;
    switch (input.kind) {
      case 'malformed':
        this.#summary.malformed();
        this.#complain(`${described(place)}: ${input.reason}`);
        return;
      case 'torn':
        this.#complain(`${described(place)}: ${input.reason}; what came before it was used`);
        return;
      case 'raw': {
        const room = this.#room(place, input.raw.receivedAt);
        const settled = room.settleUntil(input.raw.receivedAt);
        this.#summary.published(settled);
        this.#printer.settled(room.id, settled);
        this.#done(room.message(input.raw, place));
        return;
      }
      case 'event':
        this.#done(this.#room(place, input.event.at).event(input.event, place));
        return;
      case 'gap':
        this.#done(this.#room(place, input.gap.at).gap(input.gap, place));
    }
  }

  end(): Summary {
    const rooms = [...this.#rooms.values()];
    for (const room of rooms) {
      const settled = room.settleAll();
      this.#summary.published(settled);
      this.#printer.settled(room.id, settled);
    }
    const summary = this.#summary.finish(rooms.length);
    this.#printer.end(rooms, summary);
    return summary;
  }

  #done(outcome: ReturnType<RoomRun['message']>): void {
    this.#summary.outcome(outcome);
    this.#printer.outcome(outcome);
  }

  #room(place: Place, startAt: number): RoomRun {
    const known = this.#rooms.get(place.room);
    if (known !== undefined) return known;
    if (this.#rooms.size === this.#roomsMax) {
      const message = `${described(place)} is of room number ${this.#roomsMax + 1}: split the recording`;
      throw new MeksError('MEKS_FILE_MALFORMED', message);
    }
    const room = new RoomRun(place.room, startAt);
    this.#rooms.set(place.room, room);
    return room;
  }
}

function described(place: Place): string {
  return place.line === 0 ? place.file : `${place.file} line ${place.line}`;
}
