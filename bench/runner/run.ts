import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { GeneratorOrder, GeneratorReport, GeneratorResult, GeneratorSettings } from '../generator/generator.ts';
import type { Phase } from '../generator/schedule.ts';
import type { IdleReport } from '../idle.ts';
import { monotonicMs } from '../monotonic.ts';
import { startNoise } from './noise.ts';
import { cpuMs, endProcess, processTree, rssMb } from './processes.ts';
import type { Program, Started } from './programs.ts';
import type { Scenario, Variant } from './scenarios.ts';
import { startTlsProxy } from './tls-proxy.ts';
import type { TlsProxy } from './tls-proxy.ts';

// One run of one program: start it, connect everything, let the schedule pass, look at what the program cost, end it.
// All processes of a run are children of this one and are ended by their ids, whatever happens.

const memoryEveryMs = 500;
const settleMs = 500;

export interface Raw {
  readonly generated: GeneratorResult;
  readonly cpuMs: number;
  readonly memory: readonly (readonly [number, number])[];
  readonly idle: IdleReport;
  readonly endMs: number;
  readonly trace: Started['trace'];
  /** The program's own counters after the run; empty where it tells none. */
  readonly own: Readonly<Record<string, number>>;
}

export interface RunPlan {
  readonly program: Program;
  readonly scenario: Scenario;
  readonly variant: Variant;
  readonly seed: number;
  readonly quick: boolean;
  readonly checkout: string;
}

export async function runOnce({ program, scenario, variant, seed, quick, checkout }: RunPlan): Promise<Raw> {
  const generator = new Fork('generator', new URL('../generator/generator.ts', import.meta.url));
  const idle = new Fork('idle', new URL('../idle.ts', import.meta.url));
  let started: Started | null = null;
  let proxy: TlsProxy | null = null;
  let noise: { end(): Promise<void> } | null = null;
  try {
    generator.send({ kind: 'prepare', settings: settingsOf(program, scenario, variant, seed, quick) });
    const prepared = await generator.next('prepared', 240_000);
    started = await program.start({
      upstreamPort: prepared.upstreamPort,
      rooms: scenario.rooms,
      checkout,
      serve: variant.serve,
    });
    const { ingestPort, ingestPath } = started;
    if (scenario.tls) proxy = await startTlsProxy(started.target);
    const target = proxy?.target ?? started.target;
    generator.send({ kind: 'connect', target, ingestPort, ingestPath });
    await generator.next('connected', 120_000);
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    noise = startNoise(variant.noise, started.target.port);
    return await measure(generator, idle, started, proxy, scenario.phases);
  } catch (error) {
    const said = started === null ? '' : `\nit printed: ${started.lastOutput()}`;
    throw new Error(`${program.name}: ${error instanceof Error ? error.message : String(error)}${said}`, {
      cause: error,
    });
  } finally {
    await Promise.all([noise?.end(), started?.end(), proxy?.running.end(), generator.end(), idle.end()]);
  }
}

async function measure(
  generator: Fork,
  idle: Fork,
  started: Started,
  proxy: TlsProxy | null,
  phases: readonly Phase[],
): Promise<Raw> {
  const roots = [started.child, ...(proxy === null ? [] : [proxy.running.child])];
  const tree = roots.flatMap((child) => processTree(child.pid ?? 0));
  const startMs = monotonicMs();
  const memory: [number, number][] = [[0, rssMb(tree)]];
  const memoryTimer = setInterval(() => memory.push([monotonicMs() - startMs, rssMb(tree)]), memoryEveryMs);
  idle.send('reset');
  await idle.any(5_000);
  const cpuBeforeMs = cpuMs(tree);
  generator.send({ kind: 'run' });
  const lengthMs = phases.reduce((sum, phase) => sum + phase.seconds * 1_000, 0);
  const { result } = await generator.next('finished', lengthMs + 90_000).finally(() => clearInterval(memoryTimer));
  const cpuAfterMs = cpuMs(tree);
  const endMs = monotonicMs();
  idle.send('report');
  const idleReport = (await idle.any(5_000)) as IdleReport;
  if (started.child.exitCode !== null || started.child.signalCode !== null)
    throw new Error('the program ended during the run');
  const own = await readMetrics(started.metricsUrl);
  return {
    generated: result,
    cpuMs: cpuAfterMs - cpuBeforeMs,
    memory,
    idle: idleReport,
    endMs,
    trace: started.trace,
    own,
  };
}

function settingsOf(
  program: Program,
  scenario: Scenario,
  variant: Variant,
  seed: number,
  quick: boolean,
): GeneratorSettings {
  const burstAt = scenario.phases.findIndex((phase) => phase.name === 'burst');
  const before = scenario.phases.slice(0, burstAt).reduce((sum, phase) => sum + phase.seconds, 0);
  const middleMs = (before + (scenario.phases[burstAt]?.seconds ?? 0) / 2) * 1_000;
  return {
    seed,
    phases: scenario.phases,
    upstream: program.upstream,
    dashboards: scenario.dashboards,
    rooms: scenario.rooms,
    slowShare: variant.slowShare,
    stalledShare: variant.stalledShare,
    storm: scenario.stormReturnMs === 0 ? null : { atMs: middleMs, returnWithinMs: scenario.stormReturnMs },
    drainMs: quick ? 8_000 : 20_000,
  };
}

/**
 * Samples of a Prometheus page by name and labels, without the buckets of histograms. A page that fails is no reason to
 * fail.
 */
async function readMetrics(url: string | null): Promise<Record<string, number>> {
  if (url === null) return {};
  try {
    const text = await (await fetch(url, { signal: AbortSignal.timeout(3_000) })).text();
    const samples = text.split('\n').filter((line) => line.startsWith('meks_') && !line.includes('_bucket{'));
    return Object.fromEntries(
      samples.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
    );
  } catch {
    return {};
  }
}

/** A forked TypeScript process and its reports, in order. */
class Fork {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #reports: unknown[] = [];
  #failure: Error | null = null;
  #wake: () => void = () => {};

  constructor(name: string, file: URL) {
    this.#name = name;
    this.#child = fork(fileURLToPath(file), {
      serialization: 'advanced',
      execArgv: ['--max-semi-space-size=16', '--expose-gc'],
    });
    this.#child.on('message', (report) => {
      this.#reports.push(report);
      this.#wake();
    });
    this.#child.on('exit', (code) => {
      this.#failure ??= new Error(`the ${name} process ended with ${code}`);
      this.#wake();
    });
  }

  send(order: GeneratorOrder | 'reset' | 'report'): void {
    this.#child.send(order);
  }

  async next<K extends GeneratorReport['kind']>(
    kind: K,
    withinMs: number,
  ): Promise<Extract<GeneratorReport, { kind: K }>> {
    const report = (await this.any(withinMs)) as GeneratorReport;
    if (report.kind === 'failed') throw new Error(report.message);
    if (report.kind !== kind) throw new Error(`the ${this.#name} said ${report.kind} where ${kind} was due`);
    return report as Extract<GeneratorReport, { kind: K }>;
  }

  async any(withinMs: number): Promise<unknown> {
    const deadlineMs = monotonicMs() + withinMs;
    while (this.#reports.length === 0) {
      if (this.#failure !== null) throw this.#failure;
      const leftMs = deadlineMs - monotonicMs();
      if (leftMs <= 0) throw new Error(`the ${this.#name} said nothing for ${Math.round(withinMs / 1_000)} s`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    return this.#reports.shift();
  }

  end(): Promise<void> {
    this.#failure ??= new Error(`the ${this.#name} process was ended`);
    return endProcess(this.#child, 1_000);
  }
}
