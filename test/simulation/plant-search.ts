import { readFileSync } from 'node:fs';
import path from 'node:path';
import { simulate, wholeWorld } from '../../src/simulator/simulator.ts';

// Looks for the first seed whose world finds a planted bug. Used by the test, and by tools/simulation.ts, which records
// what it finds.

export interface FoundPlant {
  readonly name: string;
  /** 0 = none within the bound. */
  readonly seed: number;
  /** By which law; '' = not found. */
  readonly law: string;
}

export const recordedPlantsPath: string = path.join(import.meta.dirname, 'recorded/plants.json');

export function recordedPlants(): Map<string, FoundPlant> {
  const rows = JSON.parse(readFileSync(recordedPlantsPath, 'utf8')) as FoundPlant[];
  return new Map(rows.map((row) => [row.name, row]));
}

/** Tries `first`, then every seed from 1. */
export async function findSeed(name: string, seedsMax: number, first: number): Promise<FoundPlant> {
  for (let seed = first === 1 ? 1 : 0; seed <= seedsMax; seed++) {
    const tried = seed === 0 ? first : seed;
    const { failure } = await simulate(wholeWorld(tried), name);
    if (failure !== null) return { name, seed: tried, law: failure.law };
  }
  return { name, seed: 0, law: '' };
}

export function plantTable(found: readonly FoundPlant[]): string {
  return found.map(({ name, seed, law }) => `${name.padEnd(28)} seed ${String(seed).padStart(4)}  ${law}`).join('\n');
}
