// Which board of a room is meant, as types and as the text that addresses carry:
//
//   session   day   week   all-time   5m   1h   receiver   receiver-<userId>   side-<index>   side-<index>-<battleId>
//
// `receiver` alone is the room's host. `side-0` is the own side of the battle on display; with a battle's id it is that
// battle's, as long as the room has it: the one on display and the one before it.

/** The lengths of the windows of time that there are, in minutes. */
export const windowMinutes = [5, 60] as const;
export type WindowMinutes = (typeof windowMinutes)[number];

export type BoardScope =
  | { readonly kind: 'session' | 'day' | 'week' | 'all-time' }
  /** What one host or guest received; '' = the room's host. */
  | { readonly kind: 'receiver'; readonly receiver: string }
  | { readonly kind: 'window'; readonly minutes: WindowMinutes }
  /** One side of a battle, by its index: of the one on display, or of the one with that id. */
  | { readonly kind: 'side'; readonly side: number; readonly battleId?: string };

/** A part of a board: its first rows, and those around one gifter. */
export interface BoardRequest {
  readonly scope: BoardScope;
  /** How many of the first rows. */
  readonly rows: number;
  /** Id of a user whose row and neighbours are wanted; '' = nobody's. */
  readonly around: string;
  /** How many neighbours above and below. */
  readonly each: number;
}

const plain: ReadonlySet<string> = new Set(['session', 'day', 'week', 'all-time']);
const windows: ReadonlyMap<string, WindowMinutes> = new Map([
  ['5m', 5],
  ['1h', 60],
]);
const receiverPattern = /^receiver(?:-([A-Za-z0-9_]{1,32}))?$/;
const sidePattern = /^side-(0|[1-9][0-9]?)(?:-([A-Za-z0-9_]{1,32}))?$/;

/** The scope that `text` names, or null when it names none. */
export function parseBoardScope(text: string): BoardScope | null {
  if (plain.has(text)) return { kind: text as 'session' | 'day' | 'week' | 'all-time' };
  const minutes = windows.get(text);
  if (minutes !== undefined) return { kind: 'window', minutes };
  const receiver = receiverPattern.exec(text);
  if (receiver !== null) return { kind: 'receiver', receiver: receiver[1] ?? '' };
  const side = sidePattern.exec(text);
  if (side === null) return null;
  const index = Number(side[1]);
  return side[2] === undefined ? { kind: 'side', side: index } : { kind: 'side', side: index, battleId: side[2] };
}

/** The text of a scope, as in addresses. */
export function formatBoardScope(scope: BoardScope): string {
  switch (scope.kind) {
    case 'window':
      return scope.minutes === 5 ? '5m' : '1h';
    case 'receiver':
      return scope.receiver === '' ? 'receiver' : `receiver-${scope.receiver}`;
    case 'side':
      return scope.battleId === undefined ? `side-${scope.side}` : `side-${scope.side}-${scope.battleId}`;
    default:
      return scope.kind;
  }
}
