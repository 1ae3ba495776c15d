// Addresses of streams: `/v1/rooms/<id or handle>/stream` (WebSocket) and `/events` (server-sent events).

export interface StreamAddress {
  readonly kind: 'stream' | 'events';
  /** Id or handle, decoded; '' when it could not be. */
  readonly room: string;
  /** The position given by `?since=`, untouched; null when there is none. */
  readonly since: string | null;
}

const pattern = /^\/v1\/rooms\/([^/?#]+)\/(stream|events)(?:\?(.*))?$/;

/** What stream `url` (a request's target) names, or null when it names none. */
export function parseStreamAddress(url: string): StreamAddress | null {
  const match = pattern.exec(url);
  if (match === null) return null;
  const kind = match[2] === 'stream' ? 'stream' : 'events';
  return { kind, room: decoded(match[1]!), since: new URLSearchParams(match[3] ?? '').get('since') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
