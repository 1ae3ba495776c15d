import { type Random, seededRandom } from '../../base/random.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { followSyncs } from '../../journal/journal.ts';
import { closeReasons } from '../../protocol/close-codes.ts';
import { BrokerProcess } from './broker-process.ts';
import { type Dashboard, type DashboardOptions, SimulatedDashboard } from './dashboard.ts';
import { type Disturbed, disturbances } from './disturb.ts';
import { LawBroken, type LawName, ProcessEnded } from './failure.ts';
import { type FaultName } from './faults.ts';
import { type Hooks, noHooks } from './hooks.ts';
import { HouseRoom } from './house-room.ts';
import { calmMs, checkConverged, checkCounters, checkMemory, checkProgress } from './laws.ts';
import { Network } from './network.ts';
import { Operators } from './operators.ts';
import { RoomTruth } from './room-truth.ts';
import { drawRoomSettings, drawSettings, type WorldRequest, type WorldSettings } from './settings.ts';
import { Trace } from './trace.ts';
import { Upstream } from './upstream.ts';
import { WorldDisk } from './world-disk.ts';

// A simulated world: rooms with their LIVEs, a broker that dies and comes back, a disk, dashboards, and everything that
// goes wrong between them, out of one seed. Runs on one virtual clock, in one thread, in the same order for ever. Owns
// the broker's process and the disk; looks at the laws after every few steps, and breaks off at the first that does not
// hold.

export interface WorldReport {
  readonly seed: number;
  /** The history as one number: the same for every run of the seed with the same code. */
  readonly hash: string;
  readonly simulatedMs: number;
  readonly steps: number;
  readonly events: number;
  /** How often each fault was done; for those that lie in what upstream sends, 1. */
  readonly faults: ReadonlyMap<FaultName, number>;
  readonly failure: WorldFailure | null;
  /** What happened last, for people. */
  readonly lines: readonly string[];
}

export interface WorldFailure {
  readonly law: LawName;
  readonly detail: string;
  /** When, in simulated ms. */
  readonly atMs: number;
}

export interface WorldOptions {
  readonly request: WorldRequest;
  readonly hooks?: Partial<Hooks>;
  /** Makes the dashboards; the world's own where left out. */
  readonly makeDashboard?: (options: DashboardOptions) => Dashboard;
}

/** How many steps lie between two looks at the laws of every moment. */
const stepsPerLook = 48;
/** How many of these lie between two recounts by hand. */
const looksPerRecount = 12;
/** What was published is with every dashboard, and synced, so many milliseconds later. */
const comingMs = 400;
/** Rooms that keep publishing for ten seconds of calm are no rooms in which little happens: then it is seen there. */
const comingLooksMax = 25;

export class World implements Disturbed {
  readonly clock = new VirtualClock();
  readonly trace = new Trace(() => this.clock.nowMs());
  readonly rooms: HouseRoom[] = [];
  readonly network: Network;
  readonly operators: Operators;
  readonly #settings: WorldSettings;
  readonly #hooks: Hooks;
  readonly #random: Random;
  readonly #dashboards: Dashboard[] = [];
  readonly #faults = new Map<FaultName, number>();
  #disk: WorldDisk;
  #process: BrokerProcess | null = null;
  #deathWish: 'crash' | 'power-cut' = 'crash';
  #epochs = 0;
  #steps = 0;
  #calm = false;
  /** Found where nobody could be told: in a promise. */
  #error: unknown = null;

