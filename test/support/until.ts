import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Resolves once `holds` is true; fails by name after `deadlineMs`. For what happens on real sockets, files and threads.
 */
export async function until(name: string, holds: () => boolean, deadlineMs = 30_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!holds()) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain until ${name}`);
    await sleep(2);
  }
}

/** The same for what has to be asked for: one question at a time, a tenth of a second apart. */
export async function eventually(name: string, holds: () => Promise<boolean>, deadlineMs = 90_000): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > endMs) throw new Error(`waited ${deadlineMs} ms in vain until ${name}`);
    await sleep(100);
  }
}
