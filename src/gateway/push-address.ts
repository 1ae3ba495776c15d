// Address of a pusher's WebSocket: `/v1/rooms/<id or handle>/push`.

const pattern = /^\/v1\/rooms\/([^/?#]+)\/push(?:\?.*)?$/;

/**
 * The room that `url` (a request's target) names, decoded, '' when it could not be; null when it is no such address.
 */
export function parsePushAddress(url: string): string | null {
  const match = pattern.exec(url);
  if (match === null) return null;
  try {
    return decodeURIComponent(match[1]!);
  } catch {
    return '';
  }
}