  constructor(options: WorldOptions) {
    const { request, makeDashboard = (made) => new SimulatedDashboard(made) } = options;
    const random = seededRandom(request.seed);
    this.#settings = drawSettings(request, random.fork());
    this.#hooks = { ...noHooks, ...options.hooks };
    const { clock } = this;
    this.#disk = new WorldDisk(clock, random.fork(), { names: new Map(), nodes: new Map() }, 'boot-1');
    this.network = new Network({
      clock,
      random: random.fork(),
      find: (room) => (this.#process === null ? 'down' : (this.#process.rooms.get(room)?.room ?? null)),
      wrap: (link, room) => this.#hooks.link(link, room),
    });
    this.operators = new Operators({ wallMs: () => clock.wallMs(), failed: (error) => this.failed(error) });
    const forRooms = random.fork();
    this.#random = random.fork();
    for (let index = 1; index <= this.#settings.rooms; index++) this.#addRoom(index, forRooms.fork(), makeDashboard);
  }

  get process(): BrokerProcess | null {
    return this.#process;
  }

  /** Lives through the whole world. Never throws. */
  async run(): Promise<WorldReport> {
    const { request, durationMs } = this.#settings;
    let failure: WorldFailure | null = null;
    try {
      this.#hooks.disk(this.#disk);
      this.#boot();
      for (const dashboard of this.#dashboards) dashboard.start();
      for (const [name, everyMs] of this.#settings.faults) this.#plan(name, everyMs, this.#random.fork());
      await this.#until(durationMs);
      this.#calmDown();
      await this.#until(durationMs + calmMs);
      await this.#untilNothingComes();
      this.#look(true);
      for (const life of this.#process!.rooms.values()) checkConverged(life, this.#dashboards);
      await this.#stopAndComeBack();
    } catch (error) {
      failure = failureOf(error, this.clock.nowMs());
      this.trace.say(`${failure.law}: ${failure.detail}`);
    }
    const events = this.rooms.reduce((sum, { truth }) => sum + truth.lastSeq, 0);
    const { hash, lines } = this.trace;
    const simulatedMs = this.clock.nowMs();
    return { seed: request.seed, hash, simulatedMs, steps: this.#steps, events, faults: this.#faults, failure, lines };
  }

  die(how: 'crash' | 'power-cut', atChange: number): void {
    if (this.#process === null) return;
    this.#deathWish = how;
    if (atChange >= 0) this.#disk.dieAfter(atChange);
    else this.#bury();
  }

  failed(error: unknown): void {
    if (error instanceof ProcessEnded) this.#bury();
    else this.#error ??= error;
  }

  #addRoom(index: number, random: Random, makeDashboard: (options: DashboardOptions) => Dashboard): void {
    const { clock, trace } = this;
    const { people, tricklePerSec, idsMax, faults, dashboardsPerRoom } = this.#settings;
    const id = `room-${index}`;
    const handle = `creator.${index}`;
    const truth = new RoomTruth({ id, handle });
    const settings = drawRoomSettings(random);
    const forUpstream = random.fork();
    const upstream = new Upstream({ clock, random: forUpstream, room: index, people, tricklePerSec, idsMax, faults });
    this.rooms.push(new HouseRoom(truth, upstream, settings, random.chance(0.4)));
    const forDashboards = random.fork();
    for (let number = 1; number <= dashboardsPerRoom; number++) {
      const name = `dashboard ${index}.${number}`;
      const door = this.network;
      this.#dashboards.push(makeDashboard({ clock, random: forDashboards.fork(), trace, door, room: id, name, truth }));
    }
  }

  #boot(): void {
    const { journalLatencyMs, inlineJournal, idsMax } = this.#settings;
    this.trace.say(`the broker starts, ${this.#disk.boot}`);
    this.#process = new BrokerProcess({
      clock: this.clock,
      disk: this.#disk,
      hooks: this.#hooks,
      trace: this.trace,
      idsMax,
      journalLatencyMs,
      inlineJournal,
      newEpoch: () => `epoch-${++this.#epochs}`,
    });
    for (const house of this.rooms) this.#process.open(house);
  }

  /** The process has died, or does so now. */
  #bury(): void {
    const process = this.#process;
    if (process === null) return;
    const how = this.#deathWish;
    this.#deathWish = 'crash';
    this.trace.say(how === 'crash' ? 'the broker dies' : 'the power is cut');
    this.#process = null;
    process.end();
    this.operators.forget();
    this.network.die();
    if (how === 'power-cut') {
      for (const house of this.rooms) if (house.left === 'crash') house.left = 'power-cut';
      this.#disk = this.#disk.afterPowerCut();
      this.#hooks.disk(this.#disk);
    } else this.#disk.killProcesses();
    const downMs = this.#calm ? 500 : 300 + this.#random.int(9_000);
    this.clock.after(downMs, () => this.#boot());
  }

  #plan(name: FaultName, everyMs: number, random: Random): void {
    const disturb = disturbances[name];
    this.#faults.set(name, disturb === null ? 1 : 0);
    if (disturb === null) return;
    const again = (): void => {
      if (this.#calm) return;
      this.#faults.set(name, this.#faults.get(name)! + 1);
      disturb(this, random);
      this.clock.after(random.exponential(everyMs), again);
    };
    this.clock.after(random.exponential(everyMs), again);
  }

  /** Faults stop, and what they have left behind is mended. */
  #calmDown(): void {
    this.trace.say('calm');
    this.#calm = true;
    const disk = this.#disk;
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    disk.failsWrites = false;
    disk.failsSyncs = false;
    disk.syncMs = 0;
    disk.dieAfter(-1);
    for (const { link } of this.network.open)
      link.reading = link.reading.kind === 'gone' ? link.reading : { kind: 'all' };
    for (const house of this.rooms) {
      house.wanted = true;
      house.upstream.calm();
    }
    const process = this.#process;
    if (process === null) return;
    process.thread.stalled = false;
    process.thread.ring();
    this.#reopen();
    this.clock.after(5_000, () => this.#reopen());
  }

  /** Rooms that are not open, and those whose log calls nothing durable any more: an operator would restart them. */
  #reopen(): void {
    const process = this.#process;
    if (process === null) return;
    for (const house of this.rooms) {
      const journal = process.rooms.get(house.id)?.journal;
      if (journal !== undefined && followSyncs(journal.progress()).failed())
        process.close(house, closeReasons.goingAway, (error) => this.failed(error));
      process.open(house);
    }
  }

  /** A room tells the time by itself, about once a second: what was published just now is nowhere else yet. */
  async #untilNothingComes(): Promise<void> {
    for (let looks = 0, before = -1; looks < comingLooksMax; looks++) {
      const published = this.rooms.reduce((sum, { truth }) => sum + truth.lastSeq, 0);
      if (published === before) break;
      before = published;
      await this.#until(this.clock.nowMs() + comingMs);
    }
  }

  async #until(untilMs: number): Promise<void> {
    for (;;) {
      try {
        if (!this.clock.step(untilMs)) break;
      } catch (error) {
        if (!(error instanceof ProcessEnded)) throw error;
        this.#bury();
      }
      this.#steps++;
      if (this.#process?.stopping === true || this.operators.waiting) await settled();
      if (this.#error !== null) throw this.#error;
      if (this.#steps % stepsPerLook === 0) this.#look(this.#steps % (stepsPerLook * looksPerRecount) === 0);
    }
    this.clock.advance(untilMs - this.clock.nowMs());
  }

  /** Looks at everything that must hold between two turns. */
  #look(whole: boolean): void {
    const process = this.#process;
    if (process === null) return;
    const nowMs = this.clock.nowMs();
    for (const life of process.rooms.values()) {
      checkCounters(life);
      checkMemory(life, this.network);
      checkProgress(life, this.network, nowMs);
      if (whole) life.house.truth.recount();
    }
  }

  /** The end of the house, and whether all of it comes back. */
  async #stopAndComeBack(): Promise<void> {
    const process = this.#process!;
    for (const house of this.rooms) process.close(house, closeReasons.goingAway, (error) => this.failed(error));
    await this.#until(this.clock.nowMs() + 2_000);
    for (const house of this.rooms) process.open(house);
  }
}

/** Lets everything run that waits for a promise. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await Promise.resolve();
}

function failureOf(error: unknown, atMs: number): WorldFailure {
  if (error instanceof LawBroken) return { law: error.law, detail: error.message, atMs };
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { law: 'threw', detail, atMs };
}
