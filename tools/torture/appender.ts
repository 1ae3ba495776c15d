import { writeSync } from 'node:fs';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import {
  followProgress,
  followSyncs,
  type Journal,
  Journals,
  LogKeeper,
  type SyncPolicy,
} from '../../src/journal/journal.ts';
import { Board, payloadOf } from './board.ts';

// The victim: recovers a log, says what it found, then appends as fast as the log admits, and says what may be seen
// by now. A dashboard has seen what this process has said: each line goes out in one system call. It makes snapshots
// and removes old segments all the time, so that a kill hits those moments too.
//
// Usage: node appender.ts DIRECTORY SYNC [segmentBytes]

const [dataDirectory = '', syncText = 'interval:20', segmentText = '262144'] = process.argv.slice(2);
const segmentBytesMax = Number(segmentText);
const [kind, ms] = syncText.split(':');
const sync: SyncPolicy = kind === 'interval' ? { kind, ms: Number(ms) } : { kind: kind === 'always' ? 'always' : 'os' };

/** One line to whoever started this. */
function say(line: object): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

const board = new Board();
let wrong = 0;
let holes = 0;
const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory });
const log = journals.recover('1', {
  load: (snapshot) => {
    board.load(snapshot.payload);
    return true;
  },
  apply: (seq, payload) => {
    if (!payload.equals(payloadOf(seq))) wrong++;
    board.apply(seq);
  },
  hole: (from, to) => void (holes += to - from + 1),
});
const journal: Journal = await journals.open(log, { sync, segmentBytesMax });
// Only now: an epoch is nobody's before its first segment is there.
const { epoch, continued, reason, lastSeq, snapshotSeq, findings } = log.report;
say({
  kind: 'recovered',
  epoch,
  continued,
  reason,
  lastSeq,
  snapshotSeq,
  findings,
  wrong,
  holes,
  board: board.fingerprint(),
});

const keeper = new LogKeeper({
  disk: journals.disk,
  clock: systemClock,
  directory: log.directory,
  room: '1',
  epoch,
  replica: {
    readable: () => true,
    apply: (seq) => board.apply(seq),
    save: () => [board.save()],
  },
  replicaSeq: lastSeq,
  snapshotSeq,
  writtenSeq: followProgress(journal.progress()),
  syncs: followSyncs(journal.progress()),
  neededFromSeq: () => Number.POSITIVE_INFINITY,
  policy: { ageMs: Number.POSITIVE_INFINITY, bytesMax: 40 * segmentBytesMax },
  snapshotEveryEvents: 3000,
});

let seq = lastSeq;
let said = lastSeq;
let longestTurnMs = 0;
let turnMs = systemClock.nowMs();

function tellSeen(): void {
  const seen = journal.sendable() - 1;
  if (seen > said) say({ kind: 'seen', seq: seen, durable: journal.status().durableSeq });
  said = Math.max(said, seen);
}

journal.onSendable(tellSeen);
journal.onState(() => say({ kind: 'state', state: journal.status().state, longestTurnMs }));

/** A turn of the hot thread, as long as a burst makes it; the keeper, which belongs elsewhere, now and then. */
function turn(): void {
  const nowMs = systemClock.nowMs();
  longestTurnMs = Math.max(longestTurnMs, nowMs - turnMs);
  for (let count = 0; count < 25 && journal.admits(); count++) {
    seq++;
    journal.append(seq, payloadOf(seq));
  }
  journal.commit();
  turnMs = systemClock.nowMs();
  systemClock.after(2, turn);
}

function keep(): void {
  try {
    keeper.turn();
  } catch (error) {
    say({ kind: 'keeper', problem: String(error) });
  }
  // A full log stays as it is for a while; that a snapshot was not made is not the end of the world.
  turnMs = systemClock.nowMs();
  systemClock.after(40, keep);
}

process.on('SIGTERM', () => {
  say({ kind: 'turns', longestTurnMs });
  process.exit();
});
turn();
keep();
