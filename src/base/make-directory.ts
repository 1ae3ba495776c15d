import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';

/**
 * Makes a directory and those above it that are missing; one that is there already is fine. Not with `recursive: true`:
 * that never comes back from a place where a directory can neither be found nor made, such as below /proc.
 */
export function makeDirectory(directory: string, mode?: number): void {
  try {
    mkdirSync(directory, mode);
  } catch (error) {
    if (isDirectory(directory)) return;
    const parent = path.dirname(directory);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === directory || isDirectory(parent)) throw error;
    makeDirectory(parent, mode);
    makeDirectory(directory, mode);
  }
}

function isDirectory(name: string): boolean {
  return statSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
}
