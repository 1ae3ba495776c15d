import type { Disk } from './disk.ts';
import { closeRecord, eventRecord, markRecord } from './record.ts';
import type { SegmentHeader } from './segment.ts';
import { SegmentScan } from './segment-scan.ts';
import type { Unreadables } from './unreadable.ts';

// Looks at the last segment of a log after its writer is gone, and says how it ends. What that means for the epoch is
// decided in epoch.ts, from these facts alone.

/** How the unbroken run of records ended. */
export type TailTrouble =
  /** Behind the last record stands nothing: the writer stopped between two writes. */
  | 'none'
  /** The file ends inside a record: one write was cut off. */
  | 'short'
  /** Zeros to the end: the file had grown, its bytes had not come. */
  | 'zeros'
  /** Bytes that are not what was written. */
  | 'damaged';

export interface Tail {
  readonly firstSeq: number;
  /** null: the header itself is damaged. */
  readonly header: SegmentHeader | null;
  readonly copied: boolean;
  /** Last seq of the unbroken run; firstSeq - 1 when there is none. */
  readonly goodSeq: number;
  /** Highest seq of a good record anywhere, also behind damage. */
  readonly lastSeq: number;
  /** Good events behind the trouble. */
  readonly beyond: number;
  /** Highest seq that a mark says was synced; 0 = no mark. */
  readonly markedSeq: number;
  /** A clean stop, and nothing behind it. */
  readonly closed: boolean;
  readonly trouble: TailTrouble;
  /** Where in the file the trouble begins, and how many bytes there are from there to the end. */
  readonly offset: number;
  readonly restBytes: number;
}

/** Reads the whole segment. Never throws for what is in it. */
export function readTail(
  disk: Disk,
  directory: string,
  firstSeq: number,
  unreadables: Unreadables | null = null,
): Tail {
  const scan = new SegmentScan(disk, directory, firstSeq, unreadables);
  try {
    return judge(scan);
  } finally {
    scan.close();
  }
}

function judge(scan: SegmentScan): Tail {
  const { firstSeq, header, copied } = scan;
  const run = { goodSeq: firstSeq - 1, lastSeq: firstSeq - 1, beyond: 0, markedSeq: 0, closed: false };
  let trouble: TailTrouble = 'none';
  let offset = 0;
  let restBytes = 0;
  for (;;) {
    const before = scan.offset;
    const step = scan.step();
    if (step === 'record' && !run.closed && fits(scan, run)) {
      count(scan, run, trouble === 'none');
      continue;
    }
    if (step === 'short' && scan.restBytes === 0) break;
    if (trouble === 'none') {
      offset = before;
      restBytes = scan.restBytes + scan.offset - before;
      trouble = nameTrouble(scan, step);
      run.closed = false;
    }
    if (step === 'record') count(scan, run, false);
    if (step === 'short' || (step === 'lost' && !scan.search())) break;
  }
  return { firstSeq, header, copied, ...run, trouble, offset, restBytes };
}

interface Run {
  goodSeq: number;
  lastSeq: number;
  beyond: number;
  markedSeq: number;
  closed: boolean;
}

/** True when the record goes on where the run is: the next event, a mark of what was, the close of what is. */
function fits(scan: SegmentScan, run: Run): boolean {
  const { kind, seq } = scan.record;
  if (kind === eventRecord) return seq === run.lastSeq + 1;
  return kind === markRecord ? seq <= run.lastSeq : seq === run.lastSeq;
}

function count(scan: SegmentScan, run: Run, unbroken: boolean): void {
  const { kind, seq } = scan.record;
  if (kind === markRecord) run.markedSeq = Math.max(run.markedSeq, seq);
  if (kind === closeRecord) run.closed = unbroken;
  if (kind !== eventRecord) return;
  run.lastSeq = Math.max(run.lastSeq, seq);
  if (unbroken) run.goodSeq = seq;
  else run.beyond++;
}

function nameTrouble(scan: SegmentScan, step: 'record' | 'damaged' | 'lost' | 'short'): TailTrouble {
  if (step === 'short') return 'short';
  return step === 'lost' && scan.restIsZero() ? 'zeros' : 'damaged';
}
