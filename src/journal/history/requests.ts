import type { PageQuery } from './queries.ts';

// What can be asked of the history from outside, as plain data.

type With<T> = PageQuery & T;

export type HistoryQuery =
  | { readonly kind: 'rooms' }
  | ({ readonly kind: 'sessions' } & With<{ readonly room?: string; readonly before?: number }>)
  | { readonly kind: 'session'; readonly session: number }
  | ({ readonly kind: 'battles' } & With<{ readonly session: number }>)
  | { readonly kind: 'battle'; readonly battle: number }
  | ({ readonly kind: 'board' } & With<{ readonly session: number; readonly seq?: number }>)
  | ({ readonly kind: 'sideBoard' } & With<{ readonly battle: number; readonly side: string; readonly seq?: number }>)
  | ({ readonly kind: 'gifters' } & With<{ readonly room?: string; readonly search?: string }>)
  | ({ readonly kind: 'gifter' } & With<{ readonly user: string }>)
  | ({ readonly kind: 'corrections' } & With<{ readonly session: number }>)
  | ({ readonly kind: 'gaps' } & With<{ readonly session: number }>)
  | ({ readonly kind: 'pulse' } & With<{ readonly session: number }>)
  | ({ readonly kind: 'events' } & EventRange & { readonly limit?: number });

/** Events of a room as the log has them, from `fromSeq` on. */
export interface EventRange {
  readonly room: string;
  readonly fromSeq?: number;
  readonly toSeq?: number;
  /** Only these kinds; all without it. */
  readonly kinds?: readonly string[];
}

export type ExportSubject =
  | { readonly of: 'sessions'; readonly room?: string }
  | { readonly of: 'battles'; readonly room?: string; readonly session?: number }
  | { readonly of: 'board'; readonly session: number; readonly seq?: number }
  | { readonly of: 'sideBoard'; readonly battle: number; readonly side: string; readonly seq?: number }
  | { readonly of: 'gifters'; readonly room?: string }
  | { readonly of: 'gifts'; readonly session: number }
  | { readonly of: 'ledger'; readonly room?: string; readonly session?: number }
  | ({ readonly of: 'events' } & EventRange);

export interface ExportRequest {
  readonly subject: ExportSubject;
  readonly format: 'csv' | 'ndjson' | 'json';
  /** See CsvOptions. Default true. */
  readonly forSpreadsheets?: boolean;
}
