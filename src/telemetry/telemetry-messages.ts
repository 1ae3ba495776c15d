// What the hot side of telemetry sends to the cold one. Values are never sent: they lie in shared memory.

/** Where the numbers of one room (or of the process) are, and how /metrics calls them. */
export interface CounterTable {
  readonly kind: 'counters';
  /** First part of every name: `meks_<prefix>_`. */
  readonly prefix: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Counter names with their sentences; `(gauge)` at the end of one tells its type. */
  readonly spec: Readonly<Record<string, string>>;
  readonly values: Float64Array;
}

/** What a histogram counts: durations in microseconds (/metrics shows seconds), or numbers of events. */
export type HistogramUnit = 'seconds' | 'events';

/** Where a histogram's buckets are. */
export interface HistogramTable {
  readonly kind: 'histogram';
  /** `meks_<name>_<unit>`. */
  readonly name: string;
  readonly unit: HistogramUnit;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly values: Float64Array;
}

export type MetricTable = CounterTable | HistogramTable;

export type LogLevel = 'info' | 'warn' | 'error';

export interface LogLine {
  readonly kind: 'line';
  readonly level: LogLevel;
  readonly event: string;
  /** Wall clock, Unix ms, when it happened: not when it was written. */
  readonly time: number;
  readonly fields: Readonly<Record<string, unknown>>;
}

export type TelemetryMessage =
  /**
   * First message of a life of the cold thread. `linesTaken` counts what it has written: for the bound on both sides.
   */
  | { readonly kind: 'begin'; readonly linesTaken: Int32Array }
  | { readonly kind: 'table'; readonly id: number; readonly table: MetricTable }
  | { readonly kind: 'table-gone'; readonly id: number }
  | LogLine;
