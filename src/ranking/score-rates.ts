import type { BattleState } from '../protocol/battle-state.ts';

// Owns the last minute of a battle's match points: one sample a second and side, so that points a minute can be told.
// Bounded: 64 samples; a second later replaces the oldest. Begins anew with every battle, and when sides are regrouped.

const windowMs = 60_000;
/** Below this the rate says more about one gift than about the pace. */
const spanMsMin = 10_000;
const samplesMax = 64;

export interface ScoreSample {
  readonly at: number;
  /** By the index of the side. */
  readonly points: readonly (number | null)[];
}

export class ScoreRates {
  /** Sides that the samples are of, as one text. */
  #key = '';
  #samples: ScoreSample[] = [];

  /** Takes a sample of a battle whose points were just told, unless one was taken in the same second. */
  sample(state: BattleState): void {
    const key = keyOf(state);
    if (key !== this.#key) this.restore(key, []);
    const last = this.#samples.at(-1);
    if (state.scoredAt === 0 || (last !== undefined && state.scoredAt < last.at + 1_000)) return;
    const points = state.sides.map((side) => side.points);
    this.#samples.push({ at: state.scoredAt, points });
    if (this.#samples.length > samplesMax) this.#samples.shift();
  }

  /** Points gained in the last minute, by the index of the side, as points a minute; null = too little seen. */
  perMinute(state: BattleState): (number | null)[] {
    const at = state.scoredAt;
    const first = this.#key === keyOf(state) ? this.#samples.find((sample) => sample.at >= at - windowMs) : undefined;
    const spanMs = first === undefined ? 0 : at - first.at;
    return state.sides.map((side, index) => {
      const before = first?.points[index] ?? null;
      if (spanMs < spanMsMin || side.points === null || before === null) return null;
      return Math.round(((side.points - before) * 60_000) / spanMs);
    });
  }

  save(): { readonly key: string; readonly samples: readonly ScoreSample[] } {
    return { key: this.#key, samples: this.#samples };
  }

  restore(key: string, samples: readonly ScoreSample[]): void {
    this.#key = key;
    this.#samples = samples.slice();
  }
}

function keyOf(state: BattleState): string {
  return `${state.battleId} ${state.sides.map((side) => side.id).join(' ')}`;
}
