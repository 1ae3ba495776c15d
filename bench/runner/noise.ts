import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { endProcess } from './processes.ts';
import type { Variant } from './scenarios.ts';

// Bad company on the same machine, as a process of its own: a core or a disk that is kept busy, or people
// who use the cold side.

/** Starts the noise; `port` is the program's. Null when there is to be none. */
export function startNoise(kind: Variant['noise'], port: number): { end(): Promise<void> } | null {
  if (kind === 'none') return null;
  const child = fork(fileURLToPath(new URL('./noise-process.ts', import.meta.url)), [kind, String(port)]);
  return { end: () => endProcess(child, 1_000) };
}
