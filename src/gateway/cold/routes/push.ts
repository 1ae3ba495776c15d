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
export type ReadPush = (body: unknown, key?: string) => PushItems;

export function pushRoutes(hot: HotLink, readPush: ReadPush, setAside: Pick<QuarantineSource, 'settle'>): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: '/v1/rooms/{room}/push',
      summary:
        "Events of another program: NDJSON or a JSON array, with the room's own push token. Answered when the log " +
        'has them; what is pushed again is told as duplicate, by its ids or the `Idempotency-Key`. docs/PUSH.md.',
      params: roomParams,
      body: 'text',
      answers: pushed,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ROOM_NOT_PUSHED', 'MEKS_REQUEST_TOO_LARGE', 'MEKS_PUSH_BUSY'],
      guard: 'own',
      handle: async (request) => {
        const room = roomName(request);
        await admit(hot, request, room);
        const { messages, malformed, malformedCount } = readPush(request.body, keyOf(request));
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

/** With an item's number behind it, it is an id as an item of its own might have. */
const keyPattern = /^"?([\w.~-]{1,56})"?$/;

/** '' = none was given. Throws MeksError MEKS_REQUEST_INVALID. */
function keyOf(request: FastifyRequest): string {
  const given = request.headers['idempotency-key'];
  if (given === undefined) return '';
  const key = keyPattern.exec(String(given))?.[1];
  if (key !== undefined) return key;
  const remedy = 'give 1 to 56 letters, digits, "-", "_", "." or "~", another for each push';
  throw new MeksError(
    'MEKS_REQUEST_INVALID',
    `Idempotency-Key ${JSON.stringify(String(given).slice(0, 80))}: ${remedy}`,
  );
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
