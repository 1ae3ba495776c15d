import type { BattleState } from './battle-state.ts';
import type { EventFrame, SourceState } from './frames.ts';
import type { CorrectionEvent, GiftEvent, MeksEvent, RankEvent, Standing, ViewersEvent } from './events.ts';

// The visible state of a room, and the one function that moves it. The broker keeps a RoomView and sends it as the
// snapshot; clients apply the same events with the same code: a dashboard equals the broker at every position by
// construction. Bounded: 100 standings, 10 per battle side, 20 recent gifts; what falls out is in the broker and the log.

export const boardRowsMax = 100;
export const sideRowsMax = 10;
export const recentGiftsMax = 20;

export interface RoomView {
  readonly room: { readonly id: string; readonly handle: string };
  session: {
    /** Position at which this session's counts began. */
    startSeq: number;
    /** Unix ms; 0 = no event yet. */
    startAt: number;
    status: 'unknown' | 'live' | 'paused' | 'ended' | 'suspended';
    diamonds: number;
    /** Gifts counted (a streak of 5 is 5). */
    gifts: number;
    gifters: number;
    likes: number;
    follows: number;
    shares: number;
    viewers: number;
    viewersTotal: number;
  };
  /** First rows of the session board: diamonds falling; among equals the one who got there first. */
  board: Standing[];
  battle: BattleState | null;
  /** First rows of each battle side's board, by the index of the side. */
  battleBoards: Standing[][];
  /** Newest last. */
  recentGifts: EventFrame[];
  /** Upstream's lists in which the room has a place, by list name. */
  ranks: Record<string, { rank: number; score: number | null; at: number }>;
  topViewers: ViewersEvent['top'];
  goal: { text: string; value: number; target: number } | null;
  /** Interruptions of this session: what may be missing. */
  gaps: { count: number; lengthMs: number; missed: number };
  source: SourceState;
}

/** The view of a room of which nothing is known yet. */
export function emptyRoomView(room: { id: string; handle: string }): RoomView {
  return {
    room,
    session: {
      startSeq: 0,
      startAt: 0,
      status: 'unknown',
      diamonds: 0,
      gifts: 0,
      gifters: 0,
      likes: 0,
      follows: 0,
      shares: 0,
      viewers: 0,
      viewersTotal: 0,
    },
    board: [],
    battle: null,
    battleBoards: [],
    recentGifts: [],
    ranks: {},
    topViewers: [],
    goal: null,
    gaps: { count: 0, lengthMs: 0, missed: 0 },
    source: 'connecting',
  };
}

/** Moves `view` by one event. `seq` is the event's number. Mutates: one owner per view. */
export function applyEvent(view: RoomView, seq: number, event: MeksEvent): void {
  const session = view.session;
  if (session.startAt === 0) session.startAt = event.at;
  switch (event.kind) {
    case 'gift':
      applyGift(view, seq, event);
      break;
    case 'battle':
      applyBattle(view, event.state);
      break;
    case 'score':
      applyBattle(view, event.state);
      break;
    case 'like':
      if (event.total > session.likes) session.likes = event.total;
      break;
    case 'viewers':
      session.viewers = event.current;
      if (event.total > session.viewersTotal) session.viewersTotal = event.total;
      view.topViewers = event.top;
      break;
    case 'rank':
      applyRank(view, event);
      break;
    case 'follow':
      session.follows++;
      break;
    case 'share':
      session.shares++;
      break;
    case 'room':
      if (event.topic === 'goal') view.goal = { text: event.text, value: event.value, target: event.target };
      else if (event.topic === 'live' || event.topic === 'resumed') session.status = 'live';
      else if (event.topic === 'paused' || event.topic === 'ended' || event.topic === 'suspended')
        session.status = event.topic;
      break;
    case 'correction':
      applyCorrection(view, event);
      break;
    case 'gap':
      view.gaps.count++;
      view.gaps.lengthMs += event.lengthMs;
      view.gaps.missed += event.missed;
      break;
    case 'join':
    case 'chat':
      break;
  }
}

function applyGift(view: RoomView, seq: number, event: GiftEvent): void {
  if (event.count === 0) return;
  const session = view.session;
  session.diamonds += event.diamonds;
  session.gifts += event.count;
  if (event.standing !== null) {
    session.gifters = event.standing.gifters;
    placeStanding(view.board, { user: event.user, diamonds: event.standing.diamonds, seq }, boardRowsMax);
  }
  const part = event.battle;
  if (part !== null && view.battle !== null && view.battle.battleId === part.battleId) {
    const side = view.battle.sides[part.side];
    if (side !== undefined) side.diamonds = part.sideDiamonds;
    const board = view.battleBoards[part.side];
    if (board !== undefined) placeStanding(board, { user: event.user, diamonds: part.diamonds, seq }, sideRowsMax);
  }
  view.recentGifts.push(Object.assign({ seq }, event) as EventFrame);
  if (view.recentGifts.length > recentGiftsMax) view.recentGifts.shift();
}

function applyBattle(view: RoomView, state: BattleState | null): void {
  if (state === null) return;
  if (view.battle === null || view.battle.battleId !== state.battleId) view.battleBoards = [];
  view.battle = structuredCopy(state);
  while (view.battleBoards.length < state.sides.length) view.battleBoards.push([]);
}

/** The view writes to its copy (side diamonds), the event must stay as it was published. */
function structuredCopy(state: BattleState): BattleState {
  return { ...state, sides: state.sides.map((side) => ({ ...side })), items: state.items.slice() };
}

function applyRank(view: RoomView, event: RankEvent): void {
  if (event.userId !== '') return;
  view.ranks[event.list] = { rank: event.rank, score: event.score, at: event.at };
}

function applyCorrection(view: RoomView, event: CorrectionEvent): void {
  view.session.diamonds = event.sessionDiamonds;
  if (event.board !== null) view.board = event.board.slice(0, boardRowsMax);
}

/** True when `a` stands above `b`: more diamonds, or the same reached earlier. The one order of all boards. */
export function standsAbove(a: { diamonds: number; seq: number }, b: { diamonds: number; seq: number }): boolean {
  return a.diamonds > b.diamonds || (a.diamonds === b.diamonds && a.seq < b.seq);
}

/** Puts `row` in its place in `board`, replacing the gifter's former row; keeps the first `rowsMax`. */
export function placeStanding(board: Standing[], row: Standing, rowsMax: number): void {
  let at = 0;
  while (at < board.length && board[at]!.user.id !== row.user.id) at++;
  if (at === board.length) {
    if (at === rowsMax && !standsAbove(row, board[at - 1]!)) return;
    if (at === rowsMax) at--;
    else board.push(row);
  }
  while (at > 0 && standsAbove(row, board[at - 1]!)) {
    board[at] = board[at - 1]!;
    at--;
  }
  while (at + 1 < board.length && standsAbove(board[at + 1]!, row)) {
    board[at] = board[at + 1]!;
    at++;
  }
  board[at] = row;
}
