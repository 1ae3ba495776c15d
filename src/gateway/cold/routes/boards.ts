import type * as z from 'zod';
import { parseBoardScope } from '../../../protocol/board-scope.ts';
import { MeksError } from '../../../protocol/errors.ts';
import { boardScopes } from '../../board-address.ts';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { boardAnswer, boardParams, boardQuery } from '../schemas/boards.ts';
import { unknownRoom } from './room-name.ts';

// Boards as they are now: a page, and where somebody stands. What changes is told by subscriptions (docs/BOARDS.md).

export function boardRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      path: '/v1/rooms/{room}/boards/{scope}',
      summary: 'A page of a board, and the rank and neighbours of one gifter, at one position.',
      params: boardParams,
      query: boardQuery,
      answers: boardAnswer,
      errors: ['MEKS_BOARD_INVALID', 'MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request, reply) => {
        // Fastify has validated both by the schemas above.
        const params = request.params as z.infer<typeof boardParams>;
        const { rows, page, around, each } = request.query as z.infer<typeof boardQuery>;
        const scope = parseBoardScope(params.scope);
        if (scope === null) throw noBoard(params.scope);
        const board = { scope, page, pageRows: rows, around, each: around === '' ? 0 : each };
        const answer = await hot.ask({ kind: 'board', room: params.room, board });
        if (answer.kind === 'unknown-room') throw unknownRoom(params.room);
        reply.header('content-type', 'application/json; charset=utf-8');
        return Buffer.from(answer.bytes.buffer, answer.bytes.byteOffset, answer.bytes.length);
      },
    },
  ];
}

function noBoard(scope: string): MeksError {
  const name = JSON.stringify(scope.slice(0, 80));
  return new MeksError('MEKS_BOARD_INVALID', `${name} is no board: there are ${boardScopes}`);
}
