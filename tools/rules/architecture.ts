// The house's one rule of direction, as code: base ← protocol ← every room ← broker ← simulator ← cli. Rooms in the
// middle never import each other, and only a room's door is imported from outside. See ARCHITECTURE.md.

import type { ModuleGraph, ModuleImport } from './module-graph.ts';
import { isTest } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** The rooms in the middle, left to right, then those beside the flow. */
const flowRooms = ['feed', 'ingest', 'normalizer', 'ranking', 'broadcast', 'delivery', 'subscriptions'];
const rooms = [...flowRooms, 'operator', 'journal', 'gateway', 'cluster', 'telemetry'];

/** What each folder of src may import besides itself. Nothing else may be imported there. */
const reach: Readonly<Record<string, readonly string[]>> = {
  base: [],
  protocol: ['base'],
  ...Object.fromEntries(rooms.map((room) => [room, ['base', 'protocol']])),
  broker: ['base', 'protocol', ...rooms],
  simulator: ['base', 'protocol', ...rooms, 'broker'],
  cli: ['base', 'protocol', ...rooms, 'broker', 'simulator'],
};

/** Ground floor: every file is open to all. */
const open = new Set(['base', 'protocol']);

/**
 * Rooms with more than one door: a feed has its interface and one door per kind of source; the journal has the
 * history built from it, backups, and what replaces its disk in simulations; who starts a broker needs the types of its
 * settings, which are a file without code behind it, and a simulated world needs the broker's rooms without the rest.
 */
const doors: Readonly<Record<string, readonly string[]>> = {
  journal: ['journal', 'backup', 'history', 'history-cold', 'simulation'],
  feed: ['feed', 'replay', 'recording', 'scripted', 'tiktok', 'euler', 'tikfinity', 'push'],
  gateway: ['gateway', 'gateway-cold'],
  telemetry: ['telemetry', 'telemetry-cold'],
  broker: ['broker', 'config', 'settings', 'settings-reader', 'simulation'],
};

/** Rooms on the way of every event. */
const hotRooms = new Set(['ingest', 'normalizer', 'ranking', 'broadcast', 'delivery', 'subscriptions', 'operator']);

/** What hot rooms may have from outside, themselves or through what they import. All else is cold: it may block. */
const hotPackages = new Set([
  '@bufbuild/protobuf',
  '@bufbuild/protobuf/codegenv2',
  '@bufbuild/protobuf/wire',
  '@bufbuild/protobuf/wkt',
]);

/** `src/<room>` of a path, or null outside of src. */
function roomOf(file: string): string | null {
  const match = /^src\/([^/]+)\//.exec(file);
  return match === null ? null : match[1]!;
}

function isDoor(file: string, room: string): boolean {
  return (doors[room] ?? [room]).some(
    (door) => file === `src/${room}/${door}.ts` || file === `src/${room}/${door}/${door}.ts`,
  );
}

/** Every import of `files` that goes against the direction, past a door, or from hot code to a cold library. */
export function architectureViolations(graph: ModuleGraph, files: readonly string[] = [...graph.keys()]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    for (const imported of graph.get(file) ?? []) {
      const problem = importProblem(file, imported) ?? pagesProblem(file, imported);
      if (problem !== null) found.push({ file, problem: `imports ${imported.specifier}: ${problem}` });
    }
  }
  return [...found, ...coldViolations(graph, files)];
}

function importProblem(file: string, imported: ModuleImport): string | null {
  const from = roomOf(file);
  if (from === null || imported.target === null) return null;
  const allowed = reach[from];
  if (allowed === undefined) return `src/${from} is not a room of the house`;
  if (isTest(file) && imported.target.startsWith('test/support/')) return null;
  const to = roomOf(imported.target);
  if (to === null) return imported.how === 'url' ? null : 'src imports nothing from outside of src';
  if (to === from) return null;
  if (!allowed.includes(to)) return `${from} may import ${['itself', ...allowed].join(', ')} only`;
  if (open.has(to) || isDoor(imported.target, to)) return null;
  return `only the door of ${to} is open to others`;
}

/** Pages share the words of src/protocol with the broker, and nothing else. */
function pagesProblem(file: string, imported: ModuleImport): string | null {
  if (!file.startsWith('web/') || isTest(file) || imported.target === null) return null;
  const { target } = imported;
  return target.startsWith('web/') || target.startsWith('src/protocol/') ? null : 'pages may import src/protocol only';
}

/** Cold libraries that hot rooms reach, directly or through src/base and src/protocol. */
function coldViolations(graph: ModuleGraph, files: readonly string[]): Violation[] {
  const found: Violation[] = [];
  for (const file of files) {
    const room = roomOf(file);
    if (room === null || !hotRooms.has(room) || isTest(file)) continue;
    const cold = firstCold(graph, file);
    if (cold !== null) found.push({ file, problem: `hot code reaches the cold library ${cold}` });
  }
  return found;
}

/** A cold library within reach of `start` with the way to it, or null. */
function firstCold(graph: ModuleGraph, start: string): string | null {
  const seen = new Set<string>([start]);
  const waiting: { file: string; way: string }[] = [{ file: start, way: '' }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { specifier, target } of graph.get(next.file) ?? []) {
      if (target === null && !hotPackages.has(specifier)) return specifier + next.way;
      if (target === null || seen.has(target)) continue;
      seen.add(target);
      waiting.push({ file: target, way: ` (by ${target})` });
    }
  }
  return null;
}
