// The pages' build: web/ → dist/web, by vite. What it takes in is listed here once.

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '..');
const config = path.join(root, 'web', 'vite.config.ts');
const built = path.join(root, 'dist', 'web');

/** Everything that may change the pages. src/protocol and src/base are shared with the broker. */
const sources = ['web', 'src/protocol', 'src/base', 'package-lock.json'];

/** Why the pages have to be built, or null when there is nothing to do. */
export function pagesAreStale(): string | null {
  if (!existsSync(config)) return null;
  if (!existsSync(built)) return 'they have not been built yet';
  const builtAt = newestMs(built);
  const changed = sources.find((source) => newestMs(path.join(root, source)) > builtAt);
  return changed === undefined ? null : `${changed} changed`;
}

/** Newest modification under `entry`, Unix ms; tests do not count. */
function newestMs(entry: string): number {
  const stat = statSync(entry, { throwIfNoEntry: false });
  if (stat === undefined || entry.endsWith('.test.ts')) return 0;
  if (!stat.isDirectory()) return stat.mtimeMs;
  const inside = readdirSync(entry).map((name) => newestMs(path.join(entry, name)));
  return Math.max(0, ...inside);
}

/** Builds the pages; throws when they cannot be built. Without web/ there is nothing to build. */
export async function buildPages(): Promise<void> {
  if (!existsSync(config)) return;
  const { build } = await import('vite');
  await build({ configFile: config, root: path.join(root, 'web'), logLevel: 'warn' });
}
