import { MeksError } from '../../protocol/errors.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Room } from '../room.ts';
import type { RoomPlan } from '../room-plan.ts';

// Commands about which rooms there are.

/** What these commands need of the broker. */
export interface RoomKeeper {
  find(idOrHandle: string): Room | null;
  readonly plan: Pick<RoomPlan, 'add' | 'remove'>;
}

export function roomCommands(broker: RoomKeeper): Pick<CommandHandlers, 'rooms.add' | 'rooms.remove'> {
  return {
    'rooms.add': ({ input }) => broker.plan.add(input),
    'rooms.remove': async ({ input }) => {
      const { id } = roomOf(broker, input.room);
      await broker.plan.remove(id);
      return { id };
    },
  };
}

/** The room of this id or handle. Throws MeksError MEKS_ROOM_UNKNOWN. */
export function roomOf<Found>(broker: { find(idOrHandle: string): Found | null }, idOrHandle: string): Found {
  const room = broker.find(idOrHandle);
  if (room !== null) return room;
  const name = JSON.stringify(idOrHandle.slice(0, 80));
  throw new MeksError('MEKS_ROOM_UNKNOWN', `no room ${name}: GET /v1/rooms lists those that there are`);
}
