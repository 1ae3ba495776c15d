// `node tools/board-model.ts --steps N [--seed S] [--only SEED] [--out FILE [--append]] [--minutes M]`: histories of
// chance through a ranking and through a recount by hand, every visible number compared at every step, and the log
// replayed from snapshots to the same bytes. Ends with 1 at the first difference, having printed its seed and step, and
// the shortest history found that still shows it; `--only SEED` plays that one again. `--append` adds to what FILE
// holds, which should be of other seeds: history n of a run has the seed S + n.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { emptyAccount, type Episode, episodeOf, ModelFailure, playEpisode } from '../test/support/board-model/run.ts';
import { shrink } from '../test/support/board-model/shrink.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    minutes: { type: 'string', default: '1440' },
    out: { type: 'string' },
    append: { type: 'boolean', default: false },
  },
});
const account = emptyAccount();
const begin = performance.now();
const seconds = (): number => Math.round((performance.now() - begin) / 100) / 10;

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function report(failed: string | null): void {
  const { steps: _asked, ...sums } = account;
  const within = values.minutes === '1440' ? '' : ` --minutes ${values.minutes}`;
  const result = {
    command: `node tools/board-model.ts --steps ${values.steps} --seed ${values.seed}${within}`,
    node: process.version,
    seed: Number(values.seed),
    episodes,
    steps: account.steps,
    ...sums,
    differences: failed === null ? 0 : 1,
    seconds: seconds(),
  };
  say(JSON.stringify(result, null, 2));
  if (values.out === undefined || failed !== null) return;
  const kept = values.append && existsSync(values.out) ? addedTo(readFileSync(values.out, 'utf8'), result) : result;
  writeFileSync(values.out, `${JSON.stringify(kept, null, 2)}\n`);
}

/** The sums of an earlier result and of `result`. */
function addedTo(earlierText: string, result: Readonly<Record<string, string | number>>): unknown {
  const earlier = JSON.parse(earlierText) as Readonly<Record<string, string | number>>;
  const sums = Object.entries(result).map(([name, value]) => {
    const before = earlier[name];
    return [name, typeof value === 'number' && typeof before === 'number' ? before + value : value];
  });
  return {
    ...Object.fromEntries(sums),
    command: `${earlier['command']}; ${result['command']} --append`,
    seed: earlier['seed'],
  };
}

/** False where a number differed. */
function played(episode: Episode): boolean {
  try {
    playEpisode(episode, account);
    return true;
  } catch (error) {
    if (!(error instanceof ModelFailure)) throw error;
    say(`difference: ${error.message.slice(0, 2_000)}\n${String(error.cause).slice(0, 4_000)}`);
    const shrunk = shrink(error.inputs, episode.timeZone ?? 'UTC');
    if (shrunk === null) say('the steps alone show no difference: it is in a replay from a snapshot between them');
    else
      say(
        `${shrunk.inputs.length} steps show it:\n${shrunk.inputs
          .slice(-40)
          .map((one) => JSON.stringify(one))
          .join('\n')}`,
      );
    if (shrunk !== null) say(String(shrunk.error).slice(0, 4_000));
    say(`again: node tools/board-model.ts --only ${episode.seed}`);
    return false;
  }
}

let episodes = 0;
let failed: string | null = null;
const steps = values.only === undefined ? Number(values.steps) : 1;
const first = Number(values.only ?? values.seed);
while (failed === null && account.steps < steps && seconds() < Number(values.minutes) * 60) {
  const episode = episodeOf(first + episodes);
  episodes++;
  if (!played(episode)) failed = String(episode.seed);
  if (episodes % 50 === 0) say(`${account.steps} steps, ${episodes} episodes, ${seconds()} s`);
}
report(failed);
process.exitCode = failed === null ? 0 : 1;
