import { MeksError } from '../../protocol/errors.ts';
import { unpackMessages } from '../../protocol/packed-messages.ts';
import type { RawMessage, RawOutcome, Receipt } from '../../protocol/raw.ts';
import type { CommandHandlers } from '../commands.ts';
import { roomOf } from './rooms.ts';

// Messages that are run again out of the quarantine. They go the way of every message, through the room's queue, and so
// take their turns between those of its LIVE.

/** What this command needs of a room. */
export interface RetryingRoom {
  readonly id: string;
  readonly ingest: {
    offer(message: RawMessage): boolean;
    whenLogged(run: () => void): void;
  };
}

/** What became of messages, in order. */
class Outcomes implements Receipt {
  readonly list: RawOutcome[] = [];

  note(outcome: RawOutcome): void {
    this.list.push(outcome);
  }
}

export function quarantineCommands(broker: {
  find(idOrHandle: string): RetryingRoom | null;
}): Pick<CommandHandlers, 'quarantine.retry'> {
  return {
    'quarantine.retry': async ({ input }) => {
      const { ingest, id } = roomOf(broker, input.room);
      const receipt = new Outcomes();
      for (const raw of unpackMessages(input.messages))
        if (!ingest.offer({ ...raw, late: true, receipt }))
          throw new MeksError('MEKS_ROOM_BUSY', `room ${id} is busy with its LIVE: try again in a moment`);
      await new Promise<void>((resolve) => ingest.whenLogged(resolve));
      return { outcomes: receipt.list };
    },
  };
}
