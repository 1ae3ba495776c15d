import * as z from 'zod';
import type { BoardDeltaFrame, BoardFrame } from '../../../protocol/board-frames.ts';
import type { BoardRow } from '../../../protocol/board-view.ts';
import { limits } from '../../../protocol/limits.ts';
import { boardNeighboursDefault, boardRowsDefault, boardScopes } from '../../board-address.ts';
import { roomParams } from './answers.ts';
import { standing, user } from './battle.ts';
import { count, type Checked, type Describes, id, named } from './registry.ts';

// Boards, as asked for over REST and as subscribed to: src/protocol/board-view.ts and board-frames.ts.

export const boardParams = z.object({
  ...roomParams.shape,
  scope: z.string().min(1).max(80).describe(`Which board: ${boardScopes}`),
});

export const boardQuery = z.object({
  rows: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.boardRowsAskedMax.value)
    .default(boardRowsDefault)
    .describe('Rows of a page'),
  page: z.coerce.number().int().min(0).max(1_000_000).default(0).describe('Which page, from 0'),
  around: z
    .string()
    .regex(/^[A-Za-z0-9_]{0,32}$/)
    .default('')
    .describe('Id of a user whose rank and neighbours are wanted'),
  each: z.coerce
    .number()
    .int()
    .min(0)
    .max(limits.boardNeighboursMax.value)
    .default(boardNeighboursDefault)
    .describe('Neighbours above and below'),
});

const row = named(
  'BoardRow',
  'A row of a board with its rank, from 1. seq is the event that brought the gifter to this total.',
  z.object({ rank: count, ...standing.shape }),
);

export const boardAnswer = named(
  'Board',
  'A part of a board at one position. size and total are of the whole board; around.rank 0 = not on it.',
  z.object({
    room: z.string(),
    scope: z.string(),
    battleId: z.string(),
    epoch: z.string(),
    seq: count,
    size: count,
    total: count,
    page: count,
    pageRows: count,
    rows: z.array(row),
    around: z.object({ userId: id, rank: count, rows: z.array(row) }).nullable(),
  }),
);

export const boardFrame = named(
  'BoardFrame',
  'The whole visible part of a board at one position: replaces all that the client held.',
  z.object({
    kind: z.literal('board'),
    epoch: z.string(),
    seq: count,
    view: z.object({
      scope: z.string(),
      rowsMax: count,
      around: z.string(),
      each: count,
      battleId: z.string(),
      size: count,
      total: count,
      rank: count,
      rows: z.array(row),
    }),
  }),
);

export const boardDeltaFrame = named(
  'BoardDeltaFrame',
  'What changed in the visible part of a board between two positions, conflated: see applyBoardDelta in src/protocol/board-view.ts.',
  z.object({
    kind: z.literal('board-delta'),
    from: count,
    seq: count,
    conflated: count,
    battleId: z.string(),
    size: count,
    total: count,
    rank: count,
    rows: z.array(z.object({ rank: count, id, diamonds: count, seq: count, user: z.exactOptional(user) })),
    gone: z.array(id),
  }),
);

/** Checked by the compiler, and used by nobody. */
export type BoardSchemasDescribe = Checked<
  [
    Describes<typeof row, BoardRow>,
    Describes<typeof boardFrame, BoardFrame>,
    Describes<typeof boardDeltaFrame, BoardDeltaFrame>,
  ]
>;
