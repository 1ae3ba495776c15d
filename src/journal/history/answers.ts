import type { User } from '../../protocol/events.ts';
import { unreachable } from '../../base/assert.ts';
import type { Deadline } from './deadline.ts';
import { type EventPage, eventPage, type LogPlace } from './log-events.ts';
import type {
  GifterSession,
  HistoryQueries,
  PastBattle,
  PastBoard,
  PastCorrection,
  PastGap,
  PastGifter,
  PastPulse,
  PastRoom,
  PastSession,
} from './queries.ts';
import type { HistoryQuery } from './requests.ts';

/** What each kind of query is answered with. null: what it names is not known. */
export interface Answers {
  readonly rooms: readonly PastRoom[];
  readonly sessions: readonly PastSession[];
  readonly session: PastSession | null;
  readonly battles: readonly PastBattle[];
  readonly battle: PastBattle | null;
  readonly board: PastBoard | null;
  readonly sideBoard: PastBoard | null;
  readonly gifters: readonly PastGifter[];
  readonly gifter: { readonly user: User; readonly sessions: readonly GifterSession[] } | null;
  readonly corrections: readonly PastCorrection[];
  readonly gaps: readonly PastGap[];
  readonly pulse: readonly PastPulse[];
  readonly events: EventPage;
}

/** Answers one query. Throws QueryTimeout. */
export function answerQuery(
  queries: HistoryQueries,
  query: HistoryQuery,
  places: (room: string) => LogPlace,
  deadline: Deadline,
): Answers[keyof Answers] {
  switch (query.kind) {
    case 'rooms':
      return queries.rooms();
    case 'sessions':
      return queries.sessions(query);
    case 'session':
      return queries.session(query.session);
    case 'battles':
      return queries.battles(query);
    case 'battle':
      return queries.battle(query.battle);
    case 'board':
      return queries.board(query, deadline);
    case 'sideBoard':
      return queries.sideBoard(query, deadline);
    case 'gifters':
      return queries.gifters(query);
    case 'gifter':
      return queries.gifter(query);
    case 'corrections':
      return queries.corrections(query);
    case 'gaps':
      return queries.gaps(query);
    case 'pulse':
      return queries.pulse(query);
    case 'events':
      return eventPage(places(query.room), query, deadline);
    default:
      return unreachable(query);
  }
}
