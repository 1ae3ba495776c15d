import type { HotLink } from '../hot-link.ts';
import type { ApiRoute } from '../route.ts';
import { roomParams } from '../schemas/answers.ts';
import { driftReport } from '../schemas/drift.ts';
import { roomName, unknownRoom } from './room-name.ts';

// Signs that upstream has changed, of a room that runs.

export function driftRoutes(hot: HotLink): ApiRoute[] {
  return [
    {
      path: '/v1/rooms/{room}/drift',
      summary: 'What shows that upstream has changed since this version was written, since the room was opened.',
      params: roomParams,
      answers: driftReport,
      errors: ['MEKS_ROOM_UNKNOWN', 'MEKS_ANSWER_LATE'],
      handle: async (request) => {
        const room = roomName(request);
        const answer = await hot.ask({ kind: 'drift', room });
        if (answer.kind === 'unknown-room') throw unknownRoom(room);
        return answer.report;
      },
    },
  ];
}
