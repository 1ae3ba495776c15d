import { writeSync } from 'node:fs';
import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { delay } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { Histogram } from '../base/histogram.ts';
import type { Log } from '../base/log.ts';
import type { ThreadUser } from '../base/supervised-thread.ts';
import { limits } from '../protocol/limits.ts';
import { HotLog, logCounterSpec } from './hot-log.ts';
import { IdleWitness } from './idle-witness.ts';
import { LoopMeter, loopCounterSpec } from './loop-meter.ts';
import { MemoryMeter, memoryCounterSpec } from './memory-meter.ts';
import type { MetricTable, TelemetryMessage } from './telemetry-messages.ts';
import { TurnWork } from './turn-work.ts';

// The hot side of telemetry: what rooms log and count, and how this thread's loop is doing. Nothing is rendered or
// written here: lines go to the cold thread by message, numbers lie in shared memory that it reads when asked.
// Owns the list of what is counted (bounded by metricTablesMax) and tells it anew to each life of the cold thread.

export interface TelemetryOptions {
  readonly clock: Clock;
  /** Whether a thread of its own watches how well the machine keeps time. A few megabytes; on unless said otherwise. */
  readonly idleWitness?: boolean;
}

/** Which room's (or what part's) numbers these are: `{ room: 'main' }`. */
export type MetricLabels = Readonly<Record<string, string>>;

/** How long `close` waits for the last lines to be written, in milliseconds. */
const closeMs = 1000;

export class Telemetry implements ThreadUser {
  readonly name = 'telemetry';
  readonly log: Log;
  readonly #clock: Clock;
  readonly #hotLog: HotLog;
  readonly #loop: LoopMeter;
  readonly #work = new TurnWork();
  readonly #memory: MemoryMeter;
  readonly #witness: IdleWitness | null;
  readonly #tables = new Map<number, MetricTable>();
  #nextId = 1;
  #port: MessagePort | null = null;

  constructor(options: TelemetryOptions) {
    this.#clock = options.clock;
    const logCounters = new Counters(logCounterSpec);
    const loopCounters = new Counters(loopCounterSpec);
    const memoryCounters = new Counters(memoryCounterSpec);
    const [lateness, oversleep] = [new Histogram(), new Histogram()];
    this.#hotLog = new HotLog(options.clock, logCounters);
    this.log = this.#hotLog;
    this.#loop = new LoopMeter(options.clock, lateness, loopCounters, this.#work);
    this.#memory = new MemoryMeter(options.clock, memoryCounters);
    this.#witness = options.idleWitness === false ? null : new IdleWitness(oversleep);
    this.counters('log', logCounters);
    this.counters('loop', loopCounters);
    this.counters('memory', memoryCounters);
    this.histogram('loop_lateness', 'how late a 10 ms timer of the hot loop fired', lateness);
    if (this.#witness !== null)
      this.histogram('machine_lateness', 'how much an idle thread overslept 10 ms: the machine itself', oversleep);
  }

  /** Begins to watch the loop, the collector and the machine. */
  start(): void {
    this.#loop.start();
    this.#memory.start();
    this.#witness?.start();
  }

  /**
   * Shows `counters` on /metrics as `meks_<prefix>_<name>`, with `_total` unless its sentence ends in `(gauge)`.
   * The same prefix with other labels is the same metric of another room. Returns what takes it off again.
   */
  counters(prefix: string, counters: Counters<string>, labels: MetricLabels = {}): () => void {
    // What a sender's thread writes is no turn of this one.
    const forget = 'sender' in labels ? () => {} : this.#work.watch(prefix, counters);
    const takeOff = this.#add({ kind: 'counters', prefix, labels, spec: counters.spec, values: counters.values });
    return () => {
      forget();
      takeOff();
    };
  }

  /** Shows `histogram` (microseconds) on /metrics as `meks_<name>_seconds`. Returns what takes it off again. */
  histogram(name: string, help: string, histogram: Histogram, labels: MetricLabels = {}): () => void {
    return this.#add({ kind: 'histogram', name, unit: 'seconds', help, labels, values: histogram.values });
  }

  /** Shows `histogram` (numbers of events) on /metrics as `meks_<name>_events`. Returns what takes it off again. */
  distribution(name: string, help: string, histogram: Histogram, labels: MetricLabels = {}): () => void {
    return this.#add({ kind: 'histogram', name, unit: 'events', help, labels, values: histogram.values });
  }

  /** A life of the cold thread begins: it is told everything anew. */
  started(port: MessagePort): void {
    this.#port = port;
    const linesTaken = new Int32Array(new SharedArrayBuffer(4));
    this.#post({ kind: 'begin', linesTaken });
    for (const [id, table] of this.#tables) this.#post({ kind: 'table', id, table });
    this.#hotLog.started(port, linesTaken);
  }

  stopped(): void {
    this.#port = null;
    this.#hotLog.stopped();
  }

  /**
   * Stops watching and waits until the last lines are written, a second at most. Call it before the thread is stopped.
   */
  async close(): Promise<void> {
    this.#loop.stop();
    this.#memory.stop();
    await this.#witness?.stop();
    const endMs = this.#clock.nowMs() + closeMs;
    while (this.#hotLog.pending() > 0 && this.#clock.nowMs() < endMs) await delay(this.#clock, 5);
    this.lastWords();
  }

  /** Writes what still waits for a cold thread to standard error, at once: for the end of a process, and only then. */
  lastWords(): void {
    for (let line = this.#hotLog.takeWaiting(); line !== undefined; line = this.#hotLog.takeWaiting()) {
      const { level, time, event, fields } = line;
      writeSync(2, `${JSON.stringify({ level, time, event, ...fields })}\n`);
    }
  }

  #add(table: MetricTable): () => void {
    assert(this.#tables.size < limits.metricTablesMax.value, 'metricTablesMax holds for rooms times their tables');
    assert(table.values.buffer instanceof SharedArrayBuffer, 'what is counted lies in shared memory');
    const id = this.#nextId++;
    this.#tables.set(id, table);
    this.#post({ kind: 'table', id, table });
    return () => {
      this.#tables.delete(id);
      this.#post({ kind: 'table-gone', id });
    };
  }

  #post(message: TelemetryMessage): void {
    this.#port?.postMessage(message);
  }
}
