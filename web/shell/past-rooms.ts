import type { PastRoom } from '../../src/protocol/history-answers.ts';
import { brokerUrl, type Room } from './rooms.ts';

// The rooms that the history knows, whether they are still followed or not.

export type PastRooms =
  | { readonly kind: 'rooms'; readonly rooms: readonly PastRoom[] }
  /** No history is kept. */
  | { readonly kind: 'off' }
  | { readonly kind: 'failed' };

/** Asks the broker. Never throws. */
export async function fetchPastRooms(): Promise<PastRooms> {
  try {
    const response = await fetch(brokerUrl('v1/history/rooms'));
    return parsePastRooms(response.ok, await response.json());
  } catch {
    return { kind: 'failed' };
  }
}

/** What an answer says. */
export function parsePastRooms(ok: boolean, body: unknown): PastRooms {
  const { rooms, error } = (body ?? {}) as { rooms?: unknown; error?: { code?: unknown } };
  if (!ok) return { kind: error?.code === 'MEKS_HISTORY_OFF' ? 'off' : 'failed' };
  return Array.isArray(rooms) ? { kind: 'rooms', rooms: rooms as readonly PastRoom[] } : { kind: 'failed' };
}

/**
 * Those of `past` that the broker does not follow and that have something to show; whose last LIVE was newest first.
 */
export function noLongerFollowed(past: readonly PastRoom[], followed: readonly Pick<Room, 'id'>[]): PastRoom[] {
  const now = new Set(followed.map(({ id }) => id));
  return past.filter(({ room, sessions }) => sessions > 0 && !now.has(room)).toSorted((a, b) => b.at - a.at);
}
