import { statSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Clock, Timer } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';

/** Editors write a file in several steps: this long after the last one it is whole. */
const quietMs = 80;
const anyName = '*';

/**
 * Calls `changed` after each save of any of `files`, with when it was first noticed (monotonic ms). Folders are
 * watched, not files, because many editors save by putting a new file in the old one's place. Returns what ends it.
 * Throws MeksError MEKS_FILE_UNREADABLE for a missing folder.
 */
export function watchFiles(files: readonly string[], clock: Clock, changed: (savedMs: number) => void): () => void {
  const names = new Map<string, Set<string>>();
  for (const file of files) {
    // A folder of events is watched as a whole.
    const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
    const folder = isFolder ? resolve(file) : dirname(resolve(file));
    names.set(folder, (names.get(folder) ?? new Set()).add(isFolder ? anyName : basename(file)));
  }
  let timer: Timer | null = null;
  let savedMs = -1;
  const tell = (): void => {
    const firstMs = savedMs;
    savedMs = -1;
    changed(firstMs);
  };
  const saved = (): void => {
    if (savedMs < 0) savedMs = clock.nowMs();
    timer?.cancel();
    timer = clock.after(quietMs, tell);
  };
  const watchers = [...names].map(([folder, inFolder]) => {
    try {
      return watch(folder, (_event, name) => {
        if (name === null || inFolder.has(name) || inFolder.has(anyName)) saved();
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new MeksError('MEKS_FILE_UNREADABLE', `cannot watch ${folder} (${why}): name files that exist`, error);
    }
  });
  return () => {
    timer?.cancel();
    for (const watcher of watchers) watcher.close();
  };
}
