// A recorded run of many worlds: what `meks simulate --seeds A-B --json FILE` writes, and several of them as one.

import assert from 'node:assert/strict';
import path from 'node:path';

export interface RecordedWorlds {
  readonly commit: string;
  readonly node: string;
  readonly seeds: readonly [number, number];
  readonly worlds: number;
  readonly hoursPerWorld: number;
  readonly plant: string | null;
  readonly simulatedHours: number;
  /** Of one process. */
  readonly simulatedHoursPerHour: number;
  readonly steps: number;
  readonly events: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly failures: readonly unknown[];
}

export const recordedWorldsPath: string = path.join(import.meta.dirname, '../test/simulation/recorded/worlds.json');

/** Runs of one commit whose seeds follow on each other, as one run. */
export function mergeWorlds(parts: readonly RecordedWorlds[]): RecordedWorlds {
  const [first] = parts;
  assert.ok(first !== undefined, 'something was run');
  let next = first.seeds[0];
  let hoursTaken = 0;
  const faults: Record<string, number> = {};
  for (const part of parts) {
    assert.equal(part.seeds[0], next, 'the seeds follow on each other');
    for (const name of ['commit', 'node', 'hoursPerWorld', 'plant'] as const)
      assert.equal(part[name], first[name], `seeds ${part.seeds[0]} to ${part.seeds[1]} are of another ${name}`);
    next = part.seeds[1] + 1;
    hoursTaken += part.simulatedHours / part.simulatedHoursPerHour;
    for (const [name, count] of Object.entries(part.faults)) faults[name] = (faults[name] ?? 0) + count;
  }
  const sum = (name: 'worlds' | 'steps' | 'events' | 'simulatedHours'): number =>
    parts.reduce((total, part) => total + part[name], 0);
  const simulatedHours = Math.round(100 * sum('simulatedHours')) / 100;
  return {
    ...first,
    seeds: [first.seeds[0], next - 1],
    worlds: sum('worlds'),
    simulatedHours,
    simulatedHoursPerHour: Math.round(simulatedHours / hoursTaken),
    steps: sum('steps'),
    events: sum('events'),
    faults,
    failures: parts.flatMap(({ failures }) => failures),
  };
}
