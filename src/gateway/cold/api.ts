import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { MeksError } from '../../protocol/errors.ts';
import type { HotLink } from './hot-link.ts';
import { health, readiness, roomDescription, roomList, roomParams } from './schemas/answers.ts';
import { snapshotFrame } from './schemas/frames.ts';

// The REST routes, each with what the documents say of it: routes are registered and documents are written from the
// same list, and the schemas in it are those that validate.

/** What /metrics shows. Implemented by telemetry. */
export interface MetricsSource {
  readonly metricsContentType: string;
  renderMetrics(): string;
}

export interface ApiRoute {
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject | null;
  /** What it answers when all is well: JSON of this schema, or text. */
  readonly answers: z.ZodType | 'text';
  /** Codes of errors that this route has beside those that every route has. */
  readonly errors: readonly string[];
  /** Gives the body; headers are set on `reply`. */
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** Address of a route in fastify's words: `{room}` is `:room` there. */
export function fastifyPath(route: ApiRoute): string {
  return route.path.replaceAll(/\{(\w+)\}/g, ':$1');
}

export function apiRoutes(hot: HotLink, metrics: MetricsSource): ApiRoute[] {
  const room = async (request: FastifyRequest): Promise<z.infer<typeof roomDescription>> => {
    const name = roomName(request);
    const answer = await hot.ask({ kind: 'room', room: name });
    if (answer.kind === 'unknown-room') throw unknownRoom(name);
    return answer.room;
  };
  return [
    {
      path: '/healthz',
      summary: 'Whether the process runs. Says nothing of its rooms.',
      params: null,
      answers: health,
      errors: [],
      handle: async () => ({ status: 'ok' }),
    },
    {
      path: '/readyz',
      summary: 'Whether it is ready for dashboards: the hot thread answers, and the start is over. 503 until then.',
      params: null,
      answers: readiness,
      errors: ['MEKS_ANSWER_LATE'],
      handle: async (_request, reply) => {
        const { ready, rooms } = known(await hot.ask({ kind: 'health' }));
        if (!ready) reply.code(503);
        return { status: ready ? 'ready' : 'starting', rooms };
      },
    },
    {
      path: '/v1/rooms',
      summary: 'All rooms.',
      params: null,
      answers: roomList,
      errors: ['MEKS_ANSWER_LATE'],
      handle: async () => ({ rooms: known(await hot.ask({ kind: 'rooms' })).rooms }),
    },
    {
      path: '/v1/rooms/{room}',
      summary: 'One room.',
      params: roomParams,
      answers: roomDescription,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: room,
    },
    {
      path: '/v1/rooms/{room}/snapshot',
      summary: 'The visible state of a room, as the first frame of a stream has it. Its ETag is the position.',
      params: roomParams,
      answers: snapshotFrame,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request, reply) => await sendSnapshot(hot, request, reply),
    },
    {
      path: '/metrics',
      summary: 'Metrics in the Prometheus text format; docs/METRICS.md lists them.',
      params: null,
      answers: 'text',
      errors: [],
      handle: async (_request, reply) => {
        reply.header('content-type', metrics.metricsContentType);
        return metrics.renderMetrics();
      },
    },
  ];
}

/** Addresses of streams, asked for without an upgrade: a hint instead of a riddle. */
export function upgradeRequired(): never {
  throw new MeksError(
    'MEKS_UPGRADE_REQUIRED',
    'this address is for a WebSocket with the subprotocol meks.v1: see docs/PROTOCOL.md',
  );
}

async function sendSnapshot(hot: HotLink, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const room = roomName(request);
  const answer = await hot.ask({ kind: 'snapshot', room });
  if (answer.kind === 'unknown-room') throw unknownRoom(room);
  const etag = `"${answer.room.epoch}:${answer.room.seq}"`;
  reply.headers({ etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) {
    return reply.code(304).send();
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.length);
}

/** Fastify has validated the parameters by the route's own schema (app.ts). */
function roomName(request: FastifyRequest): string {
  return (request.params as z.infer<typeof roomParams>).room;
}

/** For questions that name no room: the answer is in kind. */
function known<Answer extends { readonly kind: string }>(
  answer: Answer,
): Exclude<Answer, { readonly kind: 'unknown-room' }> {
  return answer as Exclude<Answer, { readonly kind: 'unknown-room' }>;
}

function unknownRoom(room: string): MeksError {
  const name = JSON.stringify(room.slice(0, 80));
  return new MeksError('MEKS_ROOM_UNKNOWN', `no room ${name}: GET /v1/rooms lists those that there are`);
}
