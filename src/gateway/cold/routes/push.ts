import type { FastifyRequest } from 'fastify';
import { MeksError } from '../../../protocol/errors.ts';
import { limits } from '../../../protocol/limits.ts';
import { packMessages } from '../../../protocol/packed-messages.ts';
import type { PushItems } from '../../../protocol/push.ts';
import type { HotLink } from '../hot-link.ts';
import type { QuarantineSource } from '../quarantine-source.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import { pushed } from '../schemas/push.ts';
import { shownToken } from '../writers.ts';
import { roomName, unknownRoom } from './room-name.ts';

// Pushes over HTTP. They are read here, where reading a megabyte costs no dashboard a frame; the hot thread is given
// messages that are ready to be taken.

/** What reads a push: lines or an array, as text or as JSON that was parsed already. */
export type ReadPush = (body: unknown) => PushItems;

export function pushRoutes(hot: HotLink, readPush: ReadPush, setAside: Pick<QuarantineSource, 'settle'>): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/rooms/{room}/push',
      summary:
        "Events of another program: NDJSON or a JSON array, with the room's own push token. Answered when the log " +
        'has them; what is pushed again is told as duplicate. docs/PUSH.md.',
      params: roomParams,
      body: 'text',
      answers: pushed,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ROOM_NOT_PUSHED', 'MEKS_REQUEST_TOO_LARGE', 'MEKS_PUSH_BUSY'],
      guard: 'own',
      handle: async (request) => {
        const room = roomName(request);
        await admit(hot, request, room);
        const { messages, malformed, malformedCount } = readPush(request.body);
        const messagesMax = limits.pushPendingMessagesMax.value;
        if (messages.length > messagesMax)
          throw new MeksError(
            'MEKS_REQUEST_TOO_LARGE',
            `${messages.length} items in one push: send ${messagesMax} at most`,
          );
        const input = { room, messages: packMessages(messages), malformedCount };
        const account = await hot.run({ name: 'rooms.push', input });
        // What was set aside is in no log: it is kept here, and is answered for like the rest once it is.
        if (account.quarantined + account.unknown > 0) await setAside.settle();
        return { ...account, malformed, malformedCount };
      },
    },
  ];
}

/** Longer ones are none (pushTokenPattern). */
const tokenCharsMax = 201;

async function admit(hot: HotLink, request: FastifyRequest, room: string): Promise<void> {
  const answer = await hot.ask({ kind: 'push', room, token: shownToken(request).slice(0, tokenCharsMax) });
  if (answer.kind === 'unknown-room') throw unknownRoom(room);
  if (answer.admission === 'not-pushed')
    throw new MeksError(
      'MEKS_ROOM_NOT_PUSHED',
      `room ${room} takes its events from elsewhere: push to a room that was made with --push`,
    );
  if (answer.admission === 'refused')
    throw new MeksError('MEKS_UNAUTHORIZED', 'send the push token of this room: `Authorization: Bearer …`');
}
