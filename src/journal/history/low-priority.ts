import { setPriority } from 'node:os';

/**
 * How far the threads of the history stand behind the one on which events flow, in Unix's niceness: a third of its
 * share where a machine has too little for both, so that who asks still gets an answer.
 */
const niceness = 5;

/**
 * Lets everything else go first, where the system keeps priorities by thread (Linux); elsewhere it would hold back the
 * whole process.
 */
export function lowerPriority(): void {
  if (process.platform === 'linux') setPriority(0, niceness);
}
