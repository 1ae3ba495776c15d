import { limits } from '../../protocol/limits.ts';
import type { Dashboard } from './dashboard.ts';
import { demand } from './failure.ts';
import type { Network } from './network.ts';
import { type RoomLife, roomBounds } from './room-life.ts';

// What must hold at every moment between two turns, and what must hold once everything has calmed down. Each law has a
// short name; the laws of streams and positions are where frames are read (dashboard.ts), those of the log where it
// comes back (room-life.ts).

/** What a dashboard waits for at most while nothing is in its way. */
const idleMsMax = 1_000;
/** More than any snapshot of a world takes. */
const snapshotBytesMax = 65_536;

/** Everything that was offered is somewhere: nothing is dropped in silence. */
export function checkCounters(life: RoomLife): void {
  const { delivery } = life;
  const { id, ingest, normalizer } = life.room;
  const { told } = life.feed;
  const offered = ingest.counters.get('offered');
  const accepted = ingest.counters.get('accepted');
  const lost = ingest.counters.get('lost');
  const { counters } = normalizer;
  const handled = counters.get('understood') + counters.get('duplicates') + counters.get('ignored');
  const refused = counters.get('quarantined') + counters.get('unknown');
  const taken = handled + refused + ingest.queued;
  const line = (): string => `room ${id}: ${JSON.stringify({ ...life.room.describe().messages, told })}`;
  demand(offered === accepted + lost, 'counters', () => `${line()}: offered is not accepted + lost`);
  demand(accepted === taken, 'counters', () => `${line()}: accepted is not ${taken}`);
  demand(told.accepted === accepted && told.lost === lost, 'counters', () => `${line()}: the feed told something else`);
  demand(counters.get('faults') === 0, 'contained-fault', () => `room ${id}: a message showed a bug`);
  demand(ingest.queued <= life.house.settings.queueMax, 'memory', () => `room ${id}: ${ingest.queued} messages queue`);
  const size = delivery.counters.get('attached') - delivery.counters.get('detached');
  demand(size === delivery.size, 'counters', () => `room ${id}: ${size} connections counted, ${delivery.size} are`);
}

/** Nothing holds more than its bound. */
export function checkMemory(life: RoomLife, network: Network): void {
  const { broadcast, id } = life.room;
  const { ringBytesMax, ringSegmentBytes } = roomBounds;
  // One segment may lie ready to be used again.
  const heldMax = ringBytesMax + ringSegmentBytes;
  demand(broadcast.heldBytes <= heldMax, 'memory', () => `room ${id}: the ring holds ${broadcast.heldBytes} bytes`);
  const records = broadcast.head - broadcast.oldest;
  const { ringRecordsMax } = life.house.settings;
  demand(records <= ringRecordsMax, 'memory', () => `room ${id}: the ring holds ${records} events`);
  const unsentMax = ringSegmentBytes + snapshotBytesMax;
  for (const { link, name, room } of network.open) {
    if (room !== id) continue;
    const bytes = link.pendingBytes();
    demand(bytes <= unsentMax, 'memory', () => `${name}: ${bytes} bytes wait for a stalled connection`);
  }
}

/**
 * Who keeps up is given what is ready. Who has much to read yet may be left alone, but not beyond what the kernel is
 * ever to hold for one connection.
 */
export function checkProgress(life: RoomLife, network: Network, nowMs: number): void {
  const { broadcast } = life.room;
  const { journal } = life;
  const passed = journal.sendable() === broadcast.head;
  for (const open of network.open) {
    if (open.room !== life.house.id) continue;
    const unreadBytes = open.link.unreadBytes();
    const reads = unreadBytes === 0 || open.link.unansweredBytes() < limits.unreadBytesMin.value;
    const keepsUp = reads && open.link.pendingBytes() === 0;
    const waits = passed && keepsUp && open.pending() > 0;
    const fits = limits.unreadBytesMax.value + limits.writeBytesMax.value;
    demand(unreadBytes <= fits, 'memory', () => `${open.name}: ${unreadBytes} bytes are not read`);
    const cursor = journal.sendable() - open.pending();
    if (!waits) open.idleSinceMs = -1;
    else if (open.idleSinceMs < 0 || open.cursor !== cursor) open.idleSinceMs = nowMs;
    open.cursor = cursor;
    const idleMs = waits ? nowMs - open.idleSinceMs : 0;
    demand(idleMs < idleMsMax, 'progress', () => `${open.name} waits for ${open.pending()} events for ${idleMs} ms`);
  }
}

/** Faults have stopped a while ago: everybody is where the room is, and the room is where its log is. */
export function checkConverged(life: RoomLife, dashboards: readonly Dashboard[]): void {
  const { house, room, journal } = life;
  const { truth, id } = house;
  const { lastSeq } = truth;
  const { state, writtenSeq, durableSeq } = journal.status();
  const log = (): string =>
    `room ${id}: ${lastSeq} published, ${writtenSeq} written, ${durableSeq} synced, log ${state}`;
  demand(room.ingest.queued + life.feed.waiting === 0, 'converged', () => `room ${id}: messages still wait`);
  demand(state === 'ok' && writtenSeq === lastSeq, 'converged', log);
  demand(house.settings.sync.kind === 'os' || durableSeq === lastSeq, 'converged', log);
  truth.compareWhole(room.ranking.view, `the ranking of room ${id}`);
  truth.recount();
  const { problems } = room.ranking.check();
  demand(problems.length === 0, 'boards', () => `room ${id}: ${problems.join('; ')}`);
  for (const dashboard of dashboards) {
    if (dashboard.room !== id) continue;
    const { position, view, name } = dashboard;
    const there = dashboard.following && position?.epoch === truth.epoch && position.seq === lastSeq;
    demand(there, 'converged', () => `${name} is at ${JSON.stringify(position)}, not at ${truth.epoch}:${lastSeq}`);
    truth.compareWhole(view!, name);
  }
  house.checkStreaks();
  checkGaps(life);
}

/** Every interruption and every loss that the feed has told of was published. */
function checkGaps(life: RoomLife): void {
  const { house, feed, beganSeq } = life;
  let lengthMs = 0;
  let missed = 0;
  for (const { event } of house.truth.events.slice(beganSeq)) {
    if (event.kind !== 'gap' || event.reason === 'recovery') continue;
    lengthMs += event.lengthMs;
    missed += event.missed;
  }
  const { told } = feed;
  const same = missed === told.missed && Math.abs(lengthMs - told.gapMs) < 1;
  demand(same, 'gaps', () => `room ${house.id}: gaps of ${lengthMs} ms and ${missed}, told ${JSON.stringify(told)}`);
}

/** How long everything is given to converge: a stall is noticed after stallMs, a dead peer after pongMs. */
export const calmMs = limits.stallMs.value + limits.pongMs.value;
