import type { BoardQuestion, RoomReconciliation } from '../gateway/gateway.ts';
import { reconciliationText } from '../protocol/reconciliation.ts';
import { formatBoardScope } from '../protocol/board-scope.ts';
import type { Position } from '../protocol/position.ts';
import type { DriftReport, Ranking } from '../ranking/ranking.ts';

/** What was counted beside what upstream says, for REST. */
export function reconciliationAnswer(report: DriftReport): RoomReconciliation {
  const { total } = report;
  return { ...report, text: total === null || total.counted === total.upstream ? '' : reconciliationText(total) };
}

/**
 * A part of a board as JSON, for REST. About a microsecond a row (board-answer.bench.ts); at most limits
 * boardRowsAskedMax rows and the neighbours.
 */
export function boardAnswer(ranking: Ranking, room: string, position: Position, question: BoardQuestion): string {
  const { scope, page, pageRows, around, each } = question;
  const board = ranking.board(scope);
  const battleId = scope.kind === 'side' ? (scope.battleId ?? ranking.view.battle?.battleId ?? '') : '';
  return JSON.stringify({
    room,
    scope: formatBoardScope(scope),
    battleId: board === null ? '' : battleId,
    epoch: position.epoch,
    seq: position.seq,
    size: board?.size ?? 0,
    total: board?.total ?? 0,
    page,
    pageRows,
    rows: board?.page(page, pageRows) ?? [],
    around:
      around === ''
        ? null
        : { userId: around, rank: board?.rankOf(around) ?? 0, rows: board?.neighbours(around, each) ?? [] },
  });
}
