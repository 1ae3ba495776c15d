import { basename } from 'node:path';
import type { EventKind } from '../../protocol/events.ts';
import type { RoomView } from '../../protocol/room-view.ts';
import type { Style } from '../terminal.ts';
import { counted, grouped, paint, printable } from '../terminal.ts';
import { describeBattleState, describeEvent, nameOf } from './describe.ts';
import type { Printer, WriteLine } from './printer.ts';
import type { Outcome, Published } from './room-run.ts';
import type { Summary } from './summary.ts';

// A run for people: a line per event in columns (number, UTC time of day, kind, words), a heading where the room
// changes, the boards at the end, then what it comes to.

const kindStyles: Readonly<Partial<Record<EventKind, Style>>> = {
  gift: 'green',
  battle: 'magenta',
  score: 'magenta',
  rank: 'cyan',
  correction: 'yellow',
  gap: 'red',
};

const boardRowsShown = 10;
const boardsShown = 20;

export class TextPrinter implements Printer {
  readonly #write: WriteLine;
  readonly #explain: boolean;
  readonly #stream: NodeJS.WriteStream;
  #room = '';

  /** `stream` is asked whether it shows colour. */
  constructor(write: WriteLine, explain: boolean, stream: NodeJS.WriteStream) {
    this.#write = write;
    this.#explain = explain;
    this.#stream = stream;
  }

  outcome(outcome: Outcome): void {
    this.#events(outcome.place.room, outcome.published);
    if (this.#explain) this.#origin(outcome);
  }

  settled(room: string, published: readonly Published[]): void {
    this.#events(room, published);
  }

  end(rooms: readonly { readonly id: string; readonly view: RoomView }[], summary: Summary): void {
    const boards = rooms.filter(({ view }) => view.board.length > 0);
    for (const { id, view } of boards.slice(0, boardsShown)) this.#board(id, view);
    if (boards.length > boardsShown)
      this.#write(this.#dim(`…and ${boards.length - boardsShown} more (--json has all)`));
    this.#summary(summary);
  }

  #events(room: string, published: readonly Published[]): void {
    if (published.length > 0) this.#heading(room);
    for (const { seq, event } of published) {
      const style = kindStyles[event.kind];
      const kind = event.kind.padEnd(10);
      const shown = style === undefined ? kind : paint(style, kind, this.#stream);
      this.#write(`${String(seq).padStart(6)}  ${this.#dim(timeOfDay(event.at))}  ${shown}  ${describeEvent(event)}`);
    }
  }

  #heading(room: string): void {
    if (room === this.#room) return;
    this.#room = room;
    this.#write('');
    this.#write(paint('bold', `room ${printable(room)}`, this.#stream));
  }

  /** Where it came from and what was noticed: below its events, or alone when it gave none. */
  #origin({ place, method, msgId, result, notes, fanTicket }: Outcome): void {
    this.#heading(place.room);
    const where = `${basename(place.file)}${place.line === 0 ? '' : `:${place.line}`}`;
    const what = method === '' ? 'written by hand' : `${printable(method)} ${msgId}`.trimEnd();
    const says = fanTicket === null ? '' : `, says ${grouped(fanTicket.told)} diamonds`;
    this.#write(this.#dim(`        ${where}  ${what}: ${result === 'events' ? 'understood' : result}${says}`));
    for (const note of notes) this.#write(paint('yellow', `        ${printable(note, 200)}`, this.#stream));
  }

  #board(id: string, view: RoomView): void {
    const { diamonds, gifters } = view.session;
    const total = `${counted(diamonds, 'diamond')} by ${counted(gifters, 'gifter')}`;
    this.#write('');
    this.#write(paint('bold', `board of ${printable(id)}: ${total}`, this.#stream));
    const rows = view.board.slice(0, boardRowsShown);
    const width = Math.max(...rows.map((row) => grouped(row.diamonds).length));
    for (const [index, row] of rows.entries()) {
      const name = printable(row.user.name, 30);
      const rank = String(index + 1).padStart(4);
      this.#write(`${rank}  ${grouped(row.diamonds).padStart(width)}  ${nameOf(row.user)}  ${this.#dim(name)}`);
    }
    if (view.battle !== null) this.#write(`      battle ${view.battle.phase}: ${describeBattleState(view.battle)}`);
  }

  #summary(summary: Summary): void {
    const { messages, understood, duplicates, ignored, quarantined, unknownMethods, malformedLines } = summary;
    const kinds = Object.entries(summary.events).filter(([, count]) => count > 0);
    const { agreed, disagreed, more } = summary.fanTicket;
    const parts = `${understood} understood, ${duplicates} duplicates, ${ignored} ignored`;
    this.#write('');
    this.#write(paint('bold', `${counted(messages, 'message')} in ${counted(summary.rooms, 'room')}`, this.#stream));
    this.#write(`  = ${parts}, ${quarantined} quarantined, ${unknownMethods} of unknown methods`);
    this.#write(`  events: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(', ') || 'none'}`);
    const telling = agreed + disagreed.length + more;
    const agree = telling === 0 ? '' : `; ${grouped(agreed)} of ${grouped(telling)} gifts that say their worth agree`;
    this.#write(`  ${counted(summary.diamonds, 'diamond')} given${agree}`);
    for (const { file, line, told, counted, cause } of disagreed)
      this.#write(
        `  ${basename(file)}:${line} says ${grouped(told)}, counted ${grouped(counted)}: ${printable(cause, 200)}`,
      );
    if (more > 0) this.#write(`  and ${grouped(more)} more that do not agree`);
    if (malformedLines > 0) this.#write(paint('red', `  ${counted(malformedLines, 'malformed line')}`, this.#stream));
  }

  #dim(text: string): string {
    return paint('dim', text, this.#stream);
  }
}

function timeOfDay(at: number): string {
  return at > 0 ? new Date(at).toISOString().slice(11, 19) : '--:--:--';
}
