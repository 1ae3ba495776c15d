import { existsSync } from 'node:fs';
import path from 'node:path';

// Real recordings, which are no part of the project: tests that read them take the folder from MEKS_CAPTURES.

const root = path.join(import.meta.dirname, '..', '..');
const folder = path.resolve(root, process.env['MEKS_CAPTURES'] ?? '../shared/captures');

/** The path of the recording `name`. */
export function capture(name: string): string {
  return path.join(folder, name);
}

/**
 * Options for a test that needs `name`: why it is skipped where the recording is absent. Under CI=true it then fails.
 */
export function needsCapture(name: string): { skip: string | false } {
  const absent = !existsSync(capture(name));
  return { skip: absent && `no ${name} in ${folder}: set MEKS_CAPTURES to a folder of recordings` };
}
