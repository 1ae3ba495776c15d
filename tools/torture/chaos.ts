import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { type Random, seededRandom } from '../../src/base/random.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { readLog, realDisk } from '../../src/journal/journal.ts';
import type { EventFrame, SnapshotFrame } from '../../src/protocol/frames.ts';
import { type TimedMessage, WebcastServer } from '../../src/simulator/webcast-server.ts';
import { ServeProcess } from '../../test/support/serve-process.ts';
import { until } from '../../test/support/until.ts';
import { ChaosProxy, faults } from './chaos-proxy.ts';
import { Watcher, Witness } from './watcher.ts';

// The whole program between two networks that misbehave: one to the LIVE, one to the dashboards. While they do, no
// dashboard may see anything out of order or twice, nothing may be missing that no gap tells of, and nothing that was
// acknowledged may be lost. When they stop, every dashboard must come to show what the broker shows.

const dashboards = 12;
/** A dashboard that hears nothing for so long, heartbeats included, connects again: as the pages do. */
const silenceMs = 12_000;
/** Clocks of the LIVE and of the broker's gap events are read at slightly different moments. */
const slackMs = 2_000;

export interface ChaosReport {
  readonly seconds: number;
  readonly events: number;
  readonly connections: number;
  readonly resumed: number;
  readonly snapshots: number;
  readonly gaps: number;
  /** Chat messages of the LIVE that are in no event, all within gaps. */
  readonly missing: number;
  readonly problems: readonly string[];
  readonly faults: string;
}

/** Remembers when which chat message was said, by the wall clock. */
class Diary {
  readonly saidAtMs = new Map<string, number>();
  readonly acknowledged = new Set<string>();
  startMs = 0;
  readonly #world: ScriptedWorld;

  constructor(world: ScriptedWorld) {
    this.#world = world;
  }

  next(): TimedMessage | null {
    const message = this.#world.next();
    if (message?.raw.method === 'WebcastChatMessage') this.saidAtMs.set(message.raw.msgId, message.atMs);
    return message;
  }
}

export async function torturedByChaos(seconds: number, seed: number): Promise<ChaosReport> {
  const random = seededRandom(seed);
  const data = mkdtempSync(path.join(tmpdir(), 'meks-chaos-'));
  const witness = new Witness();
  const { live, diary } = await liveRoom(seed);
  const upstream = await ChaosProxy.listen({ random, faults, targetPort: Number(new URL(live.socketUrl).port) });
  const address = new URL(live.socketUrl);
  address.port = String(upstream.port);
  const broker = await ServeProcess.start('--webcast', address.href, '--data', data);
  const network = await ChaosProxy.listen({ random, faults, targetPort: broker.port });
  try {
    await until('the LIVE has begun', () => live.clients > 0);
    diary.startMs = Date.now();
    const watchers = Array.from({ length: dashboards }, () => new Watcher(witness));
    await suffer(watchers, network.port, random, seconds);
    upstream.calm();
    network.calm();
    // Until the feed is back and has caught up, then silence: now everybody can come to the same place.
    await until('the feed is back', () => live.clients > 0);
    await sleep(2_000);
    live.hush();
    const view = await converge(watchers, network.port, broker, witness);
    const log = logOf(data);
    for (const watcher of watchers) compare(watcher, view, witness.problems);
    const { gaps, missing } = accountFor(diary, log, witness.problems);
    const sum = (value: (watcher: Watcher) => number): number =>
      watchers.reduce((total, watcher) => total + value(watcher), 0);
    const drawn = faults.map(
      (fault) => `${fault} ${(upstream.drawn.get(fault) ?? 0) + (network.drawn.get(fault) ?? 0)}`,
    );
    return {
      seconds,
      events: log.length,
      connections: sum(({ connections }) => connections),
      resumed: sum(({ resumed }) => resumed),
      snapshots: sum(({ snapshots }) => snapshots),
      gaps,
      missing,
      problems: witness.problems,
      faults: drawn.join(', '),
    };
  } finally {
    await Promise.all([upstream.close(), network.close(), broker.stop(), live.close()]);
    rmSync(data, { recursive: true });
  }
}

