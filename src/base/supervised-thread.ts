import { MessageChannel, type MessagePort, type ResourceLimits, Worker } from 'node:worker_threads';
import { assert } from './assert.ts';
import type { Clock, Timer } from './clock.ts';
import { errorFields, type Log } from './log.ts';

// Owns one worker thread that may die and is started again: for work that must not be done where events flow, and whose
// crash must not cost them anything. Restarts wait 100 ms, doubling up to 10 s; a life of 30 s begins again at 100 ms.
// Whoever uses the thread gets a fresh port for each of its lives, and is told when a life is over: what was under way
// with the old port is lost, and its user's to make good.

/** One concern that has a part in the thread. Its port arrives there as `ports[name]` (ThreadData). */
export interface ThreadUser {
  readonly name: string;
  /** A life of the thread begins. It may still be loading; messages wait in the port until it listens. */
  started(port: MessagePort): void;
  /** That life is over; the port is closed. */
  stopped(): void;
}

/** What the thread finds as `workerData`. */
export interface ThreadData<Settings> {
  readonly settings: Settings;
  readonly ports: Readonly<Record<string, MessagePort>>;
}

export interface SupervisedThreadOptions {
  /** For logs. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * The file to run: `new URL('./its-name.ts', import.meta.url)`. Its compiled twin is taken where this code is
   * compiled.
   */
  readonly entry: URL;
  /** Plain data for the thread. */
  readonly settings: unknown;
  readonly users: readonly ThreadUser[];
  readonly resourceLimits?: ResourceLimits;
  /** True for work that can wait: on Linux the thread gets a lower priority than those that send. */
  readonly givesWay?: boolean;
}

const backoffMsMin = 100;
const backoffMsMax = 10_000;
const healthyMs = 30_000;
/** How long the thread may take to finish by itself when asked to. */
const stopMs = 2_000;

/** What the thread is sent on `parentPort` when it should finish: close what is open, then end. */
export const stopMessage = 'stop';

/** The file to run for `entry`, which is named as in the sources: itself, or the JavaScript that it was compiled to. */
export function compiledTwin(entry: URL): URL {
  return import.meta.url.endsWith('.js') ? new URL(entry.href.replace(/\.ts$/, '.js')) : entry;
}

const yieldingEntry = compiledTwin(new URL('./yielding-thread.ts', import.meta.url));

export class SupervisedThread {
  readonly #options: SupervisedThreadOptions;
  readonly #entry: URL;
  #worker: Worker | null = null;
  #startedMs = 0;
  #backoffMs = backoffMsMin;
  #restartTimer: Timer | null = null;
  #restarts = 0;
  #stopping = false;

  constructor(options: SupervisedThreadOptions) {
    this.#options = options;
    this.#entry = compiledTwin(options.entry);
  }

  /** How often it had to be started again. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Id of the thread that lives now, for tools; -1 = none does. */
  get threadId(): number {
    return this.#worker?.threadId ?? -1;
  }

  start(): void {
    assert(this.#worker === null, 'a thread is started once');
    this.#stopping = false;
    this.#begin();
  }

  /** Asks the thread to finish and waits for it; ends it by force after two seconds. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#restartTimer?.cancel();
    const worker = this.#worker;
    if (worker === null) return;
    const force = this.#options.clock.after(stopMs, () => void worker.terminate());
    const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()));
    worker.postMessage(stopMessage);
    await ended;
    force.cancel();
  }

  /** Ends this life of the thread as a crash would: it is started again. For faults that are made on purpose. */
  async crash(): Promise<void> {
    await this.#worker?.terminate();
  }

  #begin(): void {
    const { name, settings, users, clock, resourceLimits } = this.#options;
    const channels = users.map((user) => ({ user, channel: new MessageChannel() }));
    const ports = Object.fromEntries(channels.map(({ user, channel }) => [user.name, channel.port2]));
    const givesWay = this.#options.givesWay === true;
    const worker = new Worker(givesWay ? yieldingEntry : this.#entry, {
      name,
      workerData: givesWay ? { settings, ports, program: this.#entry.href } : { settings, ports },
      transferList: Object.values(ports),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    this.#worker = worker;
    this.#startedMs = clock.nowMs();
    let failure: unknown = null;
    worker.on('error', (error) => (failure = error));
    worker.once('exit', (exitCode) => {
      for (const { user, channel } of channels) {
        channel.port1.close();
        user.stopped();
      }
      // Only now: until its users know, the log itself may still count on this thread.
      if (failure !== null) this.#options.log.error('thread.failed', { thread: name, ...errorFields(failure) });
      this.#ended(exitCode);
    });
    for (const { user, channel } of channels) user.started(channel.port1);
  }

  #ended(exitCode: number): void {
    this.#worker = null;
    if (this.#stopping) return;
    const { clock, log, name } = this.#options;
    if (clock.nowMs() - this.#startedMs > healthyMs) this.#backoffMs = backoffMsMin;
    log.warn('thread.restarting', { thread: name, exitCode, waitMs: this.#backoffMs });
    this.#restartTimer = clock.after(this.#backoffMs, () => {
      this.#restarts++;
      this.#begin();
    });
    this.#backoffMs = Math.min(backoffMsMax, this.#backoffMs * 2);
  }
}
