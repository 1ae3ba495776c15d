import type { HttpOutcome } from './http.ts';
import { isObject, textAt } from './json.ts';

// Finds the room of a creator's LIVE by three routes, one after the other: the LIVE page, the page's own API, and the
// sign service. Each fails in its own way (captchas, `user_not_found` for users who are live, exhausted keys), so a
// failure is no answer; only a route that names a room, or says that there is none, is.

export interface TiktokHosts {
  /** Origin of the pages. */
  readonly web: string;
  /** Origin of the Webcast API. */
  readonly webcast: string;
  /** The socket of the direct mode. */
  readonly socket: string;
}

export const defaultHosts: TiktokHosts = {
  web: 'https://www.tiktok.com',
  webcast: 'https://webcast.tiktok.com',
  socket: 'wss://webcast-ws.tiktok.com/webcast/im/ws_proxy/ws_reuse_supplement/',
};

/** All three at one address, http:// or https://, which answers in TikTok's place. */
export function hostsAt(url: string): TiktokHosts {
  const { origin } = new URL(url);
  return {
    web: origin,
    webcast: origin,
    socket: origin.replace(/^http/, 'ws') + new URL(defaultHosts.socket).pathname,
  };
}

export type Lookup =
  | {
      readonly kind: 'room';
      readonly roomId: string;
      /** Whether the creator has paused the LIVE; absent = not told. */
      readonly paused?: boolean | undefined;
    }
  | { readonly kind: 'offline' }
  | { readonly kind: 'failed'; readonly reason: string };

/** Upstream's `status` of a LIVE. Over = not begun as well. */
const statusOn = 2;
const statusPaused = 3;
const statusOver = 4;

const stateStart = '<script id="SIGI_STATE" type="application/json">';

/** The LIVE page: its state is JSON inside of a script element. */
export function readLivePage(outcome: HttpOutcome): Lookup {
  const html = bodyOf(outcome);
  if (html.kind === 'failed') return html;
  const from = html.text.indexOf(stateStart);
  const to = html.text.indexOf('</script>', from);
  if (from === -1 || to === -1) return failed('the page holds no room state (a captcha, or another layout)');
  const state = parse(html.text.slice(from + stateStart.length, to));
  const user = at(state, ['LiveRoom', 'liveRoomUserInfo', 'user']);
  if (!isObject(user)) return failed('the page names no user');
  return fromRoom(textAt(user, 'roomId'), user['status']);
}

/** The page's own API. `user_not_found` is said of users who are live, too. */
export function readUserRoom(outcome: HttpOutcome): Lookup {
  const body = bodyOf(outcome);
  if (body.kind === 'failed') return body;
  const answer = parse(body.text);
  const user = at(answer, ['data', 'user']);
  if (!isObject(user))
    return failed(`the API says ${isObject(answer) ? textAt(answer, 'message') || 'nothing' : 'nothing'}`);
  const live = at(answer, ['data', 'liveRoom']);
  return fromRoom(textAt(user, 'roomId'), isObject(live) ? live['status'] : user['status']);
}

/** The sign service's own lookup. */
export function readSignedRoom(outcome: HttpOutcome): Lookup {
  const body = bodyOf(outcome);
  if (body.kind === 'failed') return body;
  const answer = parse(body.text);
  if (!isObject(answer)) return failed('the sign service answered no JSON');
  if (answer['is_live'] === false) return { kind: 'offline' };
  const roomId = textAt(answer, 'room_id');
  return roomId === ''
    ? failed(`the sign service says ${textAt(answer, 'message') || 'nothing'}`)
    : fromRoom(roomId, statusOn);
}

/** Room info: only a clear "over" ends it, anything else lets the connection try. */
export function readRoomInfo(outcome: HttpOutcome): 'on' | 'paused' | 'over' | 'unclear' {
  const body = bodyOf(outcome);
  if (body.kind === 'failed') return 'unclear';
  const status = at(parse(body.text), ['data', 'status']);
  if (status === statusOver) return 'over';
  if (status === statusPaused) return 'paused';
  return status === statusOn ? 'on' : 'unclear';
}

function fromRoom(roomId: string, status: unknown): Lookup {
  if (status === statusOver || roomId === '0') return { kind: 'offline' };
  if (roomId === '') return status === undefined ? failed('no room id') : { kind: 'offline' };
  return /^[0-9]{5,20}$/.test(roomId) ? { kind: 'room', roomId } : failed('a room id that is none');
}

type Body = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'failed'; readonly reason: string };

function bodyOf(outcome: HttpOutcome): Body {
  if (outcome.kind === 'failed') return outcome;
  if (outcome.status !== 200) return { kind: 'failed', reason: `status ${outcome.status}` };
  return { kind: 'text', text: Buffer.from(outcome.body).toString('utf8') };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const key of path) here = isObject(here) ? here[key] : undefined;
  return here;
}

function failed(reason: string): Lookup {
  return { kind: 'failed', reason };
}
