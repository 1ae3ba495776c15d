/** What the writing side of a log counts. One block per log, written by the journal's thread. */
export const writerCounterSpec = {
  writtenEvents: 'events handed to the operating system',
  writtenBytes: 'bytes handed to the operating system, headers and marks included',
  writes: 'write calls (events per call: how well they batch)',
  writeMsMax: 'longest write call, in milliseconds (gauge)',
  writesRefused: 'writes that the disk refused or took only in part: full or failing',
  syncs: 'syncs that came to their end',
  syncMsMax: 'longest sync, in milliseconds (gauge)',
  syncsFailed: 'syncs that failed: what they were to make durable is doubtful for good',
  segments: 'segment files begun',
  marks: 'marks written: "everything up to here was synced"',
} as const;

export type WriterCounterName = keyof typeof writerCounterSpec;

/** How the writing is doing; the index travels through shared memory. */
export const writerStates = ['ok', 'disk-full', 'disk-failed', 'sync-failed'] as const;
export type WriterState = (typeof writerStates)[number];
