// Where one is in the past, as an address that can be shared: everything on screen follows from it, and the browser's
// own back and forward work. What an address says wrongly is left out, never guessed.

export type Place =
  | { readonly kind: 'sessions'; readonly room: string; readonly before: number | null }
  | {
      readonly kind: 'session';
      readonly room: string;
      readonly session: number;
      /** From 1. */
      readonly page: number;
      /** The board as it was after this event; null = the newest one. */
      readonly seq: number | null;
    }
  | { readonly kind: 'battle'; readonly room: string; readonly session: number; readonly battle: string }
  | { readonly kind: 'gifters'; readonly room: string; readonly search: string; readonly page: number }
  | { readonly kind: 'gifter'; readonly room: string; readonly user: string; readonly page: number };

/** The query of an address for this place. */
export function addressOf(place: Place): string {
  const query = new URLSearchParams({ room: place.room });
  const put = (name: string, value: string | number | null): void => {
    if (value !== null && value !== '') query.set(name, String(value));
  };
  if (place.kind === 'sessions') put('before', place.before);
  if (place.kind === 'session' || place.kind === 'battle') put('session', place.session);
  if (place.kind === 'battle') put('battle', place.battle);
  if (place.kind === 'session') put('seq', place.seq);
  if (place.kind === 'gifters') {
    query.set('gifters', '');
    put('search', place.search);
  }
  if (place.kind === 'gifter') put('gifter', place.user);
  if ('page' in place && place.page > 1) put('page', place.page);
  return `?${query}`;
}

/** The place that an address means; null when it names no room. */
export function placeOf(address: string): Place | null {
  const query = new URLSearchParams(address);
  const room = query.get('room') ?? '';
  if (room === '') return null;
  const page = whole(query.get('page')) ?? 1;
  const user = query.get('gifter') ?? '';
  if (user !== '') return { kind: 'gifter', room, user, page };
  if (query.has('gifters')) return { kind: 'gifters', room, search: query.get('search') ?? '', page };
  const session = whole(query.get('session'));
  if (session === null) return { kind: 'sessions', room, before: whole(query.get('before')) };
  const battle = query.get('battle') ?? '';
  if (battle !== '') return { kind: 'battle', room, session, battle };
  return { kind: 'session', room, session, page, seq: whole(query.get('seq')) };
}

/** A whole number from 1 on; null = it is none. */
function whole(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}
