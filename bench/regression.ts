import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { programs, root } from './runner/programs.ts';
import type { RunDetail } from './runner/results.ts';
import { round } from './runner/results.ts';
import { runOnce } from './runner/run.ts';
import { chooseScenario } from './runner/scenarios.ts';
import { summarizeRun } from './runner/summarize.ts';
import { median, ratios } from './runner/verdict.ts';

// `node bench/regression.ts`: has MEKS become slower beside the floor than it was? Compares ratios within rounds, never
// times, so that it means the same on a fast and on a slow machine. `--record` keeps today's ratios in bench/ratios.json,
// which is committed; without it, a ratio well above the kept one fails. Short on purpose: it runs at every change.

interface Ratios {
  readonly cpu_us_per_delivery: number;
  readonly p999_ms: number;
}

/** How much worse than kept is still taken for noise: CPU time is steady, the tail is not. */
const tolerance: Ratios = { cpu_us_per_delivery: 1.4, p999_ms: 3 };
const rounds = 3;
const burstSeconds = 8;

const file = fileURLToPath(new URL('./ratios.json', import.meta.url));

async function measure(): Promise<RunDetail[]> {
  const scenario = chooseScenario('canonical', { quick: true, dashboards: null, rate: null, seconds: burstSeconds });
  const variant = scenario.variants[0]!;
  const runs: RunDetail[] = [];
  for (let index = 0; index < rounds; index++) {
    const pair = programs.filter((program) => program.name === 'meks' || program.name === 'floor');
    if (index % 2 === 1) pair.reverse();
    for (const program of pair) {
      const missing = program.missing();
      if (missing !== null) throw new Error(`${program.name}: ${missing}`);
      const raw = await runOnce({ program, scenario, variant, seed: 1 + index, quick: true, checkout: root });
      runs.push(summarizeRun(program, scenario, variant, raw, index));
    }
  }
  return runs;
}

async function main(): Promise<void> {
  const runs = await measure();
  const wrong = runs.filter(({ result }) => result.lost + result.duplicated + result.disordered > 0);
  const now: Ratios = {
    cpu_us_per_delivery: round(median(ratios(runs, 'meks', 'floor', 'cpu_us_per_delivery'))),
    p999_ms: round(median(ratios(runs, 'meks', 'floor', 'p999_ms'))),
  };
  process.stdout.write(`meks beside the floor: CPU per delivery ${now.cpu_us_per_delivery}, p99.9 ${now.p999_ms}\n`);
  if (process.argv.includes('--record')) {
    writeFileSync(file, `${JSON.stringify(now, null, 2)}\n`);
    return;
  }
  for (const { program, result } of wrong) {
    process.stdout.write(
      `${program}: ${result.lost} lost, ${result.duplicated} duplicated, ${result.disordered} disordered\n`,
    );
  }
  const kept = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Ratios) : null;
  if (kept === null) process.stdout.write("nothing to compare with: keep today's with --record\n");
  const fields = ['cpu_us_per_delivery', 'p999_ms'] as const;
  const worse = kept === null ? [] : fields.filter((field) => now[field] > kept[field] * tolerance[field]);
  for (const field of worse) process.stdout.write(`${field}: ${now[field]}, and ${kept![field]} was kept\n`);
  process.exitCode = wrong.length + worse.length > 0 ? 1 : 0;
}

await main();
