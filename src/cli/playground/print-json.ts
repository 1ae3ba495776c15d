import type { Printer, WriteLine } from './printer.ts';
import type { Published } from './room-run.ts';

// One JSON object a line: events as dashboards receive them (with `roomId`), a board for each room that has one, and
// the summary as the last line. With `explain`, each event's origin, and every message that gave no event.

export function jsonPrinter(write: WriteLine, explain: boolean): Printer {
  const writeEvents = (roomId: string, published: readonly Published[]): void => {
    for (const { seq, event } of published) write(JSON.stringify({ seq, roomId, ...event }));
  };
  return {
    outcome: ({ place, method, msgId, result, notes, published, fanTicket }) => {
      writeEvents(place.room, published);
      if (!explain) return;
      const seqs = published.map(({ seq }) => seq);
      write(JSON.stringify({ kind: 'message', ...place, method, msgId, result, notes, seqs, fanTicket }));
    },
    settled: writeEvents,
    end: (rooms, summary) => {
      for (const { id, view } of rooms) {
        const { board, battle, battleBoards, session } = view;
        if (board.length === 0 && battle === null) continue;
        const { diamonds, gifters } = session;
        write(JSON.stringify({ kind: 'board', roomId: id, diamonds, gifters, rows: board, battle, battleBoards }));
      }
      write(JSON.stringify(summary));
    },
  };
}
