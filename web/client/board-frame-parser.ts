import {
  boardSubprotocol,
  type BoardDeltaFrame,
  type BoardFrame,
  type BoardServerFrame,
} from '../../src/protocol/board-frames.ts';
import type { BoardRowChange, BoardView } from '../../src/protocol/board-view.ts';
import type { Language, Parsed } from './connection.ts';
import { bad, error, heartbeat, hello, isCount, isRecord, parseObject } from './frame-parser.ts';

// The edge of a subscription to a board: text in, a frame or the reason why it is none out. What steers (numbers, keys)
// is checked; what is only shown is the broker's.

/** What a subscription to a board speaks. */
export const boardLanguage: Language<BoardServerFrame> = { subprotocol: boardSubprotocol, parse };

function parse(text: string): Parsed<BoardServerFrame> {
  const value = parseObject(text);
  if (typeof value === 'string') return bad(value);
  switch (value['kind']) {
    case 'board-delta':
      return delta(value);
    case 'board':
      return board(value);
    case 'hello':
      return hello(value);
    case 'heartbeat':
      return heartbeat(value);
    case 'error':
      return error(value);
    default:
      return bad(`a frame of kind '${String(value['kind'])}' in a subscription to a board`);
  }
}

function board(value: Record<string, unknown>): Parsed<BoardFrame> {
  const { epoch, seq, view } = value;
  if (typeof epoch !== 'string' || epoch === '') return bad('board has no epoch');
  if (!isCount(seq)) return bad('board has no seq');
  if (!isRecord(view) || !Array.isArray(view['rows']) || !view['rows'].every(isRow)) return bad('board has no rows');
  if (!isCount(view['rowsMax']) || !isCount(view['each']) || !isCount(view['size'])) return bad('board has no size');
  return { kind: 'frame', frame: { kind: 'board', epoch, seq, view: view as unknown as BoardView } };
}

function delta(value: Record<string, unknown>): Parsed<BoardDeltaFrame> {
  const { from, seq, conflated, battleId, size, total, rank, rows, gone } = value;
  if (!isCount(from) || !isCount(seq) || !isCount(conflated)) return bad('board-delta does not say what it covers');
  if (typeof battleId !== 'string') return bad('board-delta has no battle');
  if (!isCount(size) || !isCount(total) || !isCount(rank)) return bad('board-delta has no size');
  if (!Array.isArray(rows) || !rows.every(isChange)) return bad('board-delta has no rows');
  if (!Array.isArray(gone) || !gone.every((id) => typeof id === 'string'))
    return bad('board-delta has no list of who is gone');
  const changes = rows as BoardRowChange[];
  const frame = {
    kind: 'board-delta',
    from,
    seq,
    conflated,
    battleId,
    size,
    total,
    rank,
    rows: changes,
    gone,
  } as const;
  return { kind: 'frame', frame };
}

function isRow(row: unknown): boolean {
  return isRecord(row) && isCount(row['rank']) && isCount(row['diamonds']) && isRecord(row['user']);
}

function isChange(row: unknown): boolean {
  return isRecord(row) && isCount(row['rank']) && isCount(row['diamonds']) && typeof row['id'] === 'string';
}
