import type { BoardDeltaFrame, BoardFrame, BoardServerFrame } from '../../src/protocol/board-frames.ts';
import { type BoardRequest, formatBoardScope } from '../../src/protocol/board-scope.ts';
import { applyBoardDelta, type BoardView } from '../../src/protocol/board-view.ts';
import { retryMsOf, shouldReconnect } from '../../src/protocol/close-codes.ts';
import type { Position } from '../../src/protocol/position.ts';
import { backoffMs } from './backoff.ts';
import { boardLanguage } from './board-frame-parser.ts';
import { Connection } from './connection.ts';
import { type ClientEnvironment, systemEnvironment } from './environment.ts';
import { hangUpCodes } from './link-machine.ts';
import { SleepWatch, sleptText } from './sleep-watch.ts';

// One board of a room without a screen: the visible part that was asked for, as the broker has it at `position`, over
// whatever happens to the connection. For overlays and lists that need a board and not every event. Owns one socket,
// one view, two timers. Bounded: the view is, and nothing is queued.

/** How the link is doing. Only `live` means: what you see is what is. */
export type BoardLink = 'connecting' | 'live' | 'stale' | 'down' | 'refused' | 'closed';

export interface BoardOptions extends Partial<Omit<BoardRequest, 'scope'>> {
  readonly scope: BoardRequest['scope'];
  /** Where the room is: `…/v1/rooms/<room>`, http(s) or ws(s). */
  readonly roomUrl: string;
  readonly environment?: ClientEnvironment;
}

/**
 * What happened: the board was replaced or changed (`changed`: ids of rows that are new or have a new total), or the
 * link.
 */
export type BoardChange =
  | { readonly kind: 'board' }
  | { readonly kind: 'delta'; readonly changed: readonly string[]; readonly conflated: number }
  | { readonly kind: 'link' };

const rowsDefault = 20;
const eachDefault = 3;
/** A connection that held this long starts the backoff afresh. */
const steadyMs = 5_000;

/** Follows one board from now on, until `close`. */
export function subscribeBoard(options: BoardOptions): BoardSubscription {
  const subscription = new BoardSubscription(options);
  subscription.open();
  return subscription;
}

export class BoardSubscription {
  readonly #url: string;
  readonly #environment: ClientEnvironment;
  readonly #listeners = new Set<(change: BoardChange) => void>();
  readonly #sleep: SleepWatch;
  #connection: Connection<BoardServerFrame> | null = null;
  #retryTimer: { cancel(): void } | null = null;
  #link: BoardLink = 'closed';
  #reason = '';
  #view: BoardView | null = null;
  #position: Position | null = null;
  #attempt = 0;
  /** Counts of this subscription's life. */
  readonly #counts = { boards: 0, deltas: 0, breaches: 0 };

  constructor(options: BoardOptions) {
    const { scope, rows = rowsDefault, around = '', each = eachDefault, roomUrl } = options;
    const query = new URLSearchParams({ rows: String(rows), ...(around === '' ? {} : { around, each: String(each) }) });
    this.#url = `${roomUrl}/boards/${formatBoardScope(scope)}/stream?${query}`;
    this.#environment = options.environment ?? systemEnvironment;
    this.#sleep = new SleepWatch(this.#environment.clock, () => this.#slept());
  }

  /** The board as of `position`, changed in place; null before the first one came. Read it, never write. */
  get view(): BoardView | null {
    return this.#view;
  }

  get position(): Position | null {
    return this.#position;
  }

