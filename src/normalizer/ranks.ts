import type { RankEvent, ViewersEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { rankType } from '../protocol/webcast/values.ts';
import type {
  WebcastRankTextMessage,
  WebcastRankUpdateMessage,
  WebcastRoomUserSeqMessage,
} from '../protocol/webcast/webcast_pb.ts';
import { readId, readUser } from './read.ts';
import type { Handled, Turn } from './turn.ts';

// Upstream's own lists: the room's place among creators, a viewer's move among the top viewers, and those viewers.

const rankMax = 10_000_000;
const countdownSecMax = 366 * 86_400;

const listByType: Readonly<Record<number, RankEvent['list']>> = {
  [rankType.hourly]: 'hourly',
  [rankType.weekly]: 'weekly',
  [rankType.hourlyStar]: 'hourly-star',
  [rankType.weeklyRising]: 'weekly-rising',
  [rankType.weeklyRookie]: 'weekly-rookie',
  [rankType.daily]: 'daily',
  [rankType.firstGift]: 'first-gift',
  [rankType.game]: 'game',
  [rankType.dailyGame]: 'daily-game',
  [rankType.hallOfFame]: 'hall-of-fame',
  [rankType.league]: 'league',
  [rankType.dailyRookie]: 'daily-rookie',
  [rankType.team]: 'team',
  [rankType.class]: 'class',
};

/** Lists told apart: all that are known, and as many that are not. What comes beyond shares one name, and counts. */
const listsMax = Object.keys(listByType).length + limits.eventRowsMax.value;

/**
 * The room's places. Upstream sends them again with about every gift: what has not changed in place or score since it
 * was last told says nothing (the countdown runs on the dashboard), and a message of nothing else is a duplicate.
 */
export function rankUpdate(message: WebcastRankUpdateMessage, turn: Turn): Handled {
  const rows = turn.rows(message.updates.length);
  if (rows === 0) return 'ignored';
  let told = false;
  for (let index = 0; index < rows; index++) {
    const update = message.updates[index]!;
    const list = listByType[update.rankType] ?? unknownList(update.rankType, turn);
    const rank = update.ownerOnRank ? turn.number(update.ownRank, rankMax) : 0;
    const score = update.currentScore === '0' ? null : turn.number(update.currentScore);
    const place = rankPlace(rank, score);
    if (turn.memory.ranks.get(list) === place) continue;
    turn.memory.ranks.set(list, place);
    told = true;
    turn.out.push({
      kind: 'rank',
      id: turn.nextId(),
      at: turn.at,
      list,
      rank,
      score,
      countdownSec: turn.number(update.countdown, countdownSecMax),
      userId: '',
      before: 0,
    });
  }
  return told ? 'events' : 'duplicate';
}

/** A list that TikTok has added since: by its number, so that two of them are not taken for one. */
function unknownList(type: number, turn: Turn): RankEvent['list'] {
  const { ranks } = turn.memory;
  const list = `other-${type}` as const;
  if (ranks.has(list) || ranks.size < listsMax) return list;
  turn.counters.add('clamped');
  return 'other';
}

/** What the memory keeps of a place. */
export function rankPlace(rank: number, score: number | null): string {
  return `${rank} ${score ?? '-'}`;
}

/** A viewer has moved among the room's top viewers. */
const viewerMoved = 1;

export function rankText(message: WebcastRankTextMessage, turn: Turn): Handled {
  if (message.scene !== viewerMoved) return 'ignored';
  const userId = readId(message.currentUserId);
  if (userId === '') return turn.quarantine('user-missing', 'a move among the top viewers without the viewer');
  turn.out.push({
    kind: 'rank',
    id: turn.nextId(),
    at: turn.at,
    list: 'viewer',
    rank: turn.number(message.ownerIndexAfter, rankMax),
    score: null,
    countdownSec: 0,
    userId,
    before: turn.number(message.ownerIndexBefore, rankMax),
  });
  return 'events';
}

/** Viewers, and those of the top list who have given anything: the rest of its rows are people who watch. */
export function viewers(message: WebcastRoomUserSeqMessage, turn: Turn): Handled {
  const rows = turn.rows(message.ranks.length);
  const top: ViewersEvent['top'][number][] = [];
  for (let index = 0; index < rows; index++) {
    const row = message.ranks[index]!;
    if (row.score === '0') continue;
    const user = readUser(row.user);
    if (user === null) continue;
    top.push({ user, score: turn.number(row.score), rank: turn.number(row.rank, rankMax) });
  }
  turn.out.push({
    kind: 'viewers',
    id: turn.nextId(),
    at: turn.at,
    current: turn.number(message.total),
    total: turn.number(message.totalUser),
    top,
  });
  return 'events';
}
