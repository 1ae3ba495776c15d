import type { RoomView } from '../../protocol/room-view.ts';
import type { Outcome, Published } from './room-run.ts';
import type { Summary } from './summary.ts';

/** How a run is shown: for people (print-text.ts) or for programs (print-json.ts). Called in the order of the run. */
export interface Printer {
  /** One raw message or hand-written event, with the events that it gave. */
  outcome(outcome: Outcome): void;
  /** Streaks that silence settled, in room `room`. */
  settled(room: string, published: readonly Published[]): void;
  /** The run is over: the rooms in order of appearance, and what it comes to. */
  end(rooms: readonly { readonly id: string; readonly view: RoomView }[], summary: Summary): void;
}

/** Takes one line, without its end. */
export type WriteLine = (line: string) => void;
