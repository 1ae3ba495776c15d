import type { LogFields } from '../../base/log.ts';
import type { LogProgress } from '../journal-types.ts';
import type { Answers } from './answers.ts';
import type { ExportRequest, HistoryQuery } from './requests.ts';

// What the threads of the history and whoever uses them say to each other: plain data.

export interface HistorySettings {
  readonly file: string;
  readonly dataDirectory: string;
}

/** How far a room's import is, in shared memory: written by the import thread, read by any other. */
export const importNumber = { nextSeq: 0, behind: 1, disagreements: 2, faults: 3 } as const;
export const importNumbers = 4;

export type ToImport =
  | {
      readonly kind: 'add';
      readonly room: string;
      readonly handle: string;
      readonly epoch: string;
      readonly directory: string;
      readonly progress: LogProgress;
      /** Numbers in the order of importNumber. */
      readonly numbers: Float64Array;
    }
  | { readonly kind: 'remove'; readonly room: string };

export type FromImport =
  /** The database is there and can be read. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'log'; readonly level: 'warn' | 'error'; readonly event: string; readonly fields: LogFields };

export type ToQuery = { readonly id: number; readonly query: HistoryQuery };

export type FromQuery =
  | { readonly id: number; readonly kind: 'answer'; readonly value: Answers[keyof Answers] }
  | { readonly id: number; readonly kind: 'timed-out' };

export interface ExportSettings extends HistorySettings {
  readonly request: ExportRequest;
}

/** The reader asks for each piece: it sets the pace, and stops by ending the thread. */
export type ToExport = 'next';

export type FromExport =
  | { readonly kind: 'piece'; readonly bytes: Uint8Array; readonly rows: number }
  | { readonly kind: 'end' }
  | { readonly kind: 'unknown' };
