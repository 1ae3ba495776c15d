import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import { correctionAnswer, correctionRequest, ledgerList, undoRequest } from '../schemas/corrections.ts';
import { roomName } from './room-name.ts';

// The ledger: corrections, and taking them back. Each is an event in the stream of its room.

const correctionParams = roomParams.extend({
  correction: z.string().min(1).max(200).describe('Id of the correction'),
});

const corrections = '/v1/rooms/{room}/corrections';
const refusals = ['MEKS_ROOM_UNKNOWN', 'MEKS_CORRECTION_EMPTY', 'MEKS_ANSWER_LATE'] as const;

export function ledgerRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      path: corrections,
      summary: 'The newest corrections, the newest first: who, what, why, when, and whether it was undone.',
      params: roomParams,
      answers: ledgerList,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => await hot.run({ name: 'corrections.list', input: { room: roomName(request) } }),
    },
    {
      method: 'POST',
      path: corrections,
      summary: 'Corrects what was counted. Answered when its event is in the log; the same id again changes nothing.',
      params: roomParams,
      body: correctionRequest,
      answers: correctionAnswer,
      errors: [...refusals, 'MEKS_GIFTER_UNKNOWN', 'MEKS_GIFT_UNKNOWN', 'MEKS_BATTLE_UNKNOWN'],
      handle: async (request) => {
        const asked = request.body as z.infer<typeof correctionRequest>;
        return await hot.run({ name: 'corrections.make', input: { room: roomName(request), request: asked } });
      },
    },
    {
      method: 'POST',
      path: `${corrections}/{correction}/undo`,
      summary: 'Takes a correction back, by a correction that names it. Once; an undo cannot be undone.',
      params: correctionParams,
      body: undoRequest,
      answers: correctionAnswer,
      errors: [...refusals, 'MEKS_CORRECTION_UNKNOWN', 'MEKS_CORRECTION_UNDONE', 'MEKS_CORRECTION_CLOSED'],
      handle: async (request) => {
        const asked = request.body as z.infer<typeof undoRequest>;
        const undo = { ...asked, action: 'undo', undoes: correctionId(request) } as const;
        return await hot.run({ name: 'corrections.make', input: { room: roomName(request), request: undo } });
      },
    },
  ];
}

/** Fastify has validated the parameters by the route's own schema (app.ts). */
function correctionId(request: FastifyRequest): string {
  return (request.params as z.infer<typeof correctionParams>).correction;
}
