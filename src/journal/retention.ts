import { limits } from '../protocol/limits.ts';
import type { Disk } from './disk.ts';
import { listSegments, segmentName, setAsidePattern } from './segment.ts';
import { SegmentScan } from './segment-scan.ts';
import { listSnapshots, loadSnapshot, type Snapshot, snapshotName, syncDirectory } from './snapshot.ts';

// What may be removed from a log, and when. Whole segments go, oldest first: those older than the age allowed, and as
// many more as it takes to come under the quota. Never the open one, never one without which no kept snapshot could
// be brought up to date, never one that history has not read yet. What must stay although it is too old or too much
// is a state that somebody has to look at: the log goes on growing, because losing events is worse.

export interface RetentionPolicy {
  /** Events older than this may go, in milliseconds; Infinity = age is no reason. */
  readonly ageMs: number;
  /** Bytes that a room's log and snapshots may take; Infinity = size is no reason. */
  readonly bytesMax: number;
}

export interface SegmentFact {
  readonly firstSeq: number;
  readonly bytes: number;
  /** Unix ms. */
  readonly createdAt: number;
}

export interface SnapshotFact {
  readonly seq: number;
  readonly bytes: number;
  /** A start could begin from it: whole, and in a format that is read now. */
  readonly good: boolean;
}

export interface RetentionFacts {
  /** Rising; the last is the open one. */
  readonly segments: readonly SegmentFact[];
  /** Newest first. */
  readonly snapshots: readonly SnapshotFact[];
  /** Events from this seq on are still needed by somebody else: history. Infinity = nobody needs any. */
  readonly neededFromSeq: number;
  /** Unix ms. */
  readonly nowMs: number;
}

export interface RetentionPlan {
  /** First seqs, oldest first. */
  readonly segments: readonly number[];
  readonly snapshots: readonly number[];
  /** Bytes that stay. */
  readonly bytes: number;
  /** Why more stays than the policy allows; `none` = it does not. */
  readonly blockedBy: 'none' | 'no-snapshot' | 'history' | 'open-segment';
}

/** Decides by facts alone. */
export function planRetention(policy: RetentionPolicy, facts: RetentionFacts): RetentionPlan {
  const { segments, snapshots, neededFromSeq, nowMs } = facts;
  const relied = snapshots.filter(({ good }) => good).slice(0, limits.journalSnapshotsKept.value);
  // The older of the kept snapshots must still reach the end of the log if the newer one turns out to be damaged.
  const coveredSeq = relied.at(-1)?.seq ?? 0;
  // One that is no good stays until enough good ones are newer: another version may read it.
  const enough = relied.length === limits.journalSnapshotsKept.value;
  const goneSnapshots = enough ? snapshots.filter(({ seq }) => seq < coveredSeq) : [];
  let bytes = sum(segments) + sum(snapshots) - sum(goneSnapshots);
  const gone: number[] = [];
  let blockedBy: RetentionPlan['blockedBy'] = 'none';
  let begunMs = 0;
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    begunMs = begunAfter(begunMs, segment, nowMs);
    const endedMs = endOf(segments, index, begunMs, nowMs);
    const tooOld = nowMs - endedMs > policy.ageMs;
    if (!tooOld && bytes <= policy.bytesMax) break;
    if (next === undefined) blockedBy = 'open-segment';
    else if (next.firstSeq - 1 > coveredSeq) blockedBy = 'no-snapshot';
    else if (next.firstSeq > neededFromSeq) blockedBy = 'history';
    if (blockedBy !== 'none') break;
    gone.push(segment.firstSeq);
    bytes -= segment.bytes;
  }
  return { segments: gone, snapshots: goneSnapshots.map(({ seq }) => seq), bytes, blockedBy };
}

/**
 * Unix ms by which `segment` had been begun, from those before it (`begunMs`) and its own word. A machine without a
 * clock of its own starts in 1970, and its segments with it: what came after others is not older than they are.
 */
function begunAfter(begunMs: number, { createdAt }: SegmentFact, nowMs: number): number {
  return createdAt <= nowMs ? Math.max(begunMs, createdAt) : begunMs;
}

