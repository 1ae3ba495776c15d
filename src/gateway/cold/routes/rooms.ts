import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { roomDescription, roomList, roomParams } from '../schemas/answers.ts';
import { snapshotFrame } from '../schemas/frames.ts';
import { roomAdded, roomDefinition, roomRemoved } from '../schemas/rooms.ts';
import { known, roomName, unknownRoom } from './room-name.ts';

// The rooms: which there are, what each is like, and how one comes and goes while the broker runs.

export function roomRoutes(hot: HotLink): ApiRoute[] {
  const room = async (request: FastifyRequest): Promise<z.infer<typeof roomDescription>> => {
    const name = roomName(request);
    const answer = await hot.ask({ kind: 'room', room: name });
    if (answer.kind === 'unknown-room') throw unknownRoom(name);
    return answer.room;
  };
  return [
    {
      path: '/v1/rooms',
      summary: 'All rooms.',
      params: null,
      answers: roomList,
      errors: ['MEKS_ANSWER_LATE'],
      handle: async () => ({ rooms: known(await hot.ask({ kind: 'rooms' })).rooms }),
    },
    {
      method: 'POST',
      path: '/v1/rooms',
      summary:
        'Adds a room while the broker runs; kept over restarts where there is a data folder. An id that is taken is refused.',
      params: null,
      body: roomDefinition,
      answers: roomAdded,
      errors: ['MEKS_CONFIG_INVALID', 'MEKS_ANSWER_LATE'],
      handle: async ({ body }, reply) => {
        const added = await hot.run({ name: 'rooms.add', input: body as z.infer<typeof roomDefinition> });
        reply.code(201);
        return added;
      },
    },
    {
      method: 'DELETE',
      path: '/v1/rooms/{room}',
      summary: 'Lets go of a room: its dashboards are told not to come back. Its log stays on the disk.',
      params: roomParams,
      answers: roomRemoved,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => await hot.run({ name: 'rooms.remove', input: { room: roomName(request) } }),
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
      summary:
        'The visible state of a room, as the first frame of a stream has it. Its ETag is the position and how the source is doing.',
      params: roomParams,
      answers: snapshotFrame,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request, reply) => await sendSnapshot(hot, request, reply),
    },
  ];
}

async function sendSnapshot(hot: HotLink, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const room = roomName(request);
  const answer = await hot.ask({ kind: 'snapshot', room });
  if (answer.kind === 'unknown-room') throw unknownRoom(room);
  const { epoch, seq, source } = answer.room;
  // The view says how the source is doing, which moves without an event.
  const etag = `"${epoch}:${seq}:${source}"`;
  reply.headers({ etag, 'cache-control': 'no-cache' });
  if (request.headers['if-none-match'] === etag) {
    return reply.code(304).send();
  }
  reply.header('content-type', 'application/json; charset=utf-8');
  return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.length);
}
