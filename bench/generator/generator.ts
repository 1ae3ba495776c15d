import { PerformanceObserver } from 'node:perf_hooks';
import { Worker } from 'node:worker_threads';
import { monotonicMs } from '../monotonic.ts';
import { Dashboards } from './dashboards.ts';
import type { DashboardTarget } from './dashboards.ts';
import { Histogram } from './histogram.ts';
import { Recorder } from './recorder.ts';
import type { Measured, Temper } from './recorder.ts';
import { makeSchedule, scheduleLengthMs } from './schedule.ts';
import type { Phase, Schedule } from './schedule.ts';
import type { SenderOrder, SenderReport, SenderSettings } from './sender-thread.ts';
import type { Upstream } from './tape.ts';

// The load of one run, as a process of its own that the runner forks: upstream on a thread, dashboards on this one.
// It also measures itself: how late it sent, how busy and how hitched its reading loop was, so that a figure can be
// seen to be the program's and not the generator's.

export interface GeneratorSettings {
  readonly seed: number;
  readonly phases: readonly Phase[];
  readonly upstream: Upstream;
  readonly dashboards: number;
  /** Event i belongs to room i mod rooms. Above 1 for Webcast upstreams and at most 1,000 events/s only. */
  readonly rooms: number;
  /** Shares of the dashboards, 0 to 1. */
  readonly slowShare: number;
  readonly stalledShare: number;
  /** Every dashboard drops at `atMs` after the start and returns within `returnWithinMs`; null = none does. */
  readonly storm: { readonly atMs: number; readonly returnWithinMs: number } | null;
  /** How long after the last event a program may take to deliver what it owes. */
  readonly drainMs: number;
}

export type GeneratorOrder =
  | { readonly kind: 'prepare'; readonly settings: GeneratorSettings }
  | {
      readonly kind: 'connect';
      readonly target: DashboardTarget;
      readonly ingestPort: number;
      readonly ingestPath: string;
    }
  | { readonly kind: 'run' }
  | { readonly kind: 'exit' };

/** What the generator found out about itself. */
export interface GeneratorHealth {
  /** Share of the run in which the reading loop had work, 0 to 1. */
  readonly busy: number;
  readonly lateSendP99Ms: number;
  readonly lateSendMaxMs: number;
  /** Longest overshoot of a timer in the reading loop. */
  readonly hitchMaxMs: number;
  readonly gcMaxMs: number;
  readonly gcTotalMs: number;
}

export interface GeneratorResult {
  readonly offered: number;
  readonly accepted: number;
  readonly startMs: number;
  readonly bytesPerEvent: number;
  readonly measured: Measured;
  readonly health: GeneratorHealth;
  readonly closes: ReadonlyMap<number, number>;
  /** Milliseconds after the cut at which every dashboard was served again; 0 = there was no storm. */
  readonly stormMs: number;
}

export type GeneratorReport =
  | { readonly kind: 'prepared'; readonly upstreamPort: number; readonly events: number }
  /** Upstream and dashboards are connected. */
  | { readonly kind: 'connected'; readonly connectMs: number }
  | { readonly kind: 'finished'; readonly result: GeneratorResult }
  | { readonly kind: 'failed'; readonly message: string };

const startDelayMs = 300;
const meterEveryMs = 5;

class Generator {
  readonly #settings: GeneratorSettings;
  readonly #schedule: Schedule;
  readonly #recorder: Recorder;
  readonly #tempers: readonly Temper[];
  readonly #sender: Worker;
  readonly #linked: Promise<void>;
  readonly #lag = new Histogram();
  readonly #gc = { maxMs: 0, totalMs: 0 };
  #dashboards: Dashboards | null = null;
  #sent: Extract<SenderReport, { kind: 'sent' }> | null = null;
  #bytesPerEvent = 0;
  #stormMs = 0;

