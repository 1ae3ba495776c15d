// `node tools/simulation.ts`: looks for the first seed that finds each planted bug, prints the table, and records it
// for the test and for docs/SIMULATION.md. The recorded run of many worlds is
// tools/record-worlds.ts.

import { writeFileSync } from 'node:fs';
import { plants } from '../src/simulator/simulator.ts';
import { findSeed, plantTable, recordedPlantsPath } from '../test/simulation/plant-search.ts';

const seedsMax = 500;
const found = [];
for (const { name } of plants) {
  const one = await findSeed(name, seedsMax, 1);
  process.stdout.write(`${plantTable([one])}\n`);
  found.push(one);
}
writeFileSync(recordedPlantsPath, `${JSON.stringify(found, null, 2)}\n`);
if (found.some(({ law }) => law === '')) process.exitCode = 1;
