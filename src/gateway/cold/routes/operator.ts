import type * as z from 'zod';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import { noteList, notesQuery, operatorAnswer, operatorRequest, operatorUndoRequest } from '../schemas/operator.ts';
import { roomName } from './room-name.ts';

// What operators of a room share: pins, thanks, notes, mutes, goals, alert rules. Each change is an event in the
// stream.

const operator = '/v1/rooms/{room}/operator';

export function operatorRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      method: 'POST',
      path: operator,
      summary: 'Changes one thing that operators share. Answered when its event is in the log.',
      params: roomParams,
      body: operatorRequest,
      answers: operatorAnswer,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_OPERATOR_FULL', 'MEKS_OPERATOR_SAME', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        const asked = request.body as z.infer<typeof operatorRequest>;
        return await hot.run({ name: 'operator.set', input: { room: roomName(request), request: asked } });
      },
    },
    {
      method: 'POST',
      path: `${operator}/undo`,
      summary: 'Takes a change back, unless something else is there by now.',
      params: roomParams,
      body: operatorUndoRequest,
      answers: operatorAnswer,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_OPERATOR_UNKNOWN', 'MEKS_OPERATOR_CHANGED', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        const asked = request.body as z.infer<typeof operatorUndoRequest>;
        return await hot.run({ name: 'operator.undo', input: { room: roomName(request), request: asked } });
      },
    },
    {
      path: `${operator}/notes`,
      summary: 'Notes on everybody, in sight or not, the newest first; or the note on one person.',
      params: roomParams,
      query: notesQuery,
      answers: noteList,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        const asked = request.query as z.infer<typeof notesQuery>;
        return await hot.run({ name: 'operator.notes', input: { room: roomName(request), ...asked } });
      },
    },
  ];
}
