import type { Random } from '../../base/random.ts';
import type { VirtualClock } from '../../base/virtual-clock.ts';
import { closeReasons } from '../../protocol/close-codes.ts';
import type { BrokerProcess } from './broker-process.ts';
import type { FaultName } from './faults.ts';
import type { HouseRoom } from './house-room.ts';
import type { Reading } from './link.ts';
import type { Network } from './network.ts';
import type { Operators } from './operators.ts';
import { drawRoomSettings } from './settings.ts';
import type { Trace } from './trace.ts';

// What each fault does to the world, once. How often is the seed's affair (settings.ts), and all of it ends when the
// world calms down (world.ts).

/** The world as faults see it. */
export interface Disturbed {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly rooms: readonly HouseRoom[];
  readonly network: Network;
  readonly operators: Operators;
  /** null while no broker runs. */
  readonly process: BrokerProcess | null;
  /** The process dies now, or at its `atChange`th change to the disk from now. */
  die(how: 'crash' | 'power-cut', atChange: number): void;
  failed(error: unknown): void;
}

type Disturb = (world: Disturbed, random: Random) => void;

function second(random: Random, fewest: number, most: number): number {
  return 1_000 * (fewest + random.next() * (most - fewest));
}

/** Sets something about the broker's process, and back after a while, should it still live. */
function forAWhile(
  world: Disturbed,
  lengthMs: number,
  set: (process: BrokerProcess) => void,
  back: (process: BrokerProcess) => void,
): void {
  const { process } = world;
  if (process === null) return;
  set(process);
  world.clock.after(lengthMs, () => back(process));
}

function reading(kind: (random: Random) => Reading, secondsMax: number): Disturb {
  return (world, random) => {
    const links = [...world.network.open];
    if (links.length === 0) return;
    const { link, name } = random.pick(links);
    const how = kind(random);
    if (link.reading.kind !== 'all') return;
    link.reading = how;
    world.trace.say(`${name} reads: ${how.kind}`);
    const backMs = second(random, 1, secondsMax);
    if (how.kind !== 'gone') world.clock.after(backMs, () => void (link.reading = { kind: 'all' }));
  };
}

function jump(world: Disturbed, random: Random): void {
  const most = random.chance(0.2) ? 200_000_000 : 4_000_000;
  const byMs = Math.floor((random.next() - 0.5) * most);
  world.trace.say(`the wall clock jumps by ${byMs} ms`);
  world.clock.jumpWall(byMs);
}

function comeAndGo(world: Disturbed, random: Random): void {
  const { process, clock } = world;
  const house = random.pick(world.rooms);
  const backMs = second(random, 0, 25);
  if (process === null || !house.wanted) return;
  world.trace.say(`room ${house.id} is removed`);
  house.wanted = false;
  process.close(house, closeReasons.roomRemoved, (error) => world.failed(error));
  clock.after(backMs, () => {
    world.trace.say(`room ${house.id} is added`);
    house.wanted = true;
    world.process?.open(house);
  });
}

function reload(world: Disturbed, random: Random): void {
  const house = random.pick(world.rooms);
  const settings = drawRoomSettings(random);
  const { process } = world;
  if (process === null || !house.wanted) return;
  world.trace.say(`room ${house.id} is configured anew: ${JSON.stringify(settings)}`);
  process.close(house, closeReasons.goingAway, (error) => world.failed(error));
  house.settings = settings;
  process.open(house);
}

function fillDisk(world: Disturbed, random: Random): void {
  const left = random.int(6_000);
  const lengthMs = second(random, 0.2, 20);
  forAWhile(
    world,
    lengthMs,
    ({ disk }) => void (disk.capacityBytes = disk.usedBytes + left),
    ({ disk }) => void (disk.capacityBytes = Number.POSITIVE_INFINITY),
  );
  world.trace.say(`the disk has ${left} bytes left`);
}

function failDisk(world: Disturbed, random: Random): void {
  const syncs = random.chance(0.25);
  const lengthMs = second(random, 0.02, 4);
  world.trace.say(syncs ? 'syncs fail' : 'writes fail');
  const set = (fails: boolean) => (process: BrokerProcess) => {
    if (syncs) process.disk.failsSyncs = fails;
    else process.disk.failsWrites = fails;
  };
  forAWhile(world, lengthMs, set(true), set(false));
}

function slowDisk(world: Disturbed, random: Random): void {
  const syncMs = 10 + random.int(900);
  world.trace.say(`a sync takes ${syncMs} ms`);
  forAWhile(
    world,
    second(random, 1, 30),
    ({ disk }) => void (disk.syncMs = syncMs),
    ({ disk }) => void (disk.syncMs = 0),
  );
}

function stallDisk(world: Disturbed, random: Random): void {
  world.trace.say('no write returns');
  forAWhile(
    world,
    second(random, 0.2, 9),
    ({ thread }) => void (thread.stalled = true),
    ({ thread }) => {
      thread.stalled = false;
      thread.ring();
    },
  );
}

function killThread(world: Disturbed, random: Random): void {
  const { process } = world;
  const downMs = second(random, 0.05, 2);
  if (process === null || process.threadDown) return;
  world.trace.say("the journal's thread dies");
  process.threadDown = true;
  process.thread.die();
  process.clock.after(downMs, () => {
    process.threadDown = false;
    process.thread.restart();
  });
}

function cut(world: Disturbed, random: Random): void {
  const links = [...world.network.open];
  if (links.length === 0) return;
  const { link, name } = random.pick(links);
  world.trace.say(`${name} is cut off`);
  link.cut();
}

/** null: it is in what upstream sends (upstream.ts), all the time. */
export const disturbances: Readonly<Record<FaultName, Disturb | null>> = {
  bursts: (world, random) => {
    const { upstream } = random.pick(world.rooms);
    upstream.burst(15 + random.int(90), second(random, 0.5, 5));
  },
  duplicates: null,
  reordering: null,
  junk: null,
  'upstream-drops': (world, random) => {
    const { id } = random.pick(world.rooms);
    const lengthMs = second(random, 0.1, 8);
    world.trace.say(`upstream of room ${id} is lost for ${Math.floor(lengthMs)} ms`);
    world.process?.rooms.get(id)?.feed.drop(lengthMs);
  },
  'new-lives': (world, random) => random.pick(world.rooms).upstream.newLive(),
  'slow-dashboards': reading((random) => ({ kind: 'slow', bytesPerSec: 100 + random.int(20_000) }), 60),
  'stalled-dashboards': reading(() => ({ kind: 'stalled' }), 80),
  'vanishing-dashboards': reading(() => ({ kind: 'gone' }), 1),
  'cut-dashboards': cut,
  crashes: (world) => world.die('crash', -1),
  'crashes-at-writes': (world, random) => world.die('crash', random.int(60)),
  'power-cuts': (world, random) => world.die('power-cut', random.chance(0.5) ? -1 : random.int(60)),
  'disk-full': fillDisk,
  'disk-failing': failDisk,
  'disk-slow': slowDisk,
  'disk-stalls': stallDisk,
  'journal-thread-deaths': killThread,
  'clock-jumps': jump,
  'rooms-come-and-go': comeAndGo,
  reloads: reload,
  corrections: (world, random) => {
    const house = random.pick(world.rooms);
    const forIt = random.fork();
    if (world.process !== null) world.operators.correct(house, world.process, forIt);
  },
};
