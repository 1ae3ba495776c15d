import { MeksError } from '../protocol/errors.ts';
import { type Disk, DiskError } from './disk.ts';

// Reads around what a disk does not give back. A bad sector costs the records that lie on it, like any damage: it must
// keep nobody from what is before and behind it. Owns how far is skipped next. A drive tries each bad sector for
// seconds, so a stretch is left in growing steps: at most as much again is given up as could not be read. Nothing is
// changed in the file: whoever repairs disks finds it as it was.

/** Bytes of a segment that the disk refused to give back. */
export interface UnreadableStretch {
  readonly offset: number;
  readonly bytes: number;
  /** The system's code, such as EIO. */
  readonly code: string;
}

/** What systems of Linux, macOS and Windows say of a medium, and of nothing that a user or a setting could mend. */
const mediumCodes: ReadonlySet<string> = new Set(['EIO', 'EBADMSG', 'ENODATA', 'EILSEQ', 'EUCLEAN']);
/** A page: systems read no less. */
const stepBytes = 4096;
const stepBytesMax = 1_048_576;
/** Stands for bytes that were not read: no record begins with it, and a system that lost a write leaves zeros. */
const filler = 0xff;

export class AroundReader {
  /** Rising, and apart from each other. */
  readonly unreadable: UnreadableStretch[] = [];
  readonly #disk: Disk;
  readonly #file: number;
  #stepBytes = stepBytes;
  /** Where the last skipped bytes end: what cannot be read from there on is the same stretch. */
  #skippedTo = -1;

  constructor(disk: Disk, file: number) {
    this.#disk = disk;
    this.#file = file;
  }

  /** As Disk.read; bytes that the medium does not give back are filled with what is no record. Throws DiskError. */
  read(bytes: Buffer, start: number, end: number, position: number): number {
    try {
      return this.#disk.read(this.#file, bytes, start, end, position);
    } catch (error) {
      if (!isOfMedium(error)) throw error;
    }
    // Some systems refuse the whole of a large read for one sector of it.
    const page = Math.min(end, start + stepBytes - (position % stepBytes));
    try {
      return this.#disk.read(this.#file, bytes, start, page, position);
    } catch (error) {
      if (!isOfMedium(error)) throw error;
      return this.#skip(bytes, start, end, position, error.code);
    }
  }

  #skip(bytes: Buffer, start: number, end: number, position: number, code: string): number {
    // The same place again is no reason for a larger step.
    if (position !== this.#skippedTo) this.#stepBytes = stepBytes;
    const step = this.#stepBytes - (position % stepBytes);
    const skipped = Math.max(0, Math.min(step, end - start, this.#disk.size(this.#file) - position));
    if (skipped === step) this.#stepBytes = Math.min(this.#stepBytes * 2, stepBytesMax);
    this.#skippedTo = position + skipped;
    bytes.fill(filler, start, start + skipped);
    if (skipped > 0) this.#note({ offset: position, bytes: skipped, code });
    return skipped;
  }

  /** A place is read again where somebody may still write: it is one stretch with those that it touches. */
  #note(stretch: UnreadableStretch): void {
    const { unreadable } = this;
    let from = stretch.offset;
    let to = from + stretch.bytes;
    const touches = (other: UnreadableStretch): boolean => other.offset <= to && other.offset + other.bytes >= from;
    const first = unreadable.findIndex(touches);
    const touched = unreadable.filter(touches);
    for (const other of touched) {
      from = Math.min(from, other.offset);
      to = Math.max(to, other.offset + other.bytes);
    }
    const behind = unreadable.findIndex(({ offset }) => offset > stretch.offset);
    const at = first !== -1 ? first : behind === -1 ? unreadable.length : behind;
    unreadable.splice(at, touched.length, { offset: from, bytes: to - from, code: stretch.code });
  }
}

/** For the log: what is lost of a segment, and what to do. */
export function unreadableError(path: string, { offset, bytes, code }: UnreadableStretch): MeksError {
  return new MeksError(
    'MEKS_JOURNAL_UNREADABLE',
    `${path}: ${bytes} bytes from offset ${offset} on cannot be read (${code}); all else was, and the file stays as it is: ` +
      'take a backup, look at the system log, replace the disk',
  );
}

/** What scans of several segments could not read, by the segment's first seq. */
export class Unreadables {
  readonly #bySegment = new Map<number, readonly UnreadableStretch[]>();

  /** The same segment may be read twice, in part or whole: the longer story counts. */
  add(firstSeq: number, stretches: readonly UnreadableStretch[]): void {
    if (bytesOf(stretches) > bytesOf(this.#bySegment.get(firstSeq) ?? [])) this.#bySegment.set(firstSeq, stretches);
  }

  has(firstSeq: number): boolean {
    return this.#bySegment.has(firstSeq);
  }

  [Symbol.iterator](): IterableIterator<[number, readonly UnreadableStretch[]]> {
    return this.#bySegment.entries();
  }
}

function bytesOf(stretches: readonly UnreadableStretch[]): number {
  return stretches.reduce((total, { bytes }) => total + bytes, 0);
}

function isOfMedium(error: unknown): error is DiskError {
  return error instanceof DiskError && mediumCodes.has(error.code);
}
