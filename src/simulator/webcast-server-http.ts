import type { IncomingMessage, ServerResponse } from 'node:http';

// The HTTP side of the Webcast server: the routes by which clients find a room and have a connection signed, in the
// form in which TikTok and the sign service answer them.

export interface HttpFacts {
  readonly handle: string;
  readonly roomId: string;
  readonly live: boolean;
  readonly paused: boolean;
  /** Body of a signed connect, made anew for each. */
  readonly signed: () => Uint8Array;
  /** The next refusal of the sign service, taken off its list; undefined = none is ordered. */
  readonly refusal: () => SignRefusal | undefined;
  /** Routes that answer with a captcha or a refusal instead. */
  readonly brokenRoutes: ReadonlySet<LookupRoute>;
}

export interface SignRefusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly message?: string;
}

export type LookupRoute = 'page' | 'api' | 'sign' | 'info';

/** Status of a LIVE. */
const statusLive = 2;
const statusPaused = 3;
const statusOver = 4;

/** Answers one request; the name of the route, for counting. */
export function answerHttp(request: IncomingMessage, response: ServerResponse, facts: HttpFacts): string {
  const { pathname } = new URL(request.url ?? '/', 'http://scripted');
  const status = facts.live ? statusLive : statusOver;
  const room = { roomId: facts.roomId, status, uniqueId: facts.handle };
  if (pathname === `/@${facts.handle}/live`) {
    const state = JSON.stringify({ LiveRoom: { liveRoomUserInfo: { user: room } } });
    const html = facts.brokenRoutes.has('page')
      ? '<html><body>Please solve the puzzle</body></html>'
      : `<html><body><script id="SIGI_STATE" type="application/json">${state}</script></body></html>`;
    send(response, 200, 'text/html', html);
    return 'page';
  }
  if (pathname === '/api-live/user/room/') {
    if (facts.brokenRoutes.has('api')) json(response, 200, { statusCode: 19_881_007, message: 'user_not_found' });
    else json(response, 200, { data: { user: room, liveRoom: { status } }, message: '', statusCode: 0 });
    return 'api';
  }
  if (pathname === `/webcast/anchors/${facts.handle}/room_id`) {
    if (facts.brokenRoutes.has('sign')) json(response, 500, { message: 'internal' });
    else json(response, 200, { code: 200, ok: true, room_id: facts.roomId, is_live: facts.live });
    return 'sign-room';
  }
  if (pathname === '/webcast/room/info/') {
    if (facts.brokenRoutes.has('info')) json(response, 200, { data: { prompts: '' }, status_code: 4_003_110 });
    else {
      const now = facts.live && facts.paused ? statusPaused : status;
      json(response, 200, { data: { status: now, id_str: facts.roomId }, status_code: 0 });
    }
    return 'info';
  }
  // A service signs what it is asked for: whether that room is live is not its business.
  if (/^\/webcast\/rooms\/[0-9]+\/connect$/.test(pathname)) return answerConnect(response, facts);
  if (pathname === '/webcast/gift/list/') {
    json(response, 200, { data: { gifts: [] } });
    return 'gifts';
  }
  if (pathname === '/') {
    response.setHeader('set-cookie', ['ttwid=scripted; path=/; Secure', 'other=1; path=/']);
    send(response, 200, 'text/html', '<html></html>');
    return 'home';
  }
  json(response, 404, { message: `no route ${pathname}` });
  return 'none';
}

function answerConnect(response: ServerResponse, facts: HttpFacts): string {
  const refusal = facts.refusal();
  if (refusal !== undefined) {
    for (const [name, value] of Object.entries(refusal.headers ?? {})) response.setHeader(name, value);
    json(response, refusal.status, { code: refusal.status, message: refusal.message ?? 'refused' });
    return 'refused';
  }
  response.setHeader('x-set-tt-cookie', 'ttwid=scripted; path=/');
  response.setHeader('x-room-id', facts.roomId);
  send(response, 200, 'application/protobuf', facts.signed());
  return 'connect';
}

function json(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

function send(response: ServerResponse, status: number, type: string, body: string | Uint8Array): void {
  response.writeHead(status, { 'content-type': type });
  response.end(body);
}
