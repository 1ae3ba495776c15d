import type { BattleState } from './battle-state.ts';
import type { Reconciliation } from './reconciliation.ts';
import type { EventFrame, SourceState } from './frames.ts';
import type { CorrectionEvent } from './corrections.ts';
import type { GiftEvent, MeksEvent, RankEvent, RoomEvent, Standing, ViewersEvent } from './events.ts';
import { applyOperator, emptyOperatorView, operatorAfterSession, type OperatorView } from './operator.ts';

// The visible state of a room, and the one function that moves it. The broker keeps a RoomView and sends it as the
// snapshot; clients apply the same events with the same code: a dashboard equals the broker at every position by
// construction. Bounded: 100 standings, 10 per battle side, 20 recent gifts, operators' lists by operatorLimits; what
// falls out is in the broker and the log.

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
    /** Upstream's id of the LIVE; '' = not told. */
    liveId: string;
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
  /** How far what was counted is from upstream's totals, as last told; null = not apart, or not known. */
  reconciliation: Reconciliation | null;
  source: SourceState;
  /** What operators share at their desks. */
  operator: OperatorView;
}

/** The view of a room of which nothing is known yet. */
export function emptyRoomView(room: { id: string; handle: string }): RoomView {
  return {
    room,
    session: {
      startSeq: 0,
      startAt: 0,
      liveId: '',
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
    reconciliation: null,
    source: 'connecting',
    operator: emptyOperatorView(),
  };
}

/** Moves `view` by one event. `seq` is the event's number. Mutates: one owner per view. */
export function applyEvent(view: RoomView, seq: number, event: MeksEvent): void {
  const session = view.session;
  // What operators do says nothing of when the LIVE began.
  if (session.startAt === 0 && event.kind !== 'operator') session.startAt = event.at;
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
      applyRoom(view, seq, event);
      break;
    case 'correction':
      applyCorrection(view, event);
      break;
    case 'operator':
      applyOperator(view, event);
      break;
    case 'gap':
      view.gaps.count++;
      view.gaps.lengthMs += event.lengthMs;
      view.gaps.missed += event.missed;
      // Gifts may be among what is missing: from here on this battle's diamonds are a part of the truth.
      if (view.battle !== null && isUnderWay(view.battle)) view.battle.complete = false;
      break;
    case 'join':
    case 'chat':
      break;
  }
}

/**
 * True when `event` begins a new session of a room whose view is `view`: upstream says that a LIVE has begun, and
 * either the one before had ended, or it names another LIVE than the one before. A reconnect to the same LIVE says
 * `live` as well and begins nothing; neither does a gap of any length, nor a gift that settles after the end.
 */
export function beginsSession(view: RoomView, event: MeksEvent): boolean {
  if (event.kind !== 'room' || event.topic !== 'live') return false;
  const { status, liveId } = view.session;
  if (event.liveId !== undefined && event.liveId !== '' && liveId !== '') return event.liveId !== liveId;
  return status === 'ended' || status === 'suspended';
}

/** Empties what belongs to a session. The room's places in upstream's lists go too: they are told again at once. */
function beginSession(view: RoomView, seq: number, event: RoomEvent): void {
  const fresh = emptyRoomView(view.room);
  const { source, operator } = view;
  Object.assign(view, fresh);
  view.source = source;
  view.operator = operatorAfterSession(operator ?? emptyOperatorView());
  view.session.startSeq = seq;
  view.session.startAt = event.at;
}

function applyRoom(view: RoomView, seq: number, event: RoomEvent): void {
  if (event.topic === 'live') {
    if (beginsSession(view, event)) beginSession(view, seq, event);
    if (event.liveId !== undefined && event.liveId !== '') view.session.liveId = event.liveId;
    view.session.status = 'live';
  } else if (event.topic === 'resumed') view.session.status = 'live';
  else if (event.topic === 'paused' || event.topic === 'ended' || event.topic === 'suspended')
    view.session.status = event.topic;
  else if (event.topic === 'reconciliation') applyReconciliation(view, event);
  else if (event.topic === 'goal') view.goal = { text: event.text, value: event.value, target: event.target };
}

function applyReconciliation(view: RoomView, event: RoomEvent): void {
  const told = event.reconciliation ?? null;
  view.reconciliation = told === null || told.counted === told.upstream ? null : told;
}

function applyGift(view: RoomView, seq: number, event: GiftEvent): void {
  if (event.count === 0) return;
  const session = view.session;
  session.diamonds += event.diamonds;
  session.gifts += event.count;
  // A gift of no diamonds brings nobody to a new total: no row moves.
  if (event.diamonds !== 0) applyStandings(view, seq, event);
  // Field by field: one object of known shape. Copying an event into a growing object costs several times as much.
  const { kind, id, at, user, gift, count, diamonds, streak, receiver, multiplier, standing, battle } = event;
  const copy = { seq, kind, id, at, user, gift, count, diamonds, streak, receiver, multiplier, standing, battle };
  view.recentGifts.push(copy);
  if (view.recentGifts.length > recentGiftsMax) view.recentGifts.shift();
}

function applyStandings(view: RoomView, seq: number, event: GiftEvent): void {
  const { user, standing, battle: part } = event;
  if (standing !== null) {
    view.session.gifters = standing.gifters;
    // Most gifters of a large board stand below the rows shown: no row is made for them.
    if (standing.rank <= boardRowsMax)
      placeStanding(view.board, { user, diamonds: standing.diamonds, seq }, boardRowsMax);
  }
  if (part === null || view.battle === null || view.battle.battleId !== part.battleId) return;
  const side = view.battle.sides[part.side];
  if (side !== undefined) side.diamonds = part.sideDiamonds;
  const board = view.battleBoards[part.side];
  if (board !== undefined && part.rank <= sideRowsMax)
    placeStanding(board, { user, diamonds: part.diamonds, seq }, sideRowsMax);
}

/** True while a battle's clock runs: started, and not over. */
export function isUnderWay(battle: BattleState): boolean {
  return battle.phase === 'open' || battle.phase === 'running';
}

/**
 * A side keeps its board wherever it comes to stand. One that a regrouped battle no longer has takes its board along.
 */
function applyBattle(view: RoomView, state: BattleState | null): void {
  if (state === null) return;
  const before = view.battle !== null && view.battle.battleId === state.battleId ? view.battle.sides : [];
  const boards: Standing[][] = [];
  for (const { id } of state.sides) {
    const index = before.findIndex((side) => side.id === id);
    boards.push(index < 0 ? [] : view.battleBoards[index]!);
  }
  view.battleBoards = boards;
  view.battle = structuredCopy(state);
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
  if (event.gifters !== undefined) view.session.gifters = event.gifters;
  if (event.board !== null) view.board = event.board.slice(0, boardRowsMax);
  const corrected = event.battle ?? null;
  if (corrected === null || view.battle === null || view.battle.battleId !== corrected.battleId) return;
  for (const part of corrected.sides) {
    const side = view.battle.sides[part.side];
    if (side === undefined) continue;
    side.diamonds = part.diamonds;
    view.battleBoards[part.side] = part.board.slice(0, sideRowsMax);
  }
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
