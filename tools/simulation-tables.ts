// What docs/SIMULATION.md shows: faults, laws and plants as the code has them, and recorded runs.

import { readFileSync } from 'node:fs';
import { faults, laws, plants } from '../src/simulator/simulator.ts';
import { recordedPlants } from '../test/simulation/plant-search.ts';
import { type RecordedWorlds, recordedWorldsPath } from './recorded-worlds.ts';

function recordedWorlds(): RecordedWorlds {
  return JSON.parse(readFileSync(recordedWorldsPath, 'utf8')) as RecordedWorlds;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], right = false): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
  const marks = head.map((_, index) => (right && index === head.length - 1 ? ' ---: |' : ' --- |')).join('');
  return `${line(head)}|${marks}\n${rows.map(line).join('')}`;
}

export function faultsTable(): string {
  const done = recordedWorlds().faults;
  const rows = Object.entries(faults).map(([name, what]) => [
    `\`${name}\``,
    what,
    (done[name] ?? 0).toLocaleString('en'),
  ]);
  return table(['fault', 'what happens', 'times, in the recorded run'], rows, true);
}

export function lawsTable(): string {
  return table(
    ['law', 'what must hold'],
    Object.entries(laws).map(([name, what]) => [`\`${name}\``, what]),
  );
}

export function plantsTable(): string {
  const recorded = recordedPlants();
  const rows = plants.map(({ name, says }) => {
    const found = recorded.get(name);
    return [`\`${name}\``, says, `\`${found?.law ?? ''}\``, String(found?.seed ?? '')];
  });
  return table(['plant', 'the bug', 'found by the law', 'first seed'], rows, true);
}

export function worldsTable(): string {
  const { commit, node, seeds, hoursPerWorld, simulatedHours, simulatedHoursPerHour, steps, events, failures } =
    recordedWorlds();
  const rows: [string, string][] = [
    ['seeds', `${seeds[0]} to ${seeds[1].toLocaleString('en')}`],
    ['failures', String(failures.length)],
    [
      'simulated hours',
      `${simulatedHours.toLocaleString('en')} (${hoursPerWorld} with faults in each world, then calm)`,
    ],
    ['simulated hours an hour, in one process', simulatedHoursPerHour.toLocaleString('en')],
    ['steps', steps.toLocaleString('en')],
    ['events published', events.toLocaleString('en')],
    ['commit', `\`${commit.slice(0, 10)}\`, Node ${node}`],
  ];
  return table(['recorded run', ''], rows, true);
}
