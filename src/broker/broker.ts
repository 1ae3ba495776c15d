import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { errorFields } from '../base/log.ts';
import { OldCollector } from '../base/old-collector.ts';
import { uniqueId } from '../base/random.ts';
import { SupervisedThread } from '../base/supervised-thread.ts';
import { YoungCollector } from '../base/young-collector.ts';
import { findRoom, Gateway, type GatewayRooms, localPushRooms } from '../gateway/gateway.ts';
import { HistoryImport, historyReadCounterSpec } from '../journal/history.ts';
import { type Journal, Journals, NullJournal, readLog, realDisk } from '../journal/journal.ts';
import { closeReasons } from '../protocol/close-codes.ts';
import type { ConfigReload } from '../protocol/commands.ts';
import { MeksError } from '../protocol/errors.ts';
import { assertLimits } from '../protocol/limits.ts';
import { type RoomDefinition, roomIdPattern } from '../protocol/room-definition.ts';
import { Telemetry } from '../telemetry/telemetry.ts';
import { Battles } from './battles.ts';
import type { ColdThreadSettings } from './cold-thread.ts';
import { type BrokerConfig, type ConfigFile, writePolicy } from './config.ts';
import { type CommandHandlers, runCommand } from './commands.ts';
import { configCommands } from './commands/config.ts';
import { pushCommands } from './commands/push.ts';
import { quarantineCommands } from './commands/quarantine.ts';
import { ledgerCommands } from './commands/ledger.ts';
import { operatorCommands } from './commands/operator.ts';
import { roomCommands } from './commands/rooms.ts';
import { makeFeed } from './feeds.ts';
import type { ReportProblem } from '../feed/feed.ts';
import { makeRecorder, type Recorder } from './recorder.ts';
import { ReconciliationWatch } from './reconciliation-watch.ts';
import { Keeper } from './keeper.ts';
import { QuarantineLink } from './quarantine-link.ts';
import { quarantineCounterSpec } from './quarantine-counters.ts';
import { RoomPast } from './room-past.ts';
import { RoomPlan } from './room-plan.ts';
import { roomsFileOf, saveRoomsFile } from './rooms-file.ts';
import { loadConfigFile, loadRoomsFile } from './settings-reader.ts';
import { showRoomNumbers } from './room-metrics.ts';
import { Room } from './room.ts';
import { Senders } from './senders/senders.ts';

// The whole house put together: for each LIVE a room (broker/room.ts: feed to delivery), one gateway in front of them
// all.
//
//   upstream ──► Room ──┐
//   upstream ──► Room ──┼──► Gateway ──► dashboards
//   upstream ──► Room ──┘       └──► cold thread (cold-thread.ts): pages, REST, metrics, logs, questions to the history
//
// The history (journal/history.ts) follows the rooms' logs by itself; the keeper (keeper.ts) keeps them short.
//
// Owns the list of rooms and the order of start and stop: the gateway listens first (a dashboard may wait for its
// LIVE), feeds begin last; on the way down feeds stop first, what is ready is sent, connections are told to come back.

export interface BrokerOptions {
  readonly config: BrokerConfig;
  readonly clock: Clock;
  /** Told now and then while the events of a room's log are replayed: how many by now. */
  readonly onReplay?: (room: string, events: number) => void;
}

interface HousedRoom {
  readonly room: Room;
  /** Takes the room's numbers off /metrics. */
  readonly forget: () => void;
}

type HistoryCounters = ReturnType<HistoryImport['addRoom']>;
interface OpenedLog {
  readonly log: Journal;
  /** null = there is no log. */
  readonly directory: string | null;
  readonly lastSeq: number;
  readonly snapshotSeq: number;
  readonly continued: boolean;
}

export class Broker {
  readonly #config: BrokerConfig;
  readonly #clock: Clock;
  readonly #onReplay: BrokerOptions['onReplay'];
  readonly #telemetry: Telemetry;
  readonly #gateway: Gateway;
  /** Null: this thread sends itself. */
  readonly #senders: Senders | null;
  readonly #cold: SupervisedThread;
  readonly #collectors: readonly (YoungCollector | OldCollector)[];
  readonly #journals: Journals | null;
  readonly #keeper: Keeper | null;
  readonly #history: HistoryImport | null;
  readonly #rooms = new Map<string, HousedRoom>();
  readonly #quarantines = new QuarantineLink(() => this.list());
  /** Which rooms there should be; changes come through here. */
  readonly plan: RoomPlan;
  readonly #handlers: CommandHandlers;
  readonly #battles: Battles;
  readonly #reconciliationWatch: ReconciliationWatch;
  #ready = false;

