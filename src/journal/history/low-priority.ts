import { setPriority } from 'node:os';

/** How far the threads of the history stand behind the one on which events flow, in Unix's niceness. */
const niceness = 10;

/**
 * Lets everything else go first, where the system keeps priorities by thread (Linux); elsewhere it would hold back the
 * whole process.
 */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(0, niceness);
}
