import { checkEveryCut, recordLife } from '../../src/journal/simulation/simulation.ts';

// Power loss: seeded lives under every sync policy, cut before each of their operations in every way; then the same
// with syncs that do nothing, which the check must notice.

const policies = [{ kind: 'os' }, { kind: 'interval', ms: 10 }, { kind: 'always' }] as const;

export interface PowerTorture {
  readonly lives: number;
  readonly cuts: number;
  readonly problems: readonly string[];
  /** Lives with lying syncs in which the check found nothing: must be 0. */
  readonly blind: number;
}

export function torturedByPower(seeds: number): PowerTorture {
  const problems: string[] = [];
  let cuts = 0;
  let blind = 0;
  for (let seed = 1; seed <= seeds; seed++) {
    for (const sync of policies) {
      const report = checkEveryCut(recordLife({ seed, sync }));
      cuts += report.cuts;
      problems.push(...report.problems.map((problem) => `${sync.kind}, ${problem}`));
      if (seed % 10 === 1 && checkEveryCut(recordLife({ seed, sync, lies: true })).problems.length === 0) blind++;
    }
  }
  return { lives: seeds * policies.length, cuts, problems, blind };
}
