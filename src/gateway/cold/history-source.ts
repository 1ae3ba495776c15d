import type { Readable } from 'node:stream';
import type { HistoryAnswers, QueryResult } from '../../protocol/history-answers.ts';
import type { ExportRequest, HistoryQuery } from '../../protocol/history-queries.ts';

// What the gateway wants of the history. The broker gives it the journal's (journal/history-cold.ts).

/** Bytes of an export, at the pace of their reader. */
export interface ExportBytes extends Readable {
  /** How many rows there will be, as far as it can be told beforehand. */
  readonly expected: number;
}

export interface HistorySource {
  query<Kind extends HistoryQuery['kind']>(
    query: Extract<HistoryQuery, { readonly kind: Kind }>,
  ): Promise<QueryResult<HistoryAnswers[Kind]>>;
  export(request: ExportRequest): Promise<ExportBytes | 'busy' | 'unknown' | 'unavailable'>;
}
