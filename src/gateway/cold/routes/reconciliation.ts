import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import { roomReconciliation } from '../schemas/reconciliation.ts';
import { roomName, unknownRoom } from './room-name.ts';

// Whether the board can be trusted: what was counted, beside what upstream says.

export function reconciliationRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      path: '/v1/rooms/{room}/reconciliation',
      summary: "How far what was counted is from upstream's totals, in all, per host and per gifter, by cause.",
      params: roomParams,
      answers: roomReconciliation,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        const room = roomName(request);
        const answer = await hot.ask({ kind: 'reconciliation', room });
        if (answer.kind === 'unknown-room') throw unknownRoom(room);
        return answer.reconciliation;
      },
    },
  ];
}
