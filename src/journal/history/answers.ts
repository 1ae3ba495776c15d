import { unreachable } from '../../base/assert.ts';
import type { HistoryAnswers } from '../../protocol/history-answers.ts';
import type { HistoryQuery } from '../../protocol/history-queries.ts';
import type { HistoryDatabase } from './database.ts';
import type { Deadline } from './deadline.ts';
import { eventPage, type LogPlace } from './log-events.ts';
import { findRoom } from './names.ts';
import type { HistoryQueries } from './queries.ts';

/** What answers are made from. */
export interface AnswerSource {
  readonly database: HistoryDatabase;
  readonly queries: HistoryQueries;
  /** Where the log of a room is. */
  readonly places: (room: string) => LogPlace;
}

/** Answers one query. Throws QueryTimeout. */
export function answerQuery(
  source: AnswerSource,
  query: HistoryQuery,
  deadline: Deadline,
): HistoryAnswers[keyof HistoryAnswers] {
  const { database, queries, places } = source;
  switch (query.kind) {
    case 'rooms':
      return queries.rooms();
    case 'room':
      return queries.room(query.room);
    case 'sessions':
      return queries.sessions(query);
    case 'session':
      return queries.session(query);
    case 'battles':
      return queries.battles(query);
    case 'battle':
      return queries.battle(query);
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
    case 'operators':
      return queries.operators(query);
    case 'gaps':
      return queries.gaps(query);
    case 'pulse':
      return queries.pulse(query);
    case 'events': {
      const room = findRoom(database, query.room);
      return room === null ? null : eventPage(places(room.name), query, deadline);
    }
    default:
      return unreachable(query);
  }
}
