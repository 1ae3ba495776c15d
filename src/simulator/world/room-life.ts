import type { Clock, Timer } from '../../base/clock.ts';
import { realParts, RankingReplica, type Room, type RoomParts } from '../../broker/simulation.ts';
import type { Delivery } from '../../delivery/delivery.ts';
import {
  followSyncs,
  type Journal,
  LogKeeper,
  readLog,
  type RecoveredLog,
  type RecoveryVisitor,
} from '../../journal/journal.ts';
import {
  DiskError,
  InlineJournal,
  logDirectory,
  recoverLog,
  type SimulatedThread,
} from '../../journal/simulation/simulation.ts';
import { closeReasons, type CloseReason } from '../../protocol/close-codes.ts';
import { demand } from './failure.ts';
import type { Hooks } from './hooks.ts';
import type { HouseRoom } from './house-room.ts';
import { ObservedJournal } from './observed-journal.ts';
import { SimulatedFeed } from './simulated-feed.ts';
import type { WorldDisk } from './world-disk.ts';

// A room in one life of the broker: recovered, held against what is true, wired as the broker wires it, and kept. Owns
// the keeper's timer.

export interface RoomLifeOptions {
  readonly clock: Clock;
  readonly disk: WorldDisk;
  /** null = the caller writes the log by itself. */
  readonly thread: SimulatedThread | null;
  readonly house: HouseRoom;
  readonly hooks: Hooks;
  readonly idsMax: number;
  readonly newEpoch: () => string;
}

export const roomBounds = { ringSegmentBytes: 16_384, ringBytesMax: 65_536 } as const;
/** As the broker's own keeper. */
const keeperTurnMs = 5_000;

export class RoomLife {
  readonly house: HouseRoom;
  readonly room: Room;
  readonly feed: SimulatedFeed;
  readonly journal: Journal;
  readonly keeper: LogKeeper;
  /** As the room has made it. */
  delivery!: Delivery;
  /** Events of the room before this life. */
  readonly beganSeq: number;
  readonly #options: RoomLifeOptions;
  readonly #directory: string;
  /** Writes that the disk had refused when this life began. */
  readonly #refusals: number;
  #timer: Timer;

