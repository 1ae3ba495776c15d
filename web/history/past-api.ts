import type {
  PastBattle,
  PastBoard,
  PastCorrection,
  PastGap,
  PastGifter,
  PastGifterSessions,
  PastPulse,
  PastRoom,
  PastSession,
} from '../../src/protocol/history-answers.ts';
import type { Room } from '../shell/rooms.ts';
import { brokerUrl, fetchRooms } from '../shell/rooms.ts';
import type { Place } from './place.ts';

// Asks the broker for the past. One call for each place brings all that it shows. Never throws: what went wrong is an
// answer. What comes is the broker's own word, by the schema that its documents show.

export const pageRows = 50;
/** Battles, corrections and gaps shown of a session; the files have all. */
export const listRows = 200;
const pulseRows = 1_000;
const pulsePagesMax = 9;

export type Content =
  | { readonly kind: 'sessions'; readonly sessions: readonly PastSession[]; readonly more: boolean }
  | {
      readonly kind: 'session';
      readonly session: PastSession;
      readonly board: PastBoard;
      readonly battles: readonly PastBattle[];
      readonly corrections: readonly PastCorrection[];
      readonly gaps: readonly PastGap[];
      readonly pulse: readonly PastPulse[];
    }
  | {
      readonly kind: 'battle';
      readonly session: PastSession;
      readonly battle: PastBattle;
      /** The first gifters of each side, in the order of the sides; null = this room does not see its gifts. */
      readonly boards: readonly (PastBoard | null)[];
    }
  | { readonly kind: 'gifters'; readonly gifters: readonly PastGifter[]; readonly more: boolean }
  | { readonly kind: 'gifter'; readonly gifter: PastGifterSessions; readonly more: boolean };

export type Answer<Value> =
  | { readonly kind: 'answer'; readonly value: Value }
  | {
      readonly kind: 'failed';
      readonly why: string;
      /** MEKS_HISTORY_OFF and the like; '' = none was told. */
      readonly code: string;
    };

export interface Past {
  readonly room: PastRoom;
  /** The rooms that the broker followed then. */
  readonly followed: readonly Room[];
  readonly content: Content;
}

/** What a place shows, and how far the history of its room was just before. */
export async function askPast(place: Place): Promise<Answer<Past>> {
  try {
    const room = await ask<PastRoom>(place.room, 'history');
    const content = await contentOf(place);
    const followed = await fetchRooms();
    if (followed.kind === 'failed') return { kind: 'failed', why: followed.why, code: '' };
    return { kind: 'answer', value: { room, followed: followed.rooms, content } };
  } catch (error) {
    return failed(error);
  }
}

/** How far the history of a room is. */
export async function askRoom(room: string): Promise<Answer<PastRoom>> {
  try {
    return { kind: 'answer', value: await ask<PastRoom>(room, 'history') };
  } catch (error) {
    return failed(error);
  }
}

async function contentOf(place: Place): Promise<Content> {
  switch (place.kind) {
    case 'sessions': {
      const query = { limit: pageRows + 1, before: place.before };
      const { sessions } = await ask<{ sessions: PastSession[] }>(place.room, 'sessions', query);
      const { rows, more } = cut(sessions);
      return { kind: 'sessions', sessions: rows, more };
    }
    case 'session':
      return await sessionContent(place);
    case 'battle':
      return await battleContent(place);
    case 'gifters': {
      const query = { ...pageOf(place.page), search: place.search === '' ? null : place.search };
      const { gifters } = await ask<{ gifters: PastGifter[] }>(place.room, 'gifters', query);
      const { rows, more } = cut(gifters);
      return { kind: 'gifters', gifters: rows, more };
    }
    default: {
      const path = `gifters/${encodeURIComponent(place.user)}`;
      const gifter = await ask<PastGifterSessions>(place.room, path, pageOf(place.page));
      const { rows: inSessions, more } = cut(gifter.inSessions);
      return { kind: 'gifter', gifter: { ...gifter, inSessions }, more };
    }
  }
}