  /**
   * Opens the rooms' logs and rebuilds what was. Throws MeksError: MEKS_JOURNAL_*, MEKS_CONFIG_INVALID and the like.
   */
  static async open(options: BrokerOptions): Promise<Broker> {
    const { dataDirectory } = options.config;
    const broker = new Broker(options, dataDirectory === null ? [] : await loadRoomsFile(roomsFileOf(dataDirectory)));
    try {
      for (const room of broker.plan.required) await broker.#makeRoom(room);
      for (const room of broker.plan.remembered) await broker.#tryRoom(room, () => broker.#makeRoom(room));
    } catch (error) {
      await broker.stop();
      throw error;
    }
    return broker;
  }

  private constructor(options: BrokerOptions, kept: readonly RoomDefinition[]) {
    assertLimits();
    const { config, clock } = options;
    this.#config = config;
    this.#clock = clock;
    this.#onReplay = options.onReplay;
    const now = (): number => clock.wallMs();
    this.#handlers = {
      ...roomCommands(this),
      ...configCommands(this),
      ...pushCommands(this),
      ...quarantineCommands(this),
      ...ledgerCommands(this, now),
      ...operatorCommands(this, now),
    };
    this.#telemetry = new Telemetry({ clock });
    const { log } = this.#telemetry;
    this.plan = this.#makePlan(kept);
    this.#battles = new Battles(clock, () => this.list());
    const find = (idOrHandle: string): ReturnType<Broker['find']> => this.find(idOrHandle);
    const rooms = { list: () => this.list(), find, battles: () => this.#battles.list() };
    this.#reconciliationWatch = new ReconciliationWatch(clock, () => this.list());
    this.#gateway = new Gateway({
      clock,
      log,
      host: config.host,
      port: config.port,
      allowedHosts: config.allowedHosts,
      allowedOrigins: config.allowedOrigins,
      compress: config.compress,
      rooms,
      ready: () => this.#ready,
      run: (command) => runCommand(this.#handlers, command, log),
    });
    const published = (): number => this.list().reduce((sum, room) => sum + room.counters.get('published'), 0);
    const made = (): number => this.#gateway.counters.get('opened');
    this.#collectors = [new YoungCollector({ clock, made }), new OldCollector({ clock, done: published })];
    this.#senders = this.#makeSenders(rooms);
    this.#telemetry.counters('gateway', this.#gateway.counters);
    const { dataDirectory } = config;
    const historyReads = new Counters(historyReadCounterSpec);
    if (dataDirectory !== null) this.#telemetry.counters('history', historyReads);
    const quarantined = new Counters(quarantineCounterSpec);
    this.#telemetry.counters('quarantine', quarantined);
    const settings: ColdThreadSettings = {
      pagesDirectory: config.pagesDirectory,
      version: config.version,
      logStyle: config.logStyle,
      writes: writePolicy(config),
      allowedOrigins: config.allowedOrigins,
      quarantine: { dataDirectory, values: quarantined.values },
      history: dataDirectory === null ? null : { dataDirectory, values: historyReads.values },
    };
    const sendersUser = this.#senders === null ? [] : [this.#senders];
    this.#cold = new SupervisedThread({
      name: 'cold',
      clock,
      log,
      entry: new URL('./cold-thread.ts', import.meta.url),
      givesWay: true,
      settings,
      users: [this.#telemetry, this.#gateway.coldUser, this.#quarantines, ...sendersUser],
      // Without a nursery of its own size it would get the hot thread's.
      resourceLimits: { maxYoungGenerationSizeMb: 8, maxOldGenerationSizeMb: 512 },
    });
    this.#journals = dataDirectory === null ? null : new Journals({ clock, log, dataDirectory });
    this.#keeper = dataDirectory === null ? null : new Keeper({ clock, log, policy: config.retention });
    this.#history = dataDirectory === null ? null : new HistoryImport({ clock, log, dataDirectory });
  }

  list(): readonly Room[] {
    return [...this.#rooms.values()].map(({ room }) => room);
  }

  /** The room with this id, or else with this handle (with or without @); null when there is none. */
  find(idOrHandle: string): Room | null {
    const byId = this.#rooms.get(idOrHandle);
    return byId === undefined ? findRoom(this.list(), idOrHandle) : byId.room;
  }

  /** Listens, then starts the feeds. Throws MeksError MEKS_PORT_IN_USE and the like, and has then started nothing. */
  async start(): Promise<{ readonly url: string; readonly port: number }> {
    // Whoever sends accepts.
    const address = await (this.#senders ?? this.#gateway).listen();
    this.#cold.start();
    this.#telemetry.start();
    for (const collector of this.#collectors) collector.start();
    try {
      for (const { id } of this.plan.required) this.#rooms.get(id)?.room.start();
      for (const room of this.plan.remembered)
        await this.#tryRoom(room, async () => this.#rooms.get(room.id)?.room.start());
    } catch (error) {
      await this.stop();
      throw error;
    }
    this.#history?.start();
    this.#reconciliationWatch.start();
    this.#ready = true;
    return address;
  }

  /** Adds a room while running, and starts it. */
  async addRoom(definition: RoomDefinition): Promise<Room> {
    const room = await this.#makeRoom(definition);
    try {
      room.start();
    } catch (error) {
      await this.removeRoom(definition.id);
      throw error;
    }
    return room;
  }

  /** Reads the config file again. Rejects with MEKS_CONFIG_INVALID, and has then changed nothing. */
  async reload(): Promise<ConfigReload> {
    const { configFile } = this.#config;
    if (configFile === null)
      throw new MeksError('MEKS_CONFIG_INVALID', 'this broker was started without a config file (--config)');
    const { rooms, ...settings } = await loadConfigFile(configFile.path);
    const outcome = { ...(await this.plan.configure(rooms)), restart: differences(configFile.content, settings) };
    const { added, removed, changed, failed } = outcome;
    const counts = { added: added.length, removed: removed.length, changed: changed.length, failed: failed.length };
    this.#telemetry.log.info('config.reloaded', { ...counts, restart: outcome.restart.join(', ') });
    for (const room of failed) this.#telemetry.log.warn('config.room-failed', { room: room.id, message: room.message });
    return outcome;
  }

  /** Takes a room out: its dashboards are told not to come back. False when there is none of that id. */
  async removeRoom(id: string): Promise<boolean> {
    const housed = this.#rooms.get(id);
    if (housed === undefined) return false;
    this.#rooms.delete(id);
    this.#keeper?.leave(id);
    await housed.room.stop(closeReasons.roomRemoved);
    this.#quarantines.leave(housed.room);
    this.#history?.removeRoom(id);
    housed.forget();
    return true;
  }

  async stop(): Promise<void> {
    this.#ready = false;
    this.#battles.stop();
    this.#reconciliationWatch.stop();
    await Promise.all(this.list().map((room) => room.stop()));
    await this.#senders?.close();
    await this.#gateway.close();
    await this.#keeper?.stop();
    await this.#history?.stop();
    await this.#journals?.stop();
    for (const collector of this.#collectors) collector.stop();
    await this.#telemetry.close();
    await this.#cold.stop();
  }

  #makePlan(kept: readonly RoomDefinition[]): RoomPlan {
    const { dataDirectory, configFile, rooms } = this.#config;
    const file = dataDirectory === null ? null : roomsFileOf(dataDirectory);
    return new RoomPlan({
      house: this,
      log: this.#telemetry.log,
      flags: rooms,
      config: configFile?.content.rooms ?? [],
      kept,
      save: file === null ? null : (added) => saveRoomsFile(file, added),
    });
  }

  /** A room that was added in an earlier life and cannot be opened any more costs the others nothing. */
  async #tryRoom({ id }: RoomDefinition, open: () => Promise<unknown>): Promise<void> {
    try {
      await open();
    } catch (error) {
      this.#telemetry.log.error('room.not-opened', { room: id, ...errorFields(error) });
      await this.removeRoom(id);
    }
  }

  async #makeRoom(definition: RoomDefinition): Promise<Room> {
    const { log } = this.#telemetry;
    const { id, handle, timeZone = 'UTC' } = definition;
    if (!roomIdPattern.test(id))
      throw new MeksError('MEKS_CONFIG_INVALID', `room id ${JSON.stringify(id)}: use letters, digits, "-", "_", "."`);
    if (this.#rooms.has(id))
      throw new MeksError('MEKS_CONFIG_INVALID', `there is a room ${id} already: give another id`);
    const clock = this.#clock;
    const { ringRecordsMax } = this.#config;
    const past = new RoomPast({
      clock,
      id,
      handle,
      timeZone,
      tailMax: ringRecordsMax,
      onReplay: (events) => this.#onReplay?.(id, events),
      readLog: (fromSeq, toSeq) => readLog(realDisk, this.#journals!.directoryOf(id), fromSeq, toSeq),
    });
    const report: ReportProblem = ({ code, message }) => log.warn(`feed.${code}`, { room: id, message });
    const feed = makeFeed(definition, clock, report, () => past.ranking.aging.time());
    const { recorder, ...opened } = await this.#openWritten(id, past);
    const room = new Room({
      ...opened,
      recorder,
      clock,
      id,
      handle,
      feed,
      past,
      ringRecordsMax,
      senders: this.#senders,
      onTurn: (turned) => this.#battles.noticed(turned),
      onFault: (error, { kind, id: eventId }) =>
        log.error('room.fault', { room: id, kind, eventId, ...errorFields(error) }),
      onMismatch: (problems) => log.error('room.mismatch', { room: id, problems: problems.slice(0, 5).join('; ') }),
    });
    room.normalizer.drift.onAlarm = ({ kind, method, detail }) =>
      log.warn('upstream.changed', { room: id, alarm: kind, method, detail });
    room.normalizer.quarantine.onKept = () => this.#quarantines.noticed();
    const history = this.#keepLog(room, opened);
    this.#rooms.set(id, { room, forget: showRoomNumbers(this.#telemetry, room, history) });
    return room;
  }

  /** Gives the room's log to those who follow it. Null: there is none. */
  #keepLog(room: Room, opened: OpenedLog): HistoryCounters | null {
    const { id, handle } = room;
    const { log, directory, snapshotSeq } = opened;
    if (directory === null || this.#history === null) return null;
    const { epoch } = log;
    const counters = this.#history.addRoom({ id, handle, epoch, progress: log.progress() });
    this.#keeper?.keep({
      id,
      handle,
      directory,
      epoch,
      snapshotSeq,
      progress: () => log.progress(),
      save: () => ({ saved: room.ranking.save(), seq: room.ranking.seq }),
      history: counters.values,
      retained: (status) => room.disk.retained(status),
    });
    return counters;
  }

  /** Threads that send, where they were asked for. */
  #makeSenders(rooms: GatewayRooms): Senders | null {
    if (this.#config.senders === 0) return null;
    const senders = new Senders({
      clock: this.#clock,
      log: this.#telemetry.log,
      config: this.#config,
      pushRooms: localPushRooms(rooms),
      boardRooms: { attachBoard: (id, link, request) => this.find(id)?.attachBoard(link, request) ?? null },
    });
    for (const { labels, gateway } of senders.numbers) this.#telemetry.counters('gateway', gateway, labels);
    return senders;
  }

  /** All that is written of a room: its log, and its recording. Where that cannot be made, the log is let go again. */
  async #openWritten(id: string, past: RoomPast): Promise<OpenedLog & { readonly recorder: Recorder | null }> {
    const opened = await this.#openLog(id, past);
    try {
      const recorder = makeRecorder(id, this.#config.recordDirectory, this.#clock, this.#telemetry.log);
      return { ...opened, recorder };
    } catch (error) {
      await opened.log.close();
      throw error;
    }
  }

  async #openLog(id: string, past: RoomPast): Promise<OpenedLog> {
    if (this.#journals === null)
      return { log: new NullJournal(uniqueId()), directory: null, lastSeq: 0, snapshotSeq: 0, continued: false };
    const recovered = this.#journals.recover(id, past);
    const { lastSeq, snapshotSeq, continued } = recovered.report;
    const log = await this.#journals.open(recovered, { sync: this.#config.sync });
    return { log, directory: recovered.directory, lastSeq, snapshotSeq, continued };
  }
}

/** Names of settings that two readings of the config file do not share. */
function differences(before: ConfigFile, now: Omit<ConfigFile, 'rooms'>): string[] {
  const { rooms: _rooms, ...then } = before;
  const names = new Set([...Object.keys(then), ...Object.keys(now)]) as Set<keyof typeof now>;
  return [...names].filter((name) => !isDeepStrictEqual(then[name], now[name]));
}
