import type { BoardLink } from '../client/board-client.ts';
import type { ClientEnvironment } from '../client/environment.ts';
import type { BoardScope } from '../../src/protocol/board-scope.ts';
import type { Standing, User } from '../../src/protocol/events.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import type { BattleFace } from '../views/battle-face.ts';
import { BoardTable } from '../views/board-table.ts';
import { BoardView, type BoardFace } from '../views/board-view.ts';
import { counted } from '../views/format.ts';
import { ScopedBoard } from './scoped-board.ts';

// The board on screen: which one it is, its rows, and what stands there while they have not come. Rows are always those
// of the board whose name is pressed: another one's under that name would be a wrong number that nobody can see.

/** Which board is shown: the session's, one of a time, or that of a battle side by its index. */
export type Scope = 'session' | TimeScope | 0 | 1;
type TimeScope = keyof typeof timeScopes;

/** Boards of a time: what the broker calls them. */
const timeScopes = {
  minutes: { kind: 'window', minutes: 5 },
  hour: { kind: 'window', minutes: 60 },
  day: { kind: 'day' },
} as const satisfies Record<string, BoardScope>;

const timeNames: Readonly<Record<TimeScope, string>> = {
  minutes: 'Last 5 minutes',
  hour: 'Last hour',
  day: 'Today',
};

/** What the panel needs to know of this moment. */
export interface BoardMoment extends Pick<BoardFace, 'gain' | 'side' | 'mark' | 'selected'> {
  readonly scope: Scope;
  /** null = nothing has come yet. */
  readonly view: RoomView | null;
  readonly battle: BattleFace;
}

export class BoardPanel {
  readonly #scoped: ScopedBoard;
  readonly #redraw: () => void;
  readonly #choose: (user: User | undefined) => void;
  readonly #say: (sentence: string) => void;
  #parts: { readonly view: BoardView; readonly table: BoardTable } | null = null;
  #rows: readonly Standing[] = [];
  /** Name of the board that was on its way when drawn last; '' = none. */
  #awaited = '';

  constructor(options: {
    readonly roomUrl: string;
    readonly environment: ClientEnvironment;
    /** Called when there is something new to draw. */
    readonly redraw: () => void;
    /** Somebody on it was chosen. */
    readonly choose: (user: User | undefined) => void;
    readonly say: (sentence: string) => void;
  }) {
    this.#redraw = options.redraw;
    this.#choose = options.choose;
    this.#say = options.say;
    this.#scoped = new ScopedBoard(options.roomUrl, options.environment, options.redraw);
  }

  show(root: HTMLElement): void {
    this.#parts = {
      table: new BoardTable(root, (index) => this.#choose(this.#rows[index]?.user)),
      view: new BoardView(root, this.#redraw, (userId) =>
        this.#choose(this.#rows.find(({ user }) => user.id === userId)?.user),
      ),
    };
  }

  /** Another board is wanted. */
  follow(scope: Scope): void {
    this.#scoped.follow(isTime(scope) ? timeScopes[scope] : null);
  }

  close(): void {
    this.#scoped.follow(null);
  }

  /** The rows that were drawn last. */
  get rows(): readonly Standing[] {
    return this.#rows;
  }

  /** Why the board on screen is not what is; '' = it is, or the whole page says so. */
  get note(): string {
    const { rows, link, reason } = this.#scoped;
    if (rows === null || link === null || link === 'live') return '';
    return `This board is old${reason === '' ? '' : `: ${reason}`}. ${again(link)}`;
  }

  /** Scrolls so that this row is in sight. */
  reveal(index: number): void {
    this.#parts?.view.reveal(index);
  }

  draw(moment: BoardMoment, nowMs: number, animated: boolean): void {
    if (this.#parts === null) return;
    const { scope, gain, side, mark, selected } = moment;
    const rows = this.#standings(moment);
    this.#rows = rows ?? [];
    const loading = rows === null && this.#scoped.link !== 'refused';
    const name = isTime(scope) ? timeNames[scope] : '';
    this.#sayArrival(rows, name);
    const face = { standings: this.#rows, loading, empty: this.#empty(moment), isOld: this.note !== '' };
    this.#parts.view.draw({ ...face, gain, side, mark, selected }, animated);
    const caption = `Leaderboard${name === '' ? '' : `: ${name}`}${rows === null ? ' (not known yet)' : ''}`;
    this.#parts.table.draw(this.#rows, nowMs, caption);
  }

  /** null = they are on their way. */
  #standings({ scope, view, battle }: BoardMoment): readonly Standing[] | null {
    if (isTime(scope)) return this.#scoped.rows;
    if (view === null || scope === 'session') return view?.board ?? [];
    const id = battle.sides[scope]?.id;
    const index = view.battle?.sides.findIndex((side) => side.id === id) ?? -1;
    return view.battleBoards[index] ?? [];
  }

  /** What stands where there are no rows. */
  #empty({ scope, view }: BoardMoment): string {
    const { rows, link, reason } = this.#scoped;
    if (isTime(scope) && rows === null) {
      if (link === 'connecting' || link === null) return `${timeNames[scope]}: on its way.`;
      return `This board does not come${reason === '' ? '' : `: ${reason}`}. ${again(link)}`;
    }
    return view === null
      ? 'Nothing is known of this board yet.'
      : 'No gifts counted yet. The first one will stand here.';
  }

  /** Whoever does not see the rows come hears that they did. */
  #sayArrival(rows: readonly Standing[] | null, name: string): void {
    if (rows !== null && this.#awaited !== '' && this.#awaited === name)
      this.#say(`${name}: ${counted(rows.length, 'gifter')}.`);
    this.#awaited = rows === null ? name : '';
  }
}

function again(link: BoardLink): string {
  if (link === 'stale') return 'It is waited for.';
  return link === 'refused' ? 'The broker does not give it.' : 'It is asked for again.';
}

function isTime(scope: Scope): scope is TimeScope {
  return typeof scope === 'string' && scope !== 'session';
}
