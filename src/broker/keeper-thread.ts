import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import { systemClock, type Timer } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { errorFields } from '../base/log.ts';
import { stopMessage, type ThreadData } from '../base/supervised-thread.ts';
import { historyCounterSpec } from '../journal/history.ts';
import { followProgress, followSyncs, LogKeeper, realDisk } from '../journal/journal.ts';
import { keeperTurnMs, type KeeperReport, type KeeperTask } from './keeper-messages.ts';
import { RankingReplica } from './ranking-replica.ts';

// The keeper thread's program: follows each room's log with a ranking of its own, saves that as a snapshot every so
// many events, and removes what retention allows. So a start replays little, and the hot thread never saves anything.

const { ports }: ThreadData<null> = workerData;
const port: MessagePort = ports['keeper']!;
const keepers = new Map<string, LogKeeper>();
/**
 * How often the log is followed, in milliseconds. A burst that is taken over in small pieces goes unnoticed: five
 * seconds of it at once kept a core for a tenth of a second from who sends, low priority or not.
 */
const followMs = 250;
/** Rooms whose last turn failed. */
const failing = new Set<string>();

function report(message: KeeperReport): void {
  port.postMessage(message);
}

function begin(task: Extract<KeeperTask, { kind: 'keep' }>): void {
  const { id, handle, directory, epoch, policy, seq, snapshotSeq } = task;
  const history = new Counters(historyCounterSpec, task.history);
  keepers.set(
    id,
    new LogKeeper({
      disk: realDisk,
      clock: systemClock,
      directory,
      room: id,
      epoch,
      replica: new RankingReplica({ id, handle }, task.saved),
      replicaSeq: seq,
      snapshotSeq,
      writtenSeq: followProgress(task.progress),
      syncs: followSyncs(task.progress),
      neededFromSeq: () => history.get('neededSeq'),
      policy,
    }),
  );
}

function work(): void {
  timer = systemClock.after(followMs, work);
  const nowMs = systemClock.nowMs();
  const turns = nowMs >= turnDueMs;
  if (turns) turnDueMs = nowMs + keeperTurnMs;
  for (const [room, keeper] of keepers) {
    try {
      if (turns) turn(room, keeper);
      else if (!failing.has(room)) keeper.follow();
      if (keeper.lost !== null) giveUp(room, keeper, keeper.lost);
    } catch (error) {
      failing.add(room);
      report({ kind: 'failed', room, fields: errorFields(error) });
    }
  }
}

/** The ranking here has not what the log lost; the one that is served has it, and is handed over once more. */
function giveUp(room: string, keeper: LogKeeper, { from, to }: { readonly from: number; readonly to: number }): void {
  keeper.close();
  keepers.delete(room);
  report({ kind: 'lost', room, from, to });
}

function turn(room: string, keeper: LogKeeper): void {
  const { snapshotSeq, retention } = keeper.turn();
  const removed = retention === null ? 0 : retention.segments.length + retention.snapshots.length;
  if (snapshotSeq > 0 || removed > 0) report({ kind: 'kept', room, snapshotSeq, removed });
  if (failing.delete(room)) report({ kind: 'mended', room });
  if (retention !== null) report({ kind: 'stays', room, blockedBy: retention.blockedBy, bytes: retention.bytes });
}

let turnDueMs = systemClock.nowMs() + keeperTurnMs;
let timer: Timer = systemClock.after(followMs, work);

port.on('message', (task: KeeperTask) => {
  if (task.kind === 'keep') begin(task);
  else {
    keepers.get(task.id)?.close();
    keepers.delete(task.id);
    failing.delete(task.id);
  }
});

parentPort!.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  timer.cancel();
  for (const keeper of keepers.values()) keeper.close();
  port.close();
  parentPort!.close();
});