async function sessionContent(place: Extract<Place, { kind: 'session' }>): Promise<Content> {
  const { room, seq, page } = place;
  const path = `sessions/${place.session}`;
  const session = await ask<PastSession>(room, path);
  const board = await ask<PastBoard>(room, `${path}/board`, { limit: pageRows, offset: (page - 1) * pageRows, seq });
  const list = { limit: listRows };
  const { battles } = await ask<{ battles: PastBattle[] }>(room, `${path}/battles`, list);
  const { corrections } = await ask<{ corrections: PastCorrection[] }>(room, `${path}/ledger`, list);
  const { gaps } = await ask<{ gaps: PastGap[] }>(room, `${path}/gaps`, list);
  const pulse: PastPulse[] = [];
  for (let page = 0; page < pulsePagesMax && pulse.length === page * pulseRows; page++) {
    const query = { limit: pulseRows, offset: page * pulseRows };
    pulse.push(...(await ask<{ pulse: PastPulse[] }>(room, `${path}/pulse`, query)).pulse);
  }
  return { kind: 'session', session, board, battles, corrections, gaps, pulse };
}

async function battleContent({ room, session, battle: id }: Extract<Place, { kind: 'battle' }>): Promise<Content> {
  const path = `sessions/${session}/battles/${encodeURIComponent(id)}`;
  const battle = await ask<PastBattle>(room, path);
  const boards: (PastBoard | null)[] = [];
  for (const { id: side, diamonds } of battle.state.sides) {
    const asked = `${path}/sides/${encodeURIComponent(side)}/board`;
    boards.push(diamonds === null ? null : await ask<PastBoard>(room, asked, { limit: pageRows }));
  }
  return { kind: 'battle', session: await ask<PastSession>(room, `sessions/${session}`), battle, boards };
}

/** A row more than a page has: whether there is another page. */
function pageOf(page: number): { limit: number; offset: number } {
  return { limit: pageRows + 1, offset: (page - 1) * pageRows };
}

function cut<Row>(rows: readonly Row[]): { rows: readonly Row[]; more: boolean } {
  return { rows: rows.slice(0, pageRows), more: rows.length > pageRows };
}

class Refused extends Error {
  readonly code: string;

  constructor(message: string, code: string) {
    super(message);
    this.code = code;
  }
}

type Query = Readonly<Record<string, string | number | null>>;

/** The answer to one question. Throws Refused with the broker's own words. */
async function ask<Value>(room: string, path: string, query: Query = {}): Promise<Value> {
  const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  const url = `${roomUrl(room)}/${path}?${new URLSearchParams(given)}`;
  const response = await fetch(url, { headers: { accept: 'application/json' } });
  const answer: unknown = await response.json();
  if (response.ok) return answer as Value;
  const error = answer !== null && typeof answer === 'object' && 'error' in answer ? answer.error : null;
  const told = error !== null && typeof error === 'object' ? (error as { code?: unknown; message?: unknown }) : {};
  const message = typeof told.message === 'string' ? told.message : `the broker answered ${response.status}`;
  throw new Refused(message, typeof told.code === 'string' ? told.code : '');
}

function failed(error: unknown): Answer<never> {
  if (!(error instanceof Refused)) return { kind: 'failed', why: 'The broker cannot be reached.', code: '' };
  const { message, code } = error;
  return { kind: 'failed', why: `${message.charAt(0).toUpperCase()}${message.slice(1)}.`, code };
}

function roomUrl(room: string): string {
  return brokerUrl(`v1/rooms/${encodeURIComponent(room)}`);
}

/** The address of a table as a file. */
export function fileUrl(room: string, table: string, query: Query & { readonly format: string }): string {
  const given = Object.entries(query).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]]));
  return `${roomUrl(room)}/exports/${table}?${new URLSearchParams(given)}`;
}
