import type { Machine } from '../runner/machine.ts';

// What bench/past.ts writes and bench/report.ts shows.

export interface ExportFigures {
  readonly format: string;
  readonly rows: number;
  readonly seconds: number;
  readonly bytes: number;
  /** Most memory that the exporting process had in use, all of it. */
  readonly peakMb: number;
}

export interface PastFigures {
  readonly events: number;
  readonly logBytes: number;
  readonly writeSeconds: number;
  /** Building the history from the log. */
  readonly imported: {
    readonly seconds: number;
    readonly eventsPerSecond: number;
    readonly peakMb: number;
    readonly bytes: number;
  };
  /** Boards of 100 rows at random positions, from the question to the answer of another thread. */
  readonly boards: { readonly asked: number; readonly p50Ms: number; readonly maxMs: number };
  readonly exports: readonly ExportFigures[];
  /** From the start of the program to a dashboard's snapshot; `applied` events were replayed for it. */
  readonly start: { readonly seconds: number; readonly applied: number; readonly recoveryMs: number };
}

export interface PastResults {
  readonly taken_at: string;
  readonly commit: string;
  readonly command: string;
  readonly machine: Machine;
  readonly node: string;
  readonly figures: PastFigures;
}
