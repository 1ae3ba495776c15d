import { unreachable } from '../base/assert.ts';
import type { Answer, Question } from './bridge.ts';
import { admission } from './push-rooms.ts';
import type { GatewayRooms } from './rooms.ts';

/** Answers a question of the cold thread, in the turn in which it came. */
export function answerQuestion(rooms: GatewayRooms, ready: boolean, question: Question): Answer {
  switch (question.kind) {
    case 'health': {
      const all = rooms.list().map((room) => room.describe());
      const mismatched = all.filter(({ sumsAgree }) => !sumsAgree).map(({ id }) => id);
      const disks = all.map(({ id, disk }) => ({ room: id, ...disk }));
      return { kind: 'health', ready, rooms: all.length, mismatched, disks };
    }
    case 'rooms':
      return { kind: 'rooms', rooms: rooms.list().map((room) => room.describe()) };
    case 'room': {
      const room = rooms.find(question.room);
      return room === null ? { kind: 'unknown-room' } : { kind: 'room', room: room.describe() };
    }
    case 'snapshot': {
      const room = rooms.find(question.room);
      if (room === null) return { kind: 'unknown-room' };
      return { kind: 'snapshot', room: room.describe(), bytes: room.snapshotBytes() };
    }
    case 'battles':
      return { kind: 'battles', battles: rooms.battles() };
    case 'reconciliation': {
      const room = rooms.find(question.room);
      return room === null
        ? { kind: 'unknown-room' }
        : { kind: 'reconciliation', reconciliation: room.reconciliation() };
    }
    case 'board': {
      const room = rooms.find(question.room);
      return room === null ? { kind: 'unknown-room' } : { kind: 'board', bytes: room.boardBytes(question.board) };
    }
    case 'drift': {
      const room = rooms.find(question.room);
      return room === null ? { kind: 'unknown-room' } : { kind: 'drift', report: room.driftReport() };
    }
    case 'push': {
      const { kind } = admission(rooms, question.room, question.token);
      return kind === 'unknown-room' ? { kind } : { kind: 'push', admission: kind };
    }
    default:
      return unreachable(question);
  }
}
