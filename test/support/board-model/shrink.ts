import { emptyAccount, type Input, ModelRun } from './run.ts';
import type { MeksEvent } from '../../../src/protocol/events.ts';
import { seededRandom } from '../../../src/base/random.ts';

// Makes a history that ends in a difference as short as it gets: pieces of it are left out, smaller and smaller ones,
// as long as what is left still ends in a difference. For tests and tools.

/** The shortest found, and its failure; null where the history alone shows no difference. */
export interface Shrunk {
  readonly inputs: readonly Input[];
  readonly error: unknown;
}

export function shrink(inputs: readonly Input[], timeZone: string, spoil?: (event: MeksEvent) => void): Shrunk | null {
  let best = failing(inputs, timeZone, spoil);
  if (best === null) return null;
  for (let piece = Math.ceil(best.inputs.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < best.inputs.length;) {
      const shorter = failing([...best.inputs.slice(0, at), ...best.inputs.slice(at + piece)], timeZone, spoil);
      if (shorter === null) at += piece;
      else best = shorter;
    }
  }
  return best;
}

/** The history up to its failure; null = it has none. */
function failing(inputs: readonly Input[], timeZone: string, spoil?: (event: MeksEvent) => void): Shrunk | null {
  const run = new ModelRun(emptyAccount(), timeZone, spoil);
  for (const [index, input] of inputs.entries()) {
    try {
      run.step(input);
    } catch (error) {
      return { inputs: inputs.slice(0, index + 1), error };
    }
  }
  try {
    run.replay(seededRandom(1), true);
  } catch (error) {
    return { inputs, error };
  }
  return null;
}
