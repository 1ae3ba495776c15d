// What can be asked of the history from outside, as plain data. A room is named by its id or its creator's handle, a
// session by the seq of its first event, a battle and its sides by upstream's ids.

export interface PageQuery {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

export interface SessionName {
  readonly room: string;
  readonly session: number;
}

export interface BattleName extends SessionName {
  readonly battle: string;
}

/**
 * Where in a session: at a seq, or at a time (Unix ms). Without either at its end; the seq counts if both are given.
 */
export interface Position {
  readonly seq?: number | undefined;
  readonly at?: number | undefined;
}

export type HistoryQuery =
  | { readonly kind: 'rooms' }
  | { readonly kind: 'room'; readonly room: string }
  | ({ readonly kind: 'sessions'; readonly room: string; readonly before?: number | undefined } & PageQuery)
  | ({ readonly kind: 'session' } & SessionName)
  | ({ readonly kind: 'battles' } & SessionName & PageQuery)
  | ({ readonly kind: 'battle' } & BattleName)
  | ({ readonly kind: 'board' } & SessionName & Position & PageQuery)
  | ({ readonly kind: 'sideBoard'; readonly side: string } & BattleName & Position & PageQuery)
  | ({ readonly kind: 'gifters'; readonly room: string; readonly search?: string | undefined } & PageQuery)
  | ({ readonly kind: 'gifter'; readonly room: string; readonly user: string } & PageQuery)
  | ({ readonly kind: 'corrections' } & SessionName & PageQuery)
  | ({ readonly kind: 'operators'; readonly list?: string | undefined } & SessionName & PageQuery)
  | ({ readonly kind: 'gaps' } & SessionName & PageQuery)
  | ({ readonly kind: 'pulse' } & SessionName & PageQuery)
  | ({ readonly kind: 'events'; readonly limit?: number | undefined } & EventRange);

/** Events of a room as the log has them, from `fromSeq` on. */
export interface EventRange {
  readonly room: string;
  readonly fromSeq?: number | undefined;
  readonly toSeq?: number | undefined;
  /** Only these kinds; all without it. */
  readonly kinds?: readonly string[] | undefined;
}

/** Boards and gifts without a session are those of the newest. */
export type ExportSubject =
  | { readonly of: 'sessions'; readonly room: string }
  | { readonly of: 'battles'; readonly room: string; readonly session?: number | undefined }
  | ({ readonly of: 'board'; readonly room: string; readonly session?: number | undefined } & Position)
  | ({
      readonly of: 'sideBoard';
      readonly room: string;
      readonly session?: number | undefined;
      readonly battle: string;
      readonly side: string;
    } & Position)
  | { readonly of: 'gifters'; readonly room: string }
  | { readonly of: 'gifts'; readonly room: string; readonly session?: number | undefined }
  | { readonly of: 'operators'; readonly room: string; readonly session?: number | undefined }
  | { readonly of: 'ledger'; readonly room: string; readonly session?: number | undefined }
  | ({ readonly of: 'events' } & EventRange);

/** Formats of exports, as they are asked for and as files end. */
export const exportFormats = ['csv', 'ndjson', 'json', 'xlsx'] as const;

export interface ExportRequest {
  readonly subject: ExportSubject;
  readonly format: (typeof exportFormats)[number];
  /** See CsvOptions. Default true. */
  readonly forSpreadsheets?: boolean | undefined;
}