/**
 * Unix ms at which the segment at `index` held its newest event, at the latest: the next one was begun then. One whose
 * header is damaged, or whose clock was wrong, does not tell: then it is the one after that. Infinity = nobody knows.
 */
function endOf(segments: readonly SegmentFact[], index: number, begunMs: number, nowMs: number): number {
  const later = segments.slice(index + 1).find(({ createdAt }) => createdAt >= begunMs && createdAt <= nowMs);
  return later?.createdAt ?? Number.POSITIVE_INFINITY;
}

function sum(files: readonly { readonly bytes: number }[]): number {
  return files.reduce((total, { bytes }) => total + bytes, 0);
}

/** What else decides what may go. */
export interface RetentionNeeds {
  readonly neededFromSeq: number;
  readonly nowMs: number;
  /** Whether a start of this version could begin from this snapshot. */
  readonly readable: (snapshot: Snapshot) => boolean;
}

/** Looks at the directory, decides, removes. For cold threads. Throws DiskError. */
export function retainLog(
  disk: Disk,
  directory: string,
  policy: RetentionPolicy,
  needs: RetentionNeeds,
): RetentionPlan {
  const segments = listSegments(disk, directory).map((firstSeq) => segmentFact(disk, directory, firstSeq));
  const found = snapshotFacts(disk, directory);
  let plan = planRetention(policy, { ...needs, segments, snapshots: found });
  // Only a snapshot that has just been read back as good is a reason to remove anything.
  if (plan.segments.length + plan.snapshots.length > 0) {
    const snapshots = found.map(({ seq, bytes }) => {
      return { seq, bytes, good: isGood(disk, directory, seq, needs.readable) };
    });
    plan = planRetention(policy, { ...needs, segments, snapshots });
  }
  for (const firstSeq of plan.segments) disk.remove(`${directory}/${segmentName(firstSeq)}`);
  for (const seq of plan.snapshots) disk.remove(`${directory}/${snapshotName(seq)}`);
  const aside = oldAside(disk.list(directory), segments, needs.nowMs, policy.ageMs);
  for (const name of aside) disk.remove(`${directory}/${name}`);
  if (plan.segments.length + plan.snapshots.length + aside.length > 0) syncDirectory(disk, directory);
  return plan;
}

function segmentFact(disk: Disk, directory: string, firstSeq: number): SegmentFact {
  const scan = new SegmentScan(disk, directory, firstSeq);
  const { header, restBytes, offset } = scan;
  scan.close();
  // A segment whose header is damaged does not tell when it was begun: see endOf.
  return { firstSeq, bytes: offset + restBytes, createdAt: header?.createdAt ?? Number.POSITIVE_INFINITY };
}

/** As if all were good: whether they are takes reading them. */
function snapshotFacts(disk: Disk, directory: string): SnapshotFact[] {
  return listSnapshots(disk, directory).map((seq) => {
    const file = disk.open(`${directory}/${snapshotName(seq)}`, 'read');
    const bytes = disk.size(file);
    disk.close(file);
    return { seq, bytes, good: true };
  });
}

function isGood(disk: Disk, directory: string, seq: number, readable: RetentionNeeds['readable']): boolean {
  const snapshot = loadSnapshot(disk, directory, seq);
  return typeof snapshot !== 'string' && readable(snapshot);
}

/**
 * Files among `names` that were set aside longer ago than `ageMs` (the time is in their names, but the clock may have
 * been wrong: see begunAfter): nobody has looked at them in all that time.
 */
function oldAside(names: readonly string[], segments: readonly SegmentFact[], nowMs: number, ageMs: number): string[] {
  return names.filter((name) => {
    const match = setAsidePattern.exec(name);
    if (match === null) return false;
    const before = segments.filter(({ firstSeq }) => firstSeq <= Number(match[2]));
    const begunMs = before.reduce((latestMs, segment) => begunAfter(latestMs, segment, nowMs), 0);
    return nowMs - Math.max(begunMs, Number(match[1])) > ageMs;
  });
}
