import type { BoardCost } from '../../src/ranking/board.bench.ts';
import type { Machine } from '../runner/machine.ts';
import type { SubscriptionCost } from './subscription-cost.ts';

// What bench/boards.ts writes and bench/report.ts shows.

/** One answer of REST: a page of 100 rows with seven neighbours, on the hot thread. */
export interface QuestionCost {
  readonly gifters: number;
  readonly p50Us: number;
  readonly p99Us: number;
  readonly bytes: number;
}

export interface BoardResults {
  readonly taken_at: string;
  readonly commit: string;
  readonly command: string;
  readonly machine: Machine;
  readonly node: string;
  readonly structures: readonly BoardCost[];
  readonly questions: readonly QuestionCost[];
  readonly subscriptions: readonly SubscriptionCost[];
}
