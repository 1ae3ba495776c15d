import { type BoardAsked, parseBoardAsked } from './board-address.ts';

// Addresses of streams, as a WebSocket (`/stream`) and as server-sent events (`/events`): of a room's events at
// `/v1/rooms/<id or handle>/stream`, of one of its boards at `/v1/rooms/<id or handle>/boards/<scope>/stream`.

export interface StreamAddress {
  readonly kind: 'stream' | 'events';
  /** Id or handle, decoded; '' when it could not be. */
  readonly room: string;
  /** The position given by `?since=`, untouched; null when there is none. */
  readonly since: string | null;
  /** The board that is asked for; null = the room's events. */
  readonly board: BoardAsked | null;
}

const pattern = /^\/v1\/rooms\/([^/?#]+)\/(?:boards\/([^/?#]+)\/)?(stream|events)(?:\?(.*))?$/;

/** What stream `url` (a request's target) names, or null when it names none. */
export function parseStreamAddress(url: string): StreamAddress | null {
  const match = pattern.exec(url);
  if (match === null) return null;
  const kind = match[3] === 'stream' ? 'stream' : 'events';
  const query = new URLSearchParams(match[4] ?? '');
  const board = match[2] === undefined ? null : parseBoardAsked(decoded(match[2]), query);
  return { kind, room: decoded(match[1]!), since: query.get('since'), board };
}

/** A request's target without scheme and host, which forward proxies write before it (RFC 9112 §3.2.2). */
export function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const path = /^https?:\/\/[^/?#]*(.*)$/is.exec(target)?.[1];
  if (path === undefined) return target;
  return path.startsWith('/') ? path : `/${path}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
