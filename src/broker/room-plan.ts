import { isDeepStrictEqual } from 'node:util';
import { errorFields, type Log } from '../base/log.ts';
import type { ConfigReload, RoomAdded } from '../protocol/commands.ts';
import { MeksError } from '../protocol/errors.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';

// Owns which rooms there should be, and changes the house to match, one change at a time. Rooms come from three places,
// and of two with one id the first of these holds: flags of the command line, the config file, and what was added while
// running. Only the last are kept in the data folder (rooms-file.ts): the others are written down where they come from.

/** What carries changes out. Implemented by the broker. */
export interface House {
  /** Opens and starts a room. Rejects with MeksError: nothing of it is there then. */
  addRoom(definition: RoomDefinition): Promise<unknown>;
  removeRoom(id: string): Promise<boolean>;
}

export interface RoomPlanOptions {
  readonly house: House;
  readonly log: Log;
  readonly flags: readonly RoomDefinition[];
  readonly config: readonly RoomDefinition[];
  /** Those of the data folder. */
  readonly kept: readonly RoomDefinition[];
  /** Writes down what was added; null = nothing is kept. */
  readonly save: ((rooms: readonly RoomDefinition[]) => Promise<void>) | null;
}

type Rooms = Map<string, RoomDefinition>;

export class RoomPlan {
  readonly #house: House;
  readonly #log: Log;
  readonly #save: RoomPlanOptions['save'];
  readonly #flags: Rooms;
  #config: Rooms;
  readonly #added: Rooms;
  /** The last change; the next one waits for it. */
  #line: Promise<unknown> = Promise.resolve();

  constructor(options: RoomPlanOptions) {
    const { house, log, flags, config, kept, save } = options;
    this.#house = house;
    this.#log = log;
    this.#save = save;
    this.#flags = byId(flags);
    this.#config = byId(config);
    this.#added = byId(kept);
  }

  /** Rooms that must be there for the broker to start at all: of flags and config. */
  get required(): readonly RoomDefinition[] {
    return [...new Map([...this.#config, ...this.#flags]).values()];
  }

  /** Rooms that were added in an earlier life, and that nobody has named since. */
  get remembered(): readonly RoomDefinition[] {
    return [...this.#added.values()].filter(({ id }) => !this.#flags.has(id) && !this.#config.has(id));
  }

  /** Adds a room, and writes it down. Rejects with MeksError when it cannot be opened. */
  add(definition: RoomDefinition): Promise<RoomAdded> {
    return this.#inLine(async () => {
      const { id } = definition;
      await this.#house.addRoom(definition);
      this.#added.set(id, definition);
      return { id, kept: await this.#write() };
    });
  }

  /** Lets go of a room. One of flags or config comes back with the next start. */
  remove(id: string): Promise<void> {
    return this.#inLine(async () => {
      await this.#house.removeRoom(id);
      if (this.#added.delete(id)) await this.#write();
    });
  }

  /** Makes the rooms of the config file those that it names now. Rooms of flags stay, and so do those added. */
  configure(rooms: readonly RoomDefinition[]): Promise<Omit<ConfigReload, 'restart'>> {
    return this.#inLine(() => this.#configure(byId(rooms)));
  }

  async #configure(wanted: Rooms): Promise<Omit<ConfigReload, 'restart'>> {
    const outcome = {
      added: [] as string[],
      removed: [] as string[],
      changed: [] as string[],
      failed: [] as { id: string; message: string }[],
    };
    const before = this.#config;
    this.#config = wanted;
    for (const id of before.keys()) {
      if (wanted.has(id) || this.#flags.has(id)) continue;
      if (await this.#house.removeRoom(id)) outcome.removed.push(id);
    }
    let forgotten = false;
    for (const [id, definition] of wanted) {
      if (this.#flags.has(id)) continue;
      const running = before.get(id) ?? this.#added.get(id);
      forgotten = this.#added.delete(id) || forgotten;
      if (running !== undefined && isDeepStrictEqual(running, definition)) continue;
      const replaced = await this.#house.removeRoom(id);
      try {
        await this.#house.addRoom(definition);
        (replaced ? outcome.changed : outcome.added).push(id);
      } catch (error) {
        if (!(error instanceof MeksError)) throw error;
        // The next reload tries again.
        this.#config.delete(id);
        outcome.failed.push({ id, message: error.message });
      }
    }
    if (forgotten) await this.#write();
    return outcome;
  }

  /** Whether it is written down. That it is not costs nobody the room. */
  async #write(): Promise<boolean> {
    if (this.#save === null) return false;
    try {
      await this.#save([...this.#added.values()]);
      return true;
    } catch (error) {
      this.#log.error('rooms.not-kept', errorFields(error));
      return false;
    }
  }

  #inLine<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(change);
    this.#line = done.catch(() => undefined);
    return done;
  }
}

function byId(rooms: readonly RoomDefinition[]): Rooms {
  return new Map(rooms.map((room) => [room.id, room]));
}
