import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { MeksError } from '../../../protocol/errors.ts';
import { exportFileName, exportSubject } from '../../../protocol/export-subject.ts';
import type { HistoryAnswers, QueryResult } from '../../../protocol/history-answers.ts';
import type { ExportRequest, HistoryQuery } from '../../../protocol/history-queries.ts';
import type { HistorySource } from '../history-source.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import * as schemas from '../schemas/history.ts';

// The past: sessions, battles, boards at any position or time, gifters, the ledger, events, and all of it as files.
// Nothing of this asks the hot thread anything: it goes on while a LIVE is under way, and for rooms that are gone.

const errors = ['MEKS_HISTORY_OFF', 'MEKS_HISTORY_UNKNOWN', 'MEKS_HISTORY_UNAVAILABLE', 'MEKS_HISTORY_BUSY'];
const queryErrors = [...errors, 'MEKS_HISTORY_LATE', 'MEKS_REQUEST_INVALID'];

/** Input of a route as its own schemas gave it (app.ts validates): options that were not given are not there. */
function input<Params extends z.ZodObject, Query extends z.ZodObject>(
  request: FastifyRequest,
  _params: Params,
  _query: Query,
): z.infer<Params> & z.infer<Query> {
  return { ...(request.params as z.infer<Params>), ...(request.query as z.infer<Query>) };
}

type Answer<Kind extends HistoryQuery['kind']> = NonNullable<HistoryAnswers[Kind]>;

/** A route that answers one kind of question. */
interface QueryRoute<Kind extends HistoryQuery['kind'], Params extends z.ZodObject, Query extends z.ZodObject> {
  readonly path: string;
  readonly summary: string;
  readonly params: Params;
  readonly query: Query;
  /** What the history is asked, by what the route was given. */
  readonly ask: (given: z.infer<Params> & z.infer<Query>) => Extract<HistoryQuery, { readonly kind: Kind }>;
  readonly answers: z.ZodType;
  readonly body: (answer: Answer<Kind>) => unknown;
}

type MakeRoute = <Kind extends HistoryQuery['kind'], Params extends z.ZodObject, Query extends z.ZodObject>(
  parts: QueryRoute<Kind, Params, Query>,
) => ApiRoute;

const room = '/v1/rooms/{room}';
const session = `${room}/sessions/{session}`;
const battle = `${session}/battles/{battle}`;
const { sessionParams, battleParams, sideParams, gifterParams, pageQuery, boardQuery } = schemas;

export function historyRoutes(history: HistorySource | null): ApiRoute[] {
  const route: MakeRoute = ({ params, query, ask, body, ...rest }) => ({
    ...rest,
    params,
    query,
    errors: queryErrors,
    handle: async (request) => {
      if (history === null) throw off();
      const asked = ask(input(request, params, query));
      return body(known(await history.query(asked), asked));
    },
  });
  return [
    ...logRoutes(route),
    ...sessionRoutes(route),
    ...battleRoutes(route),
    ...gifterRoutes(route),
    exportRoute(history),
  ];
}

function logRoutes(route: MakeRoute): ApiRoute[] {
  return [
    route({
      path: '/v1/history/rooms',
      summary: 'All rooms that the history knows, also those that are no longer followed.',
      params: schemas.noQuery,
      query: schemas.noQuery,
      ask: () => ({ kind: 'rooms' }),
      answers: schemas.pastRoomList,
      body: (rooms) => ({ rooms }),
    }),
    route({
      path: `${room}/history`,
      summary: 'How far the history of a room is. A new event is in it within a second or two.',
      params: roomParams,
      query: schemas.noQuery,
      ask: (given) => ({ kind: 'room', ...given }),
      answers: schemas.pastRoom,
      body: (answer) => answer,
    }),
    route({
      path: `${room}/log`,
      summary: 'Events as they were broadcast, from the log: for as long as retention keeps them.',
      params: roomParams,
      query: schemas.logQuery,
      ask: ({ from, to, ...given }) => ({ kind: 'events', fromSeq: from, toSeq: to, ...given }),
      answers: schemas.logPage,
      body: (answer) => answer,
    }),
  ];
}

function sessionRoutes(route: MakeRoute): ApiRoute[] {
  return [
    route({
      path: `${room}/sessions`,
      summary: 'Sessions of a room, newest first.',
      params: roomParams,
      query: schemas.sessionsQuery,
      ask: (given) => ({ kind: 'sessions', ...given }),
      answers: schemas.sessionList,
      body: (sessions) => ({ sessions }),
    }),
    route({
      path: session,
      summary: 'One session.',
      params: sessionParams,
      query: schemas.noQuery,
      ask: (given) => ({ kind: 'session', ...given }),
      answers: schemas.pastSession,
      body: (answer) => answer,
    }),
    route({
      path: `${session}/board`,
      summary: "A session's board after any event, at any time, or at its end.",
      params: sessionParams,
      query: boardQuery,
      ask: (given) => ({ kind: 'board', ...given }),
      answers: schemas.pastBoard,
      body: (answer) => answer,
    }),
    route({
      path: `${session}/ledger`,
      summary: 'Corrections by operators in a session, in order.',
      params: sessionParams,
      query: pageQuery,
      ask: (given) => ({ kind: 'corrections', ...given }),
      answers: schemas.correctionList,
      body: (corrections) => ({ corrections }),
    }),
    route({
      path: `${session}/operators`,
      summary: 'What operators changed of what they share, and alerts, in a session, in order.',
      params: sessionParams,
      query: schemas.operatorsQuery,
      ask: (given) => ({ kind: 'operators', ...given }),
      answers: schemas.operatorChangeList,
      body: (changes) => ({ changes }),
    }),
    route({
      path: `${session}/gaps`,
      summary: 'Where something may be missing in a session, in order.',
      params: sessionParams,
      query: pageQuery,
      ask: (given) => ({ kind: 'gaps', ...given }),
      answers: schemas.gapList,
      body: (gaps) => ({ gaps }),
    }),
    route({
      path: `${session}/pulse`,
      summary: 'Ten seconds a row: what charts of a session are drawn from.',
      params: sessionParams,
      query: pageQuery,
      ask: (given) => ({ kind: 'pulse', ...given }),
      answers: schemas.pulseList,
      body: (pulse) => ({ pulse }),
    }),
  ];
}

