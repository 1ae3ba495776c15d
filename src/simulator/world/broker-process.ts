import type { Clock } from '../../base/clock.ts';
import { SimulatedThread } from '../../journal/simulation/simulation.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { CloseReason } from '../../protocol/close-codes.ts';
import type { Hooks } from './hooks.ts';
import type { HouseRoom } from './house-room.ts';
import { ProcessClock } from './process-clock.ts';
import { RoomLife } from './room-life.ts';
import type { Trace } from './trace.ts';
import type { WorldDisk } from './world-disk.ts';

// One life of the broker's process: its rooms, its journal's thread, its timers. What the real one has around that
// (sockets, the cold thread) is the world's.

export interface ProcessOptions {
  readonly clock: Clock;
  readonly disk: WorldDisk;
  readonly hooks: Hooks;
  readonly trace: Trace;
  readonly idsMax: number;
  readonly journalLatencyMs: number;
  readonly inlineJournal: boolean;
  readonly newEpoch: () => string;
}

const ring = { ringBytes: 131_072, reserveBytes: 49_152 } as const;
/** A room whose log cannot be opened is tried again. */
const retryMs = 2_000;

export class BrokerProcess {
  readonly clock: ProcessClock;
  readonly disk: WorldDisk;
  readonly thread: SimulatedThread;
  /** The journal's thread has died and is not back yet. */
  threadDown = false;
  /** Rooms that are open. */
  readonly rooms = new Map<string, RoomLife>();
  /** Rooms that are being stopped: their logs are not free yet. */
  readonly #stopping = new Map<string, Promise<void>>();
  readonly #options: ProcessOptions;

  constructor(options: ProcessOptions) {
    this.#options = options;
    this.disk = options.disk;
    this.clock = new ProcessClock(options.clock);
    const clock = options.hooks.threadClock(this.clock);
    this.thread = new SimulatedThread({ clock, latencyMs: options.journalLatencyMs, ...ring });
  }

  /** Whether something goes on that virtual time alone does not finish. */
  get stopping(): boolean {
    return this.#stopping.size > 0;
  }

  /** Opens a room's log and starts it, now or as soon as the disk allows. */
  open(house: HouseRoom): void {
    if (!house.wanted || this.rooms.has(house.id)) return;
    if (this.#stopping.has(house.id)) {
      this.clock.after(retryMs, () => this.open(house));
      return;
    }
    const { disk, hooks, idsMax, newEpoch, trace, inlineJournal } = this.#options;
    const thread = inlineJournal ? null : this.thread;
    try {
      const life = new RoomLife({ clock: this.clock, disk, thread, house, hooks, idsMax, newEpoch });
      this.rooms.set(house.id, life);
      trace.say(`room ${house.id} is open at ${life.beganSeq} in ${house.truth.epoch}`);
    } catch (error) {
      if (!(error instanceof MeksError)) throw error;
      trace.say(`room ${house.id} cannot be opened: ${error.code}`);
      this.clock.after(retryMs, () => this.open(house));
    }
  }

  /** Stops a room cleanly. `failed` is told when even that throws. */
  close(house: HouseRoom, reason: CloseReason, failed: (error: unknown) => void): void {
    const life = this.rooms.get(house.id);
    if (life === undefined) return;
    this.rooms.delete(house.id);
    this.#stopping.set(house.id, this.#stop(life, reason, failed));
  }

  async #stop(life: RoomLife, reason: CloseReason, failed: (error: unknown) => void): Promise<void> {
    try {
      await life.stop(reason);
    } catch (error) {
      failed(error);
    } finally {
      this.#stopping.delete(life.house.id);
    }
  }

  /** The process is gone between two instructions. */
  end(): void {
    this.clock.end();
    this.thread.die();
    this.disk.abandon();
    for (const life of this.rooms.values()) life.noteEnd();
  }
}
