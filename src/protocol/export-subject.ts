import { unreachable } from '../base/assert.ts';
import { MeksError } from './errors.ts';
import type { ExportRequest, ExportSubject } from './history-queries.ts';

// What can be exported, by the words that people use for it: in addresses (/v1/rooms/{room}/exports/{table}) and on the
// command line (`meks export TABLE`).

/** Every table with what is in it. */
export const exportTables = {
  sessions: 'one row a session',
  battles: 'one row a battle',
  boards: "who gave how much in a session, or to a battle's side, at any position or time",
  gifters: 'who gave how much over all sessions, first and last gift',
  gifts: 'every gift of a session',
  events: 'events as they were broadcast',
  ledger: 'corrections by operators',
  operators: 'what operators changed of what they share, and alerts',
} as const;

export type ExportTable = keyof typeof exportTables;

export interface ExportOptions {
  readonly room: string;
  /** seq of the session's first event; boards and gifts without it are the newest session's. */
  readonly session?: number | undefined;
  /** Upstream's ids of a battle and of one of its sides: both or neither. */
  readonly battle?: string | undefined;
  readonly side?: string | undefined;
  /** Position or time (Unix ms) of a board. */
  readonly seq?: number | undefined;
  readonly at?: number | undefined;
  /** Events from and up to these seqs, of these kinds. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly kinds?: readonly string[] | undefined;
}

/** The subject that is meant. Throws MeksError MEKS_REQUEST_INVALID where options contradict each other. */
export function exportSubject(table: ExportTable, options: ExportOptions): ExportSubject {
  const { room, session, battle, side, seq, at, from, to, kinds } = options;
  switch (table) {
    case 'sessions':
    case 'gifters':
      return { of: table, room };
    case 'battles':
    case 'ledger':
    case 'operators':
    case 'gifts':
      return { of: table, room, session };
    case 'boards': {
      if (battle === undefined && side === undefined) return { of: 'board', room, session, seq, at };
      if (battle !== undefined && side !== undefined) return { of: 'sideBoard', room, session, battle, side, seq, at };
      throw new MeksError('MEKS_REQUEST_INVALID', "a battle's board is one side's: name battle and side");
    }
    case 'events':
      return { of: 'events', room, fromSeq: from, toSeq: to, kinds };
    default:
      return unreachable(table);
  }
}

/** What a file of this export is called. */
export function exportFileName(table: ExportTable, options: ExportOptions, format: ExportRequest['format']): string {
  const parts = [options.room.replace(/^@/, ''), table, options.session, options.battle, options.side];
  if (options.seq !== undefined || options.at !== undefined) parts.push(`at-${options.seq ?? options.at}`);
  const name = parts.filter((part) => part !== undefined).join('-');
  return `${name.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 150)}.${format}`;
}

/** A time as people give it: Unix ms, or ISO 8601. NaN: neither. */
export function parseTime(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
}