  /** Throws DiskError or MeksError where the log cannot be opened now; ProcessEnded when the process dies of it. */
  constructor(options: RoomLifeOptions) {
    const { clock, disk, house, hooks, idsMax } = options;
    const { id, handle, settings, truth } = house;
    this.#options = options;
    this.house = house;
    this.#refusals = disk.refusals;
    this.#directory = logDirectory('data', id);
    const past = hooks.past({
      clock,
      id,
      handle,
      tailMax: settings.ringRecordsMax,
      normalizer: hooks.normalizer({ room: { id }, clock, limits: { idsMax } }),
      readLog: (fromSeq, toSeq) => readLog(disk, this.#directory, fromSeq, toSeq),
    });
    const log = hooks.recovered(this.#recover(hooks.visitor(past, () => truth.lastSeq)), truth);
    this.#comeBack(log);
    truth.compareWhole(past.ranking.view, 'the recovered ranking');
    this.beganSeq = log.lastSeq;
    this.journal = this.#openJournal(log);
    this.feed = new SimulatedFeed({
      clock,
      upstream: house.upstream,
      waits: house.feedWaits,
      acknowledged: (sent) => house.acknowledged(sent),
    });
    this.room = hooks.room({
      clock,
      id,
      handle,
      feed: this.feed,
      past,
      log: this.journal,
      lastSeq: log.lastSeq,
      continued: log.report.continued,
      ringRecordsMax: settings.ringRecordsMax,
      parts: this.#parts(),
      recorder: null,
      onMismatch: (problems) => demand(false, 'boards', () => `room ${id} says itself: ${problems.join('; ')}`),
      onFault: (error, event) => demand(false, 'contained-fault', () => `${event.kind} ${event.id}: ${String(error)}`),
    });
    this.keeper = this.#makeKeeper(log);
    this.#timer = clock.after(keeperTurnMs, () => this.#keep());
    this.room.start();
  }

  /** Stops cleanly, as far as the disk allows. */
  async stop(reason: CloseReason = closeReasons.goingAway): Promise<void> {
    this.noteEnd();
    this.#timer.cancel();
    this.keeper.close();
    await this.room.stop(reason);
    const { durableSeq, lastSeq } = this.journal.status();
    // A disk that refuses may have refused the mark of the stop: then the next life sees a crash.
    if (this.#options.disk.healthy && durableSeq === lastSeq) this.house.left = 'clean';
  }

  /** The process has ended: what is known of the log at this moment. */
  noteEnd(): void {
    const { house, journal } = this;
    house.refused = this.#options.disk.refusals > this.#refusals;
    house.left = 'crash';
    house.durableSeq = Math.max(house.durableSeq, journal.status().durableSeq);
    house.seenIsSynced = house.settings.sync.kind === 'always';
  }

  #recover(visitor: RecoveryVisitor): RecoveredLog {
    const { disk, house, clock, newEpoch } = this.#options;
    const { truth, id } = house;
    return recoverLog(
      { disk, directory: this.#directory, room: id, newEpoch, wallMs: clock.wallMs() },
      {
        load: (snapshot) => visitor.load(snapshot),
        apply: (seq, payload, atMs) => {
          const written = truth.events[seq - 1];
          const same = written !== undefined && written.payload.equals(payload);
          demand(same, 'recovered', () => `room ${id}: seq ${seq} came back as something that was never written`);
          visitor.apply(seq, payload, atMs);
        },
        hole: (from, to) => {
          demand(false, 'holes', () => `room ${id}: ${from} to ${to} are missing in the log`);
          visitor.hole(from, to);
        },
      },
    );
  }

  /** What the log has brought back, held against what was promised. */
  #comeBack(log: RecoveredLog): void {
    const { house } = this;
    const { truth, left, id } = house;
    const { lastSeq } = log;
    const { continued, reason } = log.report;
    const { seenSeq } = truth;
    const end = `room ${id} after ${left}: ${lastSeq} of ${truth.lastSeq} came back (${reason})`;
    if (left === 'clean') demand(continued && lastSeq === truth.lastSeq, 'clean-stop', () => end);
    // A write that was cut short, begun again and cut off by the death looks like damage: then nobody may resume.
    if (left === 'crash' && seenSeq > 0 && !house.refused)
      demand(continued, 'seen-survives', () => `${end}, in a new epoch`);
    if (left === 'crash' || continued || house.seenIsSynced)
      demand(lastSeq >= seenSeq, 'seen-survives', () => `${end}, ${seenSeq} was seen`);
    if (left === 'power-cut')
      demand(lastSeq >= house.durableSeq, 'durable', () => `${end}, ${house.durableSeq} was called durable`);
    if (continued)
      demand(log.epoch === truth.epoch, 'epoch', () => `${end}: ${log.epoch} goes on after ${truth.epoch}`);
    else demand(log.epoch !== truth.epoch, 'epoch', () => `${end}: a new epoch has the name of the old one`);
    const [oldest = ''] = this.#options.disk
      .list(this.#directory)
      .filter((name) => name.startsWith('segment-'))
      .sort();
    truth.rememberedFromSeq = Math.max(truth.rememberedFromSeq, Number(/\d+/.exec(oldest)?.[0] ?? 1));
    // A snapshot spares the replay of what lies before it: history and the memory of streaks read that all the same.
    for (const item of readLog(this.#options.disk, this.#directory, truth.rememberedFromSeq, lastSeq))
      demand(item.kind === 'record', 'holes', () => `${end}: the log before the snapshot has a hole`);
    truth.rollBack(lastSeq);
    truth.begin(log.epoch);
    house.cameBack(left === 'power-cut' && !house.seenIsSynced);
    if (left !== 'never-lived') house.upstream.restarted();
    // From here on a death is a crash.
    house.left = 'crash';
  }

  #openJournal(log: RecoveredLog): Journal {
    const { thread, clock, house, hooks } = this.#options;
    const { sync, segmentBytesMax } = house.settings;
    const options = { sync, segmentBytesMax };
    const journal = thread === null ? new InlineJournal(log, clock, options) : thread.open(log, options);
    return hooks.journal(new ObservedJournal(journal, house.truth));
  }

  #makeKeeper(log: RecoveredLog): LogKeeper {
    const { disk, clock, house } = this.#options;
    const { id, handle, settings } = house;
    const { ranking } = this.room;
    return new LogKeeper({
      disk,
      clock,
      directory: this.#directory,
      room: id,
      epoch: log.epoch,
      replica: new RankingReplica({ id, handle }, ranking.save()),
      replicaSeq: ranking.seq,
      snapshotSeq: log.report.snapshotSeq,
      writtenSeq: () => this.journal.status().writtenSeq,
      syncs: followSyncs(this.journal.progress()),
      neededFromSeq: () => Number.POSITIVE_INFINITY,
      policy: { ageMs: Number.POSITIVE_INFINITY, bytesMax: settings.retentionBytesMax },
      snapshotEveryEvents: settings.snapshotEveryEvents,
    });
  }

  /** The real parts, but for sizes that a few minutes can fill. */
  #parts(): RoomParts {
    const { hooks, house } = this.#options;
    const { queueMax } = house.settings;
    const parts = hooks.parts(realParts);
    return {
      broadcast: (options) => parts.broadcast({ ...options, ...roomBounds }),
      delivery: (options) => (this.delivery = parts.delivery(options)),
      ingest: (options) => parts.ingest({ ...options, queueMax }),
    };
  }

  #keep(): void {
    const { clock, disk, hooks } = this.#options;
    this.#timer = clock.after(keeperTurnMs, () => this.#keep());
    try {
      this.keeper.turn();
      hooks.kept(disk, this.#directory);
    } catch (error) {
      // As the keeper's thread does: it is reported, and the next turn tries again.
      if (!(error instanceof DiskError)) throw error;
    }
  }
}
