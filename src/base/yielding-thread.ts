import { readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { basename } from 'node:path';
import { workerData } from 'node:worker_threads';
import { systemClock } from './clock.ts';
import { lookMs, OldCollector } from './old-collector.ts';

// The first file of a thread that gives way to others (supervised-thread.ts): lowers the thread's own priority, has its
// heap collected when it has grown (nobody waits for such a thread), then runs its program. On Linux a priority belongs
// to a thread; where that is not so, or not allowed, it stays as it is: the house works without, only less evenly on a
// busy machine. Threads that this one starts inherit it.

/** Of 19: a tenth of the share of a thread that did not give way, when both want the same core. */
const niceness = 10;

try {
  if (process.platform === 'linux') {
    const thread = Number(basename(readlinkSync('/proc/thread-self')));
    if (getPriority(thread) < niceness) setPriority(thread, niceness);
  }
} catch {
  // No /proc, or not allowed.
}
const collector = new OldCollector({ clock: systemClock, done: () => 0 });
// A look keeps no thread from ending.
setInterval(() => collector.look(), lookMs).unref();
const { program }: { readonly program: string } = workerData;
await import(program);
