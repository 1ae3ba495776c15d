import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { monotonicMs } from '../monotonic.ts';
import { GcTrace } from './gc-trace.ts';
import { endProcess, killTree } from './processes.ts';

// Starting a program and waiting for it: its output is kept for the error that says why it did not start, and read for
// the pauses of its collector.

const root = fileURLToPath(new URL('../..', import.meta.url));
/** A start takes a second; this much where others want the machine as well. */
const startWithinMs = 45_000;
const outputCharsMax = 100_000;

export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly cleanUp?: () => void;
}

export interface Running {
  readonly child: ChildProcess;
  readonly trace: GcTrace;
  output: string;
  readonly lastOutput: () => string;
  readonly end: () => Promise<void>;
}

/** What runs, and what to clean up behind it. */
const alive = new Map<ChildProcess, () => void>();

// Nothing that was started outlives the runner, whatever ends it; nor do its files.
process.once('exit', () => {
  for (const [child, cleanUp] of alive) {
    killTree(child);
    cleanUp();
  }
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(130));

export function launch({ command, args, environment, cleanUp = () => {} }: Launch): Running {
  const env = { ...process.env, ...environment };
  const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
  alive.set(child, cleanUp);
  child.once('exit', () => alive.delete(child));
  const trace = new GcTrace();
  const running: Running = {
    child,
    trace,
    output: '',
    lastOutput: () => running.output.slice(-2_000),
    end: async () => {
      await endProcess(child);
      cleanUp();
    },
  };
  const take = (bytes: Buffer): void => {
    const text = bytes.toString('utf8');
    trace.read(text, monotonicMs());
    if (running.output.length < outputCharsMax) running.output += text;
  };
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  child.on('error', (error) => (running.output += error.message));
  return running;
}

/** Polls `look` until it gives something; throws with the program's own words when it ends or takes too long. */
export async function until<T>(running: Running, name: string, look: () => T | null | Promise<T | null>): Promise<T> {
  const deadlineMs = monotonicMs() + startWithinMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    const ended = running.child.exitCode !== null || running.child.signalCode !== null;
    if (ended || monotonicMs() > deadlineMs) {
      await running.end();
      throw new Error(`${name} did not start: ${running.lastOutput()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether something listens on `port`; null = nothing does. */
export function accepts(port: number): Promise<true | null> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(null));
  });
}
