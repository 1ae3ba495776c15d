import type { LogFields } from '../../base/log.ts';
import type { HistoryAnswers } from '../../protocol/history-answers.ts';
import type { ExportRequest, HistoryQuery } from '../../protocol/history-queries.ts';
import type { LogProgress } from '../journal-types.ts';

// What the threads of the history and whoever uses them say to each other: plain data.

export interface HistorySettings {
  readonly file: string;
  readonly dataDirectory: string;
}

export type ToImport =
  | {
      readonly kind: 'add';
      readonly room: string;
      readonly handle: string;
      readonly epoch: string;
      readonly directory: string;
      readonly progress: LogProgress;
      /** Of the room's counters (historyCounterSpec): written by the import thread, read by any other. */
      readonly values: Float64Array;
    }
  | { readonly kind: 'remove'; readonly room: string };

/** From the import thread: lines for the log. */
export interface FromImport {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly fields: LogFields;
}

export interface ToQuery {
  readonly id: number;
  readonly query: HistoryQuery;
}

export type FromQuery =
  | { readonly id: number; readonly kind: 'answer'; readonly value: HistoryAnswers[keyof HistoryAnswers] }
  | { readonly id: number; readonly kind: 'timed-out' }
  | { readonly id: number; readonly kind: 'unavailable' };

export interface ExportSettings extends HistorySettings {
  readonly request: ExportRequest;
}

/** The reader asks for each piece: it sets the pace, and stops by ending the thread. */
export type ToExport = 'next';

/** First `begun`, or `unknown` or `unavailable`; then pieces; then `end`. */
export type FromExport =
  | { readonly kind: 'begun'; readonly expected: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unavailable' }
  | { readonly kind: 'piece'; readonly bytes: Uint8Array; readonly rows: number }
  | { readonly kind: 'end' };
