import type { PushFeed } from '../../feed/push.ts';
import { MeksError } from '../../protocol/errors.ts';
import { unpackMessages } from '../../protocol/packed-messages.ts';
import type { CommandHandlers } from '../commands.ts';
import { roomOf } from './rooms.ts';

// Pushes that came over HTTP and were read on the cold thread. Who may push was decided there, by the room's token.

/** What these commands need of the broker. */
export interface PushedRooms {
  find(idOrHandle: string): { readonly id: string; readonly pushed: Pick<PushFeed, 'take'> | null } | null;
}

export function pushCommands(broker: PushedRooms): Pick<CommandHandlers, 'rooms.push'> {
  return {
    'rooms.push': async ({ input }) => {
      const room = roomOf(broker, input.room);
      if (room.pushed === null)
        throw new MeksError('MEKS_ROOM_NOT_PUSHED', `room ${room.id} takes its events from elsewhere`);
      const { malformedCount } = input;
      const items = { messages: unpackMessages(input.messages), malformed: [], malformedCount };
      const answer = await room.pushed.take(items, false);
      if (answer.kind === 'busy')
        throw new MeksError('MEKS_PUSH_BUSY', 'too many pushed messages wait for the log: push this again in a moment');
      if (answer.kind === 'stopped')
        throw new MeksError('MEKS_PUSH_BUSY', `room ${room.id} is being stopped: push this again in a moment`);
      const { taken, understood, duplicates, ignored, quarantined, unknown } = answer;
      return { taken, understood, duplicates, ignored, quarantined, unknown };
    },
  };
}
