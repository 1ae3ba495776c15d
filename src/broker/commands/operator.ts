import type { Wanted } from '../../operator/operator.ts';
import type { OperatorAnswer } from '../../protocol/operator.ts';
import type { CommandHandlers } from '../commands.ts';
import type { Room } from '../room.ts';
import { type CorrectedRooms, logged } from './ledger.ts';
import { roomOf } from './rooms.ts';

// What operators share: from what one of them asks for to an event in the log.

export function operatorCommands(
  broker: CorrectedRooms,
  now: () => number,
): Pick<CommandHandlers, 'operator.set' | 'operator.undo' | 'operator.notes'> {
  return {
    'operator.set': async ({ input: { room: name, request } }) => {
      const room = roomOf(broker, name);
      const { view } = room.ranking;
      const session = room.ranking.board({ kind: 'session' });
      const context = {
        view,
        userOf: (id: string) => room.ranking.userOf(id),
        diamondsOf: (id: string) => session?.standingOf(id)?.diamonds ?? 0,
      };
      return await carriedOut(room, request.id, room.operator.wish(request, now(), context));
    },
    'operator.undo': async ({ input: { room: name, request } }) => {
      const room = roomOf(broker, name);
      return await carriedOut(room, request.id, room.operator.undo(request, now(), room.ranking.view));
    },
    'operator.notes': ({ input: { room: name, user, offset, limit } }) => {
      const { operator } = roomOf(broker, name);
      const one = user === '' ? null : operator.note(user);
      const notes = user === '' ? operator.notes() : one === null ? [] : [one];
      return { notes: notes.slice(offset, offset + limit), total: notes.length };
    },
  };
}

async function carriedOut(room: Room, id: string, wanted: Wanted): Promise<OperatorAnswer> {
  const seq = wanted.kind === 'again' ? wanted.seq : room.act(wanted.event);
  await logged(room);
  return { id, seq, again: wanted.kind === 'again' };
}
