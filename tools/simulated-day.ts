// `node tools/simulated-day.ts [--hours 24] [--seed 1] [--troubles cut,silence] [--every 240] [--per-sec 4] [--out
// FILE]`: a day of LIVEs over the simulated Webcast server and the real TikTok feed, with everything going wrong,
// against what was sent. Ends with 1 when anything is missing outside of the gaps that were told, or became another
// event.

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { simulateDay } from './day/simulated-day.ts';
import { troubles } from './day/troubles.ts';

const { values } = parseArgs({
  options: {
    hours: { type: 'string', default: '24' },
    seed: { type: 'string', default: '1' },
    troubles: { type: 'string', default: Object.keys(troubles).join(',') },
    every: { type: 'string', default: '240' },
    'per-sec': { type: 'string', default: '4' },
    out: { type: 'string' },
  },
});
const report = await simulateDay({
  hours: Number(values.hours),
  seed: Number(values.seed),
  troubles: values.troubles.split(',').filter((name) => name !== ''),
  troubleEverySec: Number(values.every),
  perSec: Number(values['per-sec']),
});
const { hours, seed, every, 'per-sec': perSec } = values;
const command = `node tools/simulated-day.ts --hours ${hours} --seed ${seed} --per-sec ${perSec} --every ${every}`;
const text = `${JSON.stringify({ command, ...report, different: report.different.slice(0, 20) }, null, 2)}\n`;
process.stdout.write(text);
if (values.out !== undefined) writeFileSync(values.out, text);
if (report.missingOutsideGaps.length > 0 || report.different.length > 0) process.exitCode = 1;
