import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { MeksError } from '../../../protocol/errors.ts';
import { limits } from '../../../protocol/limits.ts';
import { packMessages } from '../../../protocol/packed-messages.ts';
import type { QuarantineRetry } from '../../../protocol/quarantine.ts';
import type { HotLink } from '../hot-link.ts';
import type { QuarantineSource } from '../quarantine-source.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import {
  listQuery,
  messageParams,
  quarantinedInDetail,
  quarantineList,
  quarantineRetry,
  retryBody,
} from '../schemas/quarantine.ts';
import { roomName, unknownRoom } from './room-name.ts';

// Messages that could not be understood: listed, shown, exported as a recording, and run again after a fix.

export function quarantineRoutes(hot: HotLink, quarantine: QuarantineSource): ApiRoute[] {
  const errors = ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'];
  const idOf = async (request: FastifyRequest): Promise<string> => {
    const name = roomName(request);
    const answer = await hot.ask({ kind: 'room', room: name });
    if (answer.kind === 'unknown-room') throw unknownRoom(name);
    return answer.room.id;
  };
  return [
    {
      path: '/v1/rooms/{room}/quarantine',
      summary: 'Messages that could not be understood, newest first, and how many there are by reason.',
      params: roomParams,
      query: listQuery,
      answers: quarantineList,
      errors,
      handle: async (request) => {
        const { before = Number.MAX_SAFE_INTEGER, limit } = request.query as z.infer<typeof listQuery>;
        return await quarantine.list(await idOf(request), before, limit);
      },
    },
    {
      path: '/v1/rooms/{room}/quarantine/export',
      summary: 'All of them as a recording (NDJSON), for `meks replay` and `meks playground`.',
      params: roomParams,
      answers: 'file',
      errors,
      handle: async (request, reply) => {
        const room = await idOf(request);
        reply.headers({
          'content-type': 'application/x-ndjson; charset=utf-8',
          'content-disposition': `attachment; filename="quarantine-${room}.ndjson"`,
        });
        return Readable.from(quarantine.export(room), { objectMode: false });
      },
    },
    {
      path: '/v1/rooms/{room}/quarantine/{message}',
      summary: 'One message, decoded as far as possible by this version.',
      params: messageParams,
      answers: quarantinedInDetail,
      errors: [...errors, 'MEKS_MESSAGE_UNKNOWN'],
      handle: async (request) => {
        const { message } = request.params as z.infer<typeof messageParams>;
        const room = await idOf(request);
        const found = await quarantine.show(room, message);
        if (found !== null) return found;
        throw new MeksError(
          'MEKS_MESSAGE_UNKNOWN',
          `no message ${message} in the quarantine of ${room}: it may have made room for newer ones`,
        );
      },
    },
    {
      method: 'POST',
      path: '/v1/rooms/{room}/quarantine/retry',
      summary:
        'Runs messages again, after a fix: events that come of it are marked `late`, and answered when the log has them.',
      params: roomParams,
      body: retryBody,
      answers: quarantineRetry,
      errors: [...errors, 'MEKS_ROOM_BUSY'],
      handle: async (request) => {
        const { ids = null } = request.body as z.infer<typeof retryBody>;
        return await retry(hot, quarantine, await idOf(request), ids);
      },
    },
  ];
}

/** Some at a time, so that a LIVE that is under way does not notice. */
async function retry(
  hot: HotLink,
  quarantine: QuarantineSource,
  room: string,
  ids: readonly number[] | null,
): Promise<QuarantineRetry> {
  const sum = { tried: 0, understood: 0, duplicates: 0, past: 0, remaining: 0 };
  for (let after = 0; ;) {
    const some = await quarantine.messages(room, ids, after, limits.quarantineRetryMax.value);
    if (some.length === 0) return sum;
    after = some.at(-1)!.facts.id;
    const messages = packMessages(some.map(({ raw }) => raw));
    const { outcomes } = await hot.run({ name: 'quarantine.retry', input: { room, messages } });
    const done = some.filter((_message, index) => outcomes[index] === 'events' || outcomes[index] === 'duplicate');
    if (done.length > 0)
      await quarantine.resolve(
        room,
        done.map(({ facts }) => facts.id),
      );
    sum.tried += some.length;
    for (const outcome of outcomes) sum[placeOf[outcome]]++;
  }
}

const placeOf = {
  events: 'understood',
  duplicate: 'duplicates',
  ignored: 'past',
  quarantined: 'remaining',
  unknown: 'remaining',
} as const;
