import type { LedgerEntry } from '../../protocol/corrections.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Room } from '../room.ts';
import { roomOf } from './rooms.ts';

// Corrections: from what an operator asks for to an event in the log.

/** What these commands need of the broker. */
export interface CorrectedRooms {
  find(idOrHandle: string): Room | null;
}

export function ledgerCommands(
  broker: CorrectedRooms,
  now: () => number,
): Pick<CommandHandlers, 'corrections.make' | 'corrections.list'> {
  return {
    'corrections.make': async ({ input: { room: name, request } }) => {
      const room = roomOf(broker, name);
      const again = entryOf(room, request.id) !== undefined;
      if (!again) room.act(room.ranking.correctionOf(request, now()));
      await logged(room);
      return { correction: entryOf(room, request.id)!, again };
    },
    'corrections.list': ({ input }) => ({ corrections: roomOf(broker, input.room).ranking.ledger() }),
  };
}

function entryOf(room: Room, id: string): LedgerEntry | undefined {
  return room.ranking.ledger().find((entry) => entry.id === id);
}

/** Resolves when everything published until now is in the log. */
export function logged(room: Pick<Room, 'whenLogged'>): Promise<void> {
  return new Promise((resolve) => {
    room.whenLogged(resolve);
  });
}
