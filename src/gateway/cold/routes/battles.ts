import type * as z from 'zod';
import { MeksError } from '../../../protocol/errors.ts';
import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { battleDescription, battleList, battleParams } from '../schemas/battles.ts';
import { known } from './room-name.ts';

// Battles across rooms: the same battle seen from two rooms of this broker is one battle here.

export function battleRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      path: '/v1/battles',
      summary: 'Battles that rooms show, and those just before them, newest first. Older ones are in the history.',
      params: null,
      answers: battleList,
      errors: ['MEKS_ANSWER_LATE'],
      handle: async () => ({ battles: known(await hot.ask({ kind: 'battles' })).battles }),
    },
    {
      path: '/v1/battles/{battle}',
      summary: 'One battle: who counted what for which side, and the best gifters of each.',
      params: battleParams,
      answers: battleDescription,
      errors: ['MEKS_BATTLE_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        // Fastify has validated it by the schema above.
        const { battle: battleId } = request.params as z.infer<typeof battleParams>;
        const { battles } = known(await hot.ask({ kind: 'battles' }));
        const found = battles.find((battle) => battle.battleId === battleId);
        if (found !== undefined) return found;
        const name = JSON.stringify(battleId);
        throw new MeksError(
          'MEKS_BATTLE_UNKNOWN',
          `no room has battle ${name} now: GET /v1/battles lists those there are`,
        );
      },
    },
  ];
}
