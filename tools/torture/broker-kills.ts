import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { readLog, realDisk } from '../../src/journal/journal.ts';
import type { EventFrame, SnapshotFrame } from '../../src/protocol/frames.ts';
import { applyEvent, emptyRoomView, type RoomView } from '../../src/protocol/room-view.ts';
import { WebcastServer } from '../../src/simulator/webcast-server.ts';
import { ServeProcess } from '../../test/support/serve-process.ts';
import { until } from '../../test/support/until.ts';
import { Watcher, Witness } from './watcher.ts';

// The whole program under load, with a LIVE before it and real dashboards behind it, killed at random moments and
// started again. What a dashboard has seen must be in the log byte for byte, and so must what was acknowledged to the
// LIVE; dashboards that return go on where they were; and the state that the next life serves must be what a recount
// of the log gives.

const dashboardsMax = 6;

export interface BrokerKillReport {
  readonly kills: number;
  readonly seenButLost: number;
  /** Chat messages that were acknowledged to the LIVE and are no events of the log. */
  readonly acceptedButLost: number;
  readonly accepted: number;
  readonly resumed: number;
  readonly events: number;
  readonly boardDifferences: number;
  readonly problems: readonly string[];
}

export async function killedBrokers(
  kills: number,
  seed: number,
  say: (line: string) => void,
): Promise<BrokerKillReport> {
  const random = seededRandom(seed);
  const data = mkdtempSync(path.join(tmpdir(), 'meks-torture-'));
  const witness = new Witness();
  const watchers = Array.from({ length: dashboardsMax }, () => new Watcher(witness));
  const accepted = new Set<string>();
  const live = await lively(seed, accepted);
  let boardDifferences = 0;
  for (let life = 0; life <= kills; life++) {
    const broker = await ServeProcess.start('--webcast', live.socketUrl, '--data', data);
    const room = await roomOf(broker);
    // The first always comes for a snapshot, which is then compared with a recount of the log.
    for (const [index, watcher] of watchers.entries()) watcher.connect(broker.port, room, index === 0);
    await until('every dashboard is served', () => watchers[0]!.last !== null && watchers.every(({ seq }) => seq > 0));
    await sleep(life === kills ? 300 : random.int(900));
    await broker.stop('SIGKILL');
    for (const watcher of watchers) watcher.disconnect();
    const log = logOf(data, room);
    const problem = compareBoards(log, watchers[0]!.last!);
    if (problem !== '') {
      boardDifferences++;
      witness.problems.push(`life ${life}: ${problem}`);
    }
    watchers[0]!.last = null;
    if (life % 10 === 9) say(`  ${life + 1} kills, ${witness.seen} events`);
  }
  await live.close();
  const room = readdirSync(`${data}/rooms`)[0]!;
  const log = logOf(data, room);
  let seenButLost = 0;
  for (const [key, text] of witness.texts) {
    if (log.get(Number(key.slice(key.indexOf(':') + 1))) === text) continue;
    seenButLost++;
    if (seenButLost < 5) witness.problems.push(`${key} was seen and is not in the log like that`);
  }
  const ids = new Set([...log.values()].map((text) => (JSON.parse(text) as EventFrame).id));
  const lost = [...accepted].filter((id) => !ids.has(id));
  if (lost.length > 0) witness.problems.push(`${lost.length} acknowledged messages are not in the log: ${lost[0]}`);
  const resumed = watchers.reduce((sum, watcher) => sum + watcher.resumed, 0);
  rmSync(data, { recursive: true });
  return {
    kills,
    seenButLost,
    acceptedButLost: lost.length,
    accepted: accepted.size,
    resumed,
    events: witness.seen,
    boardDifferences,
    problems: witness.problems,
  };
}

/** A LIVE in one long burst. Adds to `accepted` the ids of the chat messages that the broker has acknowledged. */
function lively(seed: number, accepted: Set<string>): Promise<WebcastServer> {
  const profile = {
    tricklePerSec: 400,
    peakPerSec: 800,
    firstBattleSec: 5,
    battleEverySec: 70,
    battleSec: 40,
    burstSec: 30,
  };
  return WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(seed),
    source: new ScriptedWorld({ seed, startAt: systemClock.wallMs(), profile }),
    pace: 'clock',
    onAcknowledged: (messages) => {
      // Every chat message is one event, which has its id: the plainest way to recognize it.
      for (const { method, msgId } of messages) if (method === 'WebcastChatMessage') accepted.add(msgId);
    },
  });
}

/** On a machine that is slow just now the cold thread may still be starting: then the answer is an error. */
async function roomOf(broker: ServeProcess): Promise<string> {
  for (let tries = 1; ; tries++) {
    const answer = (await broker.json('/v1/rooms')) as { rooms?: { id: string }[] };
    const room = answer.rooms?.[0];
    if (room !== undefined) return room.id;
    assert.ok(tries < 120, `the broker does not tell its room: ${JSON.stringify(answer)}`);
    await sleep(250);
  }
}

/** Text of every event by seq. */
function logOf(data: string, room: string): Map<number, string> {
  const texts = new Map<number, string>();
  for (const item of readLog(realDisk, `${data}/rooms/${room}/log`, 1, Number.POSITIVE_INFINITY)) {
    assert.equal(item.kind, 'record', 'the log has no hole');
    if (item.kind === 'record') texts.set(item.seq, item.payload.toString());
  }
  return texts;
}

/** What differs between a snapshot and a recount of the log up to its seq; '' = nothing. */
function compareBoards(log: Map<number, string>, snapshot: SnapshotFrame): string {
  const view: RoomView = emptyRoomView(snapshot.view.room);
  for (let seq = 1; seq <= snapshot.seq; seq++) {
    const text = log.get(seq);
    if (text === undefined) return `the snapshot is at ${snapshot.seq}, the log has no ${seq}`;
    applyEvent(view, seq, JSON.parse(text) as EventFrame);
  }
  for (const part of ['session', 'board', 'battle', 'battleBoards'] as const)
    if (!isDeepStrictEqual(JSON.parse(JSON.stringify(view[part])), snapshot.view[part]))
      return `at ${snapshot.seq} the ${part} is not what the log gives`;
  return '';
}
