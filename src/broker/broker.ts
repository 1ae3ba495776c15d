import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { errorFields } from '../base/log.ts';
import { Gateway } from '../gateway/gateway.ts';
import { closeReasons } from '../protocol/close-codes.ts';
import { MeksError } from '../protocol/errors.ts';
import { assertLimits } from '../protocol/limits.ts';
import { type BrokerConfig, type RoomDefinition, roomIdPattern } from './config.ts';
import { makeFeed } from './feeds.ts';
import { NullLog } from './null-log.ts';
import { Room } from './room.ts';

// The whole house put together: for each LIVE a room (broker/room.ts: feed to delivery), one gateway in front of them all.
//
//   upstream ──► Room ──┐
//   upstream ──► Room ──┼──► Gateway ──► dashboards
//   upstream ──► Room ──┘       └──► cold thread: pages, REST, metrics
//
// Owns the list of rooms and the order of start and stop: the gateway listens first (a dashboard may wait for its LIVE),
// feeds begin last; on the way down feeds stop first, what is ready is sent, connections are told to come back.

export interface BrokerOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  readonly log: Log;
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #rooms = new Map<string, Room>();
  readonly #gateway: Gateway;

  constructor(options: BrokerOptions) {
    assertLimits();
    this.#options = options;
    const { config, clock, log } = options;
    this.#gateway = new Gateway({
      clock,
      log,
      host: config.host,
      port: config.port,
      rooms: { list: () => this.list(), find: (idOrHandle) => this.find(idOrHandle) },
    });
    for (const room of config.rooms) this.#makeRoom(room);
  }

  list(): readonly Room[] {
    return [...this.#rooms.values()];
  }

  /** The room with this id, or else with this handle (with or without @); null when there is none. */
  find(idOrHandle: string): Room | null {
    const byId = this.#rooms.get(idOrHandle);
    if (byId !== undefined) return byId;
    const handle = idOrHandle.startsWith('@') ? idOrHandle.slice(1) : idOrHandle;
    for (const room of this.#rooms.values()) if (room.handle === handle) return room;
    return null;
  }

  /** Listens, then starts the feeds. Throws MeksError MEKS_PORT_IN_USE and the like. */
  async start(): Promise<{ readonly url: string; readonly port: number }> {
    const address = await this.#gateway.listen();
    for (const room of this.#rooms.values()) room.start();
    return address;
  }

  /** Adds a room while running, and starts it. */
  addRoom(definition: RoomDefinition): Room {
    const room = this.#makeRoom(definition);
    room.start();
    return room;
  }

  /** Takes a room out: its dashboards are told not to come back. False when there is none of that id. */
  async removeRoom(id: string): Promise<boolean> {
    const room = this.#rooms.get(id);
    if (room === undefined) return false;
    this.#rooms.delete(id);
    await room.stop(closeReasons.roomRemoved);
    return true;
  }

  async stop(): Promise<void> {
    await Promise.all(this.list().map((room) => room.stop()));
    await this.#gateway.close();
  }

  #makeRoom(definition: RoomDefinition): Room {
    const { clock, log } = this.#options;
    const { id, handle } = definition;
    if (!roomIdPattern.test(id))
      throw new MeksError('MEKS_CONFIG_INVALID', `room id ${JSON.stringify(id)}: use letters, digits, "-", "_", "."`);
    if (this.#rooms.has(id)) throw new MeksError('MEKS_CONFIG_INVALID', `room id ${id} is given twice: ids are unique`);
    const room = new Room({
      clock,
      id,
      handle,
      feed: makeFeed(definition, clock, ({ code, message }) => log.warn(`feed.${code}`, { room: id, message })),
      ringRecordsMax: this.#options.config.ringRecordsMax,
      openLog: (firstSeq) => new NullLog(firstSeq),
      onFault: (error, event) =>
        log.error('room.fault', { room: id, event: JSON.stringify(event), ...errorFields(error) }),
    });
    this.#rooms.set(id, room);
    return room;
  }
}
