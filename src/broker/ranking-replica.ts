import type { LogReplica } from '../journal/journal.ts';
import { Operator } from '../operator/operator.ts';
import type { EventFrame } from '../protocol/frames.ts';
import { isSavedRanking, Ranking } from '../ranking/ranking.ts';

// The state that a room's log makes, apart from the one that is served: what the keeper saves as snapshots.

export class RankingReplica implements LogReplica {
  readonly #ranking: Ranking;

  constructor(room: { readonly id: string; readonly handle: string }, saved: Uint8Array) {
    this.#ranking = Ranking.restore(saved, { room, companion: new Operator() });
  }

  readable({ payload }: { readonly payload: Uint8Array }): boolean {
    return isSavedRanking(payload);
  }

  apply(seq: number, payload: Buffer): void {
    const { seq: _written, ...event }: EventFrame = JSON.parse(payload.toString());
    this.#ranking.apply(seq, event);
  }

  *save(): Iterable<Uint8Array> {
    yield this.#ranking.save();
  }
}