async function liveRoom(seed: number): Promise<{ live: WebcastServer; diary: Diary }> {
  const profile = { tricklePerSec: 100, peakPerSec: 400, firstBattleSec: 5, battleEverySec: 70, battleSec: 40 };
  const world = new ScriptedWorld({ seed, startAt: systemClock.wallMs(), profile: { ...profile, burstSec: 30 } });
  const diary = new Diary(world);
  const live = await WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(seed),
    source: diary,
    pace: 'clock',
    onAcknowledged: (messages) => {
      for (const { method, msgId } of messages) if (method === 'WebcastChatMessage') diary.acknowledged.add(msgId);
    },
  });
  return { live, diary };
}

/** Dashboards connect through the network for a while, each again when it was cut off or hears nothing. */
async function suffer(watchers: readonly Watcher[], port: number, random: Random, seconds: number): Promise<void> {
  const endMs = performance.now() + seconds * 1000;
  while (performance.now() < endMs) {
    reconnect(watchers, port);
    await sleep(50 + random.int(100));
  }
}

function reconnect(watchers: readonly Watcher[], port: number): void {
  for (const watcher of watchers) {
    const silent = performance.now() - watcher.heardMs > silenceMs;
    if (!watcher.connected || silent) watcher.connect(port, 'webcast', false);
  }
}

/** Resolves with the broker's own snapshot when every dashboard is where it is. */
async function converge(
  watchers: readonly Watcher[],
  port: number,
  broker: ServeProcess,
  witness: Witness,
): Promise<SnapshotFrame> {
  const endMs = performance.now() + 60_000;
  for (;;) {
    reconnect(watchers, port);
    const snapshot = (await broker.json('/v1/rooms/webcast/snapshot')) as SnapshotFrame;
    if (watchers.every(({ connected, seq }) => connected && seq === snapshot.seq)) return snapshot;
    if (performance.now() > endMs) {
      witness.problems.push(
        `after a minute of calm: ${watchers.map(({ seq }) => seq).join(', ')}, not ${snapshot.seq}`,
      );
      return snapshot;
    }
    await sleep(100);
  }
}

function compare(watcher: Watcher, snapshot: SnapshotFrame, problems: string[]): void {
  if (watcher.seq !== snapshot.seq) return;
  for (const part of ['session', 'board', 'battle', 'battleBoards', 'recentGifts'] as const) {
    const own = JSON.parse(JSON.stringify(watcher.view?.[part])) as unknown;
    if (!isDeepStrictEqual(own, snapshot.view[part]))
      problems.push(`a dashboard at ${watcher.seq} has another ${part}`);
  }
}

function logOf(data: string): EventFrame[] {
  const events: EventFrame[] = [];
  for (const item of readLog(realDisk, `${data}/rooms/webcast/log`, 1, Number.POSITIVE_INFINITY))
    if (item.kind === 'record') events.push(JSON.parse(item.payload.toString()) as EventFrame);
  return events;
}

/** Every chat message must be an event, or have been said within a gap; what was acknowledged must be an event. */
function accountFor(diary: Diary, log: readonly EventFrame[], problems: string[]): { gaps: number; missing: number } {
  const ids = new Set(log.map(({ id }) => id));
  const gaps = log.flatMap((event) => (event.kind === 'gap' ? [event] : []));
  const lastMs = Math.max(...log.map(({ at }) => at));
  let missing = 0;
  for (const [id, atMs] of diary.saidAtMs) {
    const saidMs = diary.startMs + atMs;
    if (ids.has(id) || saidMs > lastMs - slackMs) continue;
    missing++;
    const told = gaps.some(({ at, lengthMs }) => saidMs > at - lengthMs - slackMs && saidMs < at + lengthMs + slackMs);
    if (!told) problems.push(`a message said ${Math.round(atMs / 1000)} s in is missing, and no gap tells of it`);
    if (diary.acknowledged.has(id)) problems.push(`message ${id} was acknowledged, and is not in the log`);
  }
  return { gaps: gaps.length, missing };
}