  constructor(settings: GeneratorSettings) {
    this.#settings = settings;
    this.#schedule = makeSchedule(settings.seed, settings.phases);
    this.#tempers = makeTempers(settings);
    this.#recorder = new Recorder(this.#schedule, this.#tempers, settings.rooms);
    const workerData: SenderSettings = {
      seed: settings.seed,
      phases: settings.phases,
      upstream: settings.upstream,
      rooms: settings.rooms,
      wallStartMs: Date.now(),
    };
    this.#sender = new Worker(new URL('./sender-thread.ts', import.meta.url), { workerData });
    this.#sender.on('error', fail);
    this.#linked = new Promise((resolve) => {
      this.#sender.on('message', (report: SenderReport) => {
        if (report.kind === 'linked') resolve();
        else if (report.kind === 'sent') this.#sent = report;
        else {
          this.#bytesPerEvent = report.bytesPerEvent;
          tell({ kind: 'prepared', upstreamPort: report.port, events: this.#schedule.events });
        }
      });
    });
  }

  async connect(target: DashboardTarget, ingestPort: number, ingestPath: string): Promise<void> {
    const beganMs = monotonicMs();
    if (ingestPort !== 0) this.#order({ kind: 'connect', port: ingestPort, path: ingestPath });
    this.#dashboards = new Dashboards(target, this.#tempers, this.#recorder);
    await this.#dashboards.connectAll();
    await this.#linked;
    tell({ kind: 'connected', connectMs: monotonicMs() - beganMs });
  }

  async run(): Promise<void> {
    const dashboards = this.#dashboards;
    if (dashboards === null) throw new Error('connect comes before run');
    // What connecting left behind is collected now: the first scavenges of a run would have to copy it.
    globalThis.gc?.();
    const startMs = monotonicMs() + startDelayMs;
    dashboards.run(startMs);
    this.#order({ kind: 'run', startMs });
    const stopMeters = this.#startMeters();
    const usageBefore = performance.eventLoopUtilization();
    const storm = this.#storm(dashboards, startMs);
    await sleep(startMs + scheduleLengthMs(this.#schedule) - monotonicMs());
    const busy = performance.eventLoopUtilization(usageBefore).utilization;
    await storm;
    await this.#drain();
    stopMeters();
    tell({ kind: 'finished', result: this.#result(startMs, busy, dashboards) });
    dashboards.end();
  }

  async #storm(dashboards: Dashboards, startMs: number): Promise<void> {
    const storm = this.#settings.storm;
    if (storm === null) return;
    await sleep(startMs + storm.atMs - monotonicMs());
    const cutMs = monotonicMs();
    const count = this.#settings.dashboards;
    // Evenly spread in an order that has nothing to do with the order of connecting.
    await dashboards.storm((dashboard) => (((dashboard * 7_919) % count) / count) * storm.returnWithinMs);
    this.#stormMs = monotonicMs() - cutMs;
  }

  /** Until every good dashboard has the last event, or the time for that is over. */
  async #drain(): Promise<void> {
    const good = this.#tempers.filter((temper) => temper === 'good').length;
    const untilMs = monotonicMs() + this.#settings.drainMs;
    while (monotonicMs() < untilMs) {
      if (this.#recorder.ended === good) break;
      await sleep(20);
    }
    await sleep(200);
    this.#order({ kind: 'report' });
    while (this.#sent === null) await sleep(5);
  }

  #result(startMs: number, busy: number, dashboards: Dashboards): GeneratorResult {
    return {
      offered: this.#schedule.events,
      accepted: this.#sent?.accepted ?? 0,
      startMs,
      bytesPerEvent: this.#bytesPerEvent,
      measured: this.#recorder.measured(),
      health: {
        busy,
        lateSendP99Ms: this.#sent?.lateP99Ms ?? 0,
        lateSendMaxMs: this.#sent?.lateMaxMs ?? 0,
        hitchMaxMs: this.#lag.maxMs,
        gcMaxMs: this.#gc.maxMs,
        gcTotalMs: this.#gc.totalMs,
      },
      closes: dashboards.closes,
      stormMs: this.#stormMs,
    };
  }

  #startMeters(): () => void {
    let expectedMs = monotonicMs() + meterEveryMs;
    const meter = setInterval(() => {
      const nowMs = monotonicMs();
      this.#lag.record(nowMs - expectedMs);
      expectedMs = nowMs + meterEveryMs;
    }, meterEveryMs);
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        this.#gc.maxMs = Math.max(this.#gc.maxMs, duration);
        this.#gc.totalMs += duration;
      }
    });
    observer.observe({ entryTypes: ['gc'] });
    return () => {
      clearInterval(meter);
      observer.disconnect();
    };
  }

  #order(order: SenderOrder): void {
    this.#sender.postMessage(order);
  }
}

/** Slow and stalled dashboards are spread evenly among the good ones. */
function makeTempers(settings: GeneratorSettings): Temper[] {
  const slow = Math.round(settings.dashboards * settings.slowShare);
  const stalled = Math.round(settings.dashboards * settings.stalledShare);
  const tempers: Temper[] = Array.from({ length: settings.dashboards }, () => 'good');
  for (let bad = 0; bad < slow + stalled; bad++) {
    const at = Math.floor(((bad + 0.5) * settings.dashboards) / (slow + stalled));
    tempers[at] = bad < stalled ? 'stalled' : 'slow';
  }
  return tempers;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms));
  });
}

function tell(report: GeneratorReport): void {
  process.send?.(report);
}

function fail(error: unknown): void {
  tell({ kind: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

let generator: Generator | null = null;

process.on('message', (order: GeneratorOrder) => {
  if (order.kind === 'prepare') generator = new Generator(order.settings);
  else if (order.kind === 'connect') generator?.connect(order.target, order.ingestPort, order.ingestPath).catch(fail);
  else if (order.kind === 'run') generator?.run().catch(fail);
  else process.exit(0);
});
process.on('disconnect', () => process.exit(0));
process.on('uncaughtException', fail);