  get status(): {
    readonly link: BoardLink;
    readonly reason: string;
    readonly boards: number;
    readonly deltas: number;
    readonly breaches: number;
  } {
    const { boards, deltas, breaches } = this.#counts;
    return { link: this.#link, reason: this.#reason, boards, deltas, breaches };
  }

  /** `listener` is called after each frame that changed the board, and when the link changed. */
  subscribe(listener: (change: BoardChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  open(): void {
    if (this.#link === 'closed' || this.#link === 'refused') this.#dial();
  }

  /** Ends the connection and stays away. What is shown stays as it was. */
  close(): void {
    this.#retryTimer?.cancel();
    this.#sleep.stop();
    this.#connection?.hangUp(hangUpCodes.done, 'done');
    this.#connection = null;
    this.#turn('closed', '');
  }

  #dial(): void {
    this.#sleep.start();
    this.#retryTimer = null;
    const connection: Connection<BoardServerFrame> = new Connection(this.#environment, this.#url, boardLanguage, {
      frame: (frame) => this.#connection === connection && this.#receive(frame),
      malformed: (why) => this.#connection === connection && this.#breach(why),
      silent: (kind) => this.#connection === connection && this.#silent(kind),
      closed: (code, reason, upMs) => this.#connection === connection && this.#closed(code, reason, upMs),
    });
    this.#connection = connection;
    this.#turn('connecting', '');
    connection.open();
  }

  #receive(frame: BoardServerFrame): void {
    if (this.#sleep.look()) return;
    switch (frame.kind) {
      case 'hello':
        this.#connection?.expect(frame.heartbeatMs);
        break;
      case 'board':
        this.#board(frame);
        break;
      case 'board-delta':
        this.#delta(frame);
        break;
      case 'heartbeat':
        if (this.#link === 'stale') this.#turn('live', '');
        break;
      default:
        this.#reason = `${frame.message} (${frame.code})`;
    }
  }

  #board(frame: BoardFrame): void {
    const shown = this.#position;
    if (shown !== null && shown.epoch === frame.epoch && frame.seq < shown.seq) {
      this.#breach(`a board of ${frame.seq}, before ${shown.seq}`);
      return;
    }
    this.#view = frame.view;
    this.#position = { epoch: frame.epoch, seq: frame.seq };
    this.#counts.boards++;
    this.#turn('live', '');
    this.#tell({ kind: 'board' });
  }

  #delta(frame: BoardDeltaFrame): void {
    const shown = this.#position;
    if (this.#view === null || shown === null || frame.from !== shown.seq || this.#link === 'connecting') {
      this.#breach(`a change from ${frame.from} after ${shown?.seq ?? 'nothing'}`);
      return;
    }
    try {
      applyBoardDelta(this.#view, frame);
    } catch (error) {
      this.#breach(String(error));
      return;
    }
    this.#position = { epoch: shown.epoch, seq: frame.seq };
    this.#counts.deltas++;
    this.#turn('live', '');
    this.#tell({ kind: 'delta', changed: frame.rows.map((row) => row.id), conflated: frame.conflated });
  }

  #silent(kind: 'quiet' | 'dead'): void {
    if (kind === 'quiet') this.#turn('stale', 'nothing was heard for a while');
    else this.#hangUp('nothing was heard for too long');
  }

  /** What is known of the connection was known before the machine fell asleep: a new one begins with the board. */
  #slept(): void {
    this.#retryTimer?.cancel();
    this.#connection?.hangUp(hangUpCodes.slept, sleptText);
    this.#dial();
  }

  /** The broker broke the order: a bug somewhere. Everything anew, rather than show what nobody can vouch for. */
  #breach(why: string): void {
    this.#counts.breaches++;
    this.#position = null;
    this.#hangUp(why);
  }

  #hangUp(why: string): void {
    this.#connection?.hangUp(hangUpCodes.breach, why);
    this.#down(why, this.#attempt + 1);
  }

  #closed(code: number, reason: string, upMs: number): void {
    const why = this.#reason !== '' ? this.#reason : reason !== '' ? reason : `closed with code ${code}`;
    if (shouldReconnect(code)) {
      this.#down(why, upMs >= steadyMs ? 1 : this.#attempt + 1, retryMsOf(reason));
      return;
    }
    this.#connection = null;
    this.#sleep.stop();
    this.#turn('refused', why);
  }

  #down(why: string, attempt: number, toldRetryMs: number | null = null): void {
    const { clock, random } = this.#environment;
    this.#connection = null;
    this.#attempt = attempt;
    this.#retryTimer = clock.after(toldRetryMs ?? backoffMs(attempt, random.next()), () => this.#dial());
    this.#turn('down', why);
  }

  #turn(link: BoardLink, reason: string): void {
    const changed = link !== this.#link || reason !== this.#reason;
    this.#link = link;
    this.#reason = reason;
    if (changed) this.#tell({ kind: 'link' });
  }

  #tell(change: BoardChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
