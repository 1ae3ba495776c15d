import { type BoardRequest, parseBoardScope } from '../protocol/board-scope.ts';
import { limits } from '../protocol/limits.ts';

// Addresses of subscriptions to boards: `/v1/rooms/<room>/boards/<scope>/stream?rows=20&around=<userId>&each=3`, and
// `/events` for server-sent events.

/** A board as it was asked for, or what is wrong with how it was. */
export type BoardAsked =
  | { readonly kind: 'board'; readonly request: BoardRequest }
  | { readonly kind: 'invalid'; readonly message: string };

export const boardRowsDefault = 20;
export const boardNeighboursDefault = 3;
export const boardScopes = 'session, day, week, all-time, 5m, 1h, receiver, receiver-<userId>, side-<index>';

const userIdPattern = /^[A-Za-z0-9_]{1,32}$/;
const countPattern = /^(?:0|[1-9][0-9]{0,8})$/;

/** The board that `scopeText` and the query name. */
export function parseBoardAsked(scopeText: string, query: URLSearchParams): BoardAsked {
  const scope = parseBoardScope(scopeText);
  if (scope === null) return invalid(`${quoted(scopeText)} is no board: there are ${boardScopes}`);
  const rows = readCount(query.get('rows'), boardRowsDefault, limits.boardRowsAskedMax.value);
  if (rows === null) return invalid(`rows=${quoted(query.get('rows')!)}: 0 to ${limits.boardRowsAskedMax.value}`);
  const each = readCount(query.get('each'), boardNeighboursDefault, limits.boardNeighboursMax.value);
  if (each === null) return invalid(`each=${quoted(query.get('each')!)}: 0 to ${limits.boardNeighboursMax.value}`);
  const around = query.get('around') ?? '';
  if (around !== '' && !userIdPattern.test(around)) return invalid(`around=${quoted(around)} is no user id`);
  if (rows === 0 && around === '') return invalid('rows=0 without around: there is nothing to show');
  return { kind: 'board', request: { scope, rows, around, each: around === '' ? 0 : each } };
}

function invalid(message: string): BoardAsked {
  return { kind: 'invalid', message };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

function readCount(text: string | null, otherwise: number, max: number): number | null {
  if (text === null) return otherwise;
  const value = countPattern.test(text) ? Number(text) : Number.NaN;
  return value <= max ? value : null;
}