function battleRoutes(route: MakeRoute): ApiRoute[] {
  return [
    route({
      path: `${session}/battles`,
      summary: 'Battles of a session, in order.',
      params: sessionParams,
      query: pageQuery,
      ask: (given) => ({ kind: 'battles', ...given }),
      answers: schemas.battleList,
      body: (battles) => ({ battles }),
    }),
    route({
      path: battle,
      summary: 'One battle.',
      params: battleParams,
      query: schemas.noQuery,
      ask: (given) => ({ kind: 'battle', ...given }),
      answers: schemas.pastBattle,
      body: (answer) => answer,
    }),
    route({
      path: `${battle}/sides/{side}/board`,
      summary: "The board of a battle's side after any event, at any time, or in the end.",
      params: sideParams,
      query: boardQuery,
      ask: (given) => ({ kind: 'sideBoard', ...given }),
      answers: schemas.pastBoard,
      body: (answer) => answer,
    }),
  ];
}

function gifterRoutes(route: MakeRoute): ApiRoute[] {
  return [
    route({
      path: `${room}/gifters`,
      summary: 'Gifters of a room by what they gave in all sessions; or those that match `search`.',
      params: roomParams,
      query: schemas.giftersQuery,
      ask: (given) => ({ kind: 'gifters', ...given }),
      answers: schemas.gifterList,
      body: (gifters) => ({ gifters }),
    }),
    route({
      path: `${room}/gifters/{user}`,
      summary: 'One gifter, and the sessions in which they gave, newest first.',
      params: gifterParams,
      query: pageQuery,
      ask: (given) => ({ kind: 'gifter', ...given }),
      answers: schemas.pastGifterSessions,
      body: (answer) => answer,
    }),
  ];
}

const contentTypes: Readonly<Record<ExportRequest['format'], string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  ndjson: 'application/x-ndjson; charset=utf-8',
  json: 'application/json; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

function exportRoute(history: HistorySource | null): ApiRoute {
  return {
    path: '/v1/rooms/{room}/exports/{table}',
    summary:
      'A table as a file, made while it is read. `meks-rows-expected` says how many rows it will have, as far as that is known; what is cut off did not end well.',
    params: schemas.exportParams,
    query: schemas.exportQuery,
    answers: 'file',
    errors: [...errors, 'MEKS_REQUEST_INVALID'],
    handle: async (request, reply) => {
      if (history === null) throw off();
      const { table, format, plain = false, ...options } = input(request, schemas.exportParams, schemas.exportQuery);
      const subject = exportSubject(table, options);
      const stream = await history.export({ subject, format, forSpreadsheets: !plain });
      if (stream === 'busy') throw busy('exports');
      if (stream === 'unavailable') throw unavailable();
      if (stream === 'unknown') throw unknown(subject);
      sendHead(reply, exportFileName(table, options, format), contentTypes[format], stream.expected);
      if (request.method !== 'HEAD') return reply.send(stream);
      stream.destroy();
      return reply.send('');
    },
  };
}

function sendHead(reply: FastifyReply, fileName: string, contentType: string, expected: number): void {
  reply.headers({
    'content-type': contentType,
    'content-disposition': `attachment; filename="${fileName}"`,
    'meks-rows-expected': String(expected),
  });
}

/** The answer, or the error that keeps it away. */
function known<Kind extends HistoryQuery['kind']>(
  result: QueryResult<HistoryAnswers[Kind]>,
  query: HistoryQuery,
): Answer<Kind> {
  if (result.kind === 'busy') throw busy('questions');
  if (result.kind === 'unavailable') throw unavailable();
  if (result.kind === 'timed-out')
    throw new MeksError('MEKS_HISTORY_LATE', 'this took longer than it may: ask for a shorter range or fewer rows');
  if (result.value === null) throw unknown(query);
  return result.value;
}

function off(): MeksError {
  return new MeksError('MEKS_HISTORY_OFF', 'this broker keeps no logs, and so no history: start it with --data FOLDER');
}

function busy(what: string): MeksError {
  const message = `as many ${what} as the history takes at once are under way: come back when one has ended`;
  return new MeksError('MEKS_HISTORY_BUSY', message);
}

function unavailable(): MeksError {
  const message = 'the history is being made ready: come back in a moment. Dashboards are not affected';
  return new MeksError('MEKS_HISTORY_UNAVAILABLE', message);
}

/** Names what was asked for, so that whoever mistyped sees it. */
function unknown(asked: object): MeksError {
  const names = ['room', 'session', 'battle', 'side', 'user'] as const;
  const values = asked as Readonly<Partial<Record<(typeof names)[number], unknown>>>;
  const named = names.flatMap((name) =>
    values[name] === undefined ? [] : [`${name} ${JSON.stringify(values[name]).slice(0, 60)}`],
  );
  const message = `the history knows no ${named.join(', ')}: GET /v1/rooms/{room}/sessions lists what there is`;
  return new MeksError('MEKS_HISTORY_UNKNOWN', message);
}
