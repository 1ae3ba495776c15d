import { readdirSync, readFileSync } from 'node:fs';
import type { ChildProcess } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

// What the runner asks of the operating system (Linux: /proc) about the processes that it started, and how it ends
// them: each by its own id, never by name.

/** Ticks of /proc/<pid>/stat: USER_HZ, which is 100 on every Linux. */
const tickMs = 10;

interface Stat {
  readonly parent: number;
  readonly cpuMs: number;
}

function readStat(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name in parentheses may hold anything: fields count from behind it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { parent: Number(fields[1]), cpuMs: (Number(fields[11]) + Number(fields[12])) * tickMs };
  } catch {
    return null; // it has ended
  }
}

/** `root` and all that descend from it. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    const parent = readStat(pid)?.parent;
    if (parent === undefined) continue;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  const tree = [root];
  for (let at = 0; at < tree.length; at++) tree.push(...(children.get(tree[at]!) ?? []));
  return tree;
}

/** User and system time of the processes so far, all threads, in milliseconds. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.cpuMs ?? 0), 0);
}

/** Resident memory of the processes now, in megabytes. Pages they share count for each. */
export function rssMb(pids: readonly number[]): number {
  let kilobytes = 0;
  for (const pid of pids) {
    try {
      kilobytes += Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    } catch {
      // it has ended
    }
  }
  return kilobytes / 1024;
}

/** Files that a process of a run needs beside one for each dashboard. */
const filesBeside = 200;

/** Throws, with the remedy, when a process may not hold open as many files as there are to be dashboards. */
export function enoughFilesFor(dashboards: number): void {
  const [needed, allowed] = [dashboards + filesBeside, openFilesMax()];
  if (allowed < needed) {
    throw new Error(
      `${dashboards.toLocaleString('en')} dashboards need ${needed} open files, and a process here may have ${allowed}: ` +
        `raise the hard limit (ulimit -Hn ${needed}, as root), or take fewer with --dashboards ${Math.max(1, allowed - filesBeside)}`,
    );
  }
}

/** How many files a process may hold open at most. Node raises its own soft limit to the hard one when it starts. */
function openFilesMax(): number {
  const line = /^Max open files\s+\d+\s+(\d+|unlimited)/m.exec(readFileSync('/proc/self/limits', 'latin1'));
  return line?.[1] === 'unlimited' ? Infinity : Number(line?.[1] ?? 0);
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** Asks `child` and its descendants to end, and makes them after `graceMs`. Resolves when the child is gone. */
export async function endProcess(child: ChildProcess, graceMs = 4_000): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const tree = processTree(child.pid);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  child.kill('SIGTERM');
  const timer = setTimeout(() => tree.forEach(killQuietly), graceMs);
  await gone;
  clearTimeout(timer);
}

/** Ends `child` and its descendants at once. */
export function killTree(child: ChildProcess): void {
  if (child.pid !== undefined) processTree(child.pid).forEach(killQuietly);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended
  }
}
