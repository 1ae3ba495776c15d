import type { Measured } from '../generator/recorder.ts';
import { Histogram } from '../generator/histogram.ts';
import type { IdleReport } from '../idle.ts';
import type { Hitch } from '../generator/hitches.ts';
import { seriesPoints } from '../generator/series.ts';
import { summarize } from './gc-trace.ts';
import type { GcPause } from './gc-trace.ts';
import type { Program } from './programs.ts';
import type { Awake, PhaseFigures, RunDetail, RunResult } from './results.ts';
import { round } from './results.ts';
import type { Raw } from './run.ts';
import type { Scenario, Variant } from './scenarios.ts';
import { awakeOf } from './standstill.ts';

// From what was measured to what is reported. Percentiles come from the merged histogram of a whole run, never from an
// average of others.

const hitchesListedMax = 200;
const stallsListedMax = 1_000;
const gcListedAboveMs = 1;

export function summarizeRun(
  program: Program,
  scenario: Scenario,
  variant: Variant,
  raw: Raw,
  roundIndex: number,
): RunDetail {
  const { generated, trace } = raw;
  const { measured } = generated;
  const whole = new Histogram();
  for (const phase of measured.byPhase) whole.add(new Histogram(phase));
  const during = (pause: GcPause): boolean => pause.atMs >= generated.startMs && pause.atMs <= raw.endMs;
  const hot = trace.hotPauses().filter(during);
  const name = variant.label === '' ? program.name : `${program.name} (${variant.label})`;
  const slow =
    Math.round(scenario.dashboards * variant.slowShare) + Math.round(scenario.dashboards * variant.stalledShare);
  const outcome = awakeOf(measured.series, generated.startMs, raw.idle);
  const awake = outcome.kind === 'known' ? outcome.awake : null;
  return {
    round: roundIndex,
    program: name,
    result: resultOf(name, raw, whole, hot, awake),
    awake,
    awake_unknown: outcome.kind === 'known' ? '' : outcome.reason,
    phases: phaseFigures(scenario, measured),
    hdr: whole.encode(),
    series: seriesPoints(measured.series).map((p) => [p.atMs, round(p.p50Ms, 2), round(p.p99Ms, 2), round(p.maxMs, 2)]),
    hitches: measured.hitches.slice(0, hitchesListedMax).map((hitch) => explain(hitch, raw, hot)),
    gc_pauses: hot
      .filter((pause) => pause.ms > gcListedAboveMs)
      .map((pause) => [round(pause.atMs - generated.startMs, 1), round(pause.ms, 2), pause.kind]),
    gc_cold: summarize(trace.coldPauses().filter(during)),
    tells_gc: program.tellsGc,
    idle: listed(raw.idle),
    generator: generated.health,
    closes: Object.fromEntries(generated.closes),
    slow: slow === 0 ? null : { dashboards: slow, ...pickSlow(measured) },
    caught_up: caughtUp(new Histogram(measured.caughtUp)),
    storm_ms: round(generated.stormMs, 1),
    other_events: measured.otherEvents,
    seq_breaks: measured.seqBreaks,
    foreign: measured.good.foreign + measured.others.foreign,
    memory: raw.memory.map(([at, mb]) => [Math.round(at), round(mb, 1)]),
    upstream_bytes_per_event: Math.round(generated.bytesPerEvent),
    own: raw.own,
  };
}

function resultOf(name: string, raw: Raw, whole: Histogram, hot: readonly GcPause[], awake: Awake | null): RunResult {
  const { generated } = raw;
  const { good, others } = generated.measured;
  const deliveries = good.deliveries + others.deliveries;
  const gc = summarize(hot);
  return {
    program: name,
    offered: generated.offered,
    accepted: generated.accepted,
    deliveries,
    lost: good.lost,
    duplicated: good.duplicated + others.duplicated,
    disordered: good.disordered + others.disordered,
    lagged: good.laggedFrames + others.laggedFrames,
    snapshots: good.snapshots + others.snapshots,
    p50_ms: round(whole.quantileMs(0.5)),
    p90_ms: round(whole.quantileMs(0.9)),
    p99_ms: round(whole.quantileMs(0.99)),
    p999_ms: round(whole.quantileMs(0.999)),
    p9999_ms: round(whole.quantileMs(0.9999)),
    max_ms: round(whole.maxMs),
    hitches: generated.measured.hitches.length,
    gc: { count: gc.count, max_ms: round(gc.max_ms), total_ms: round(gc.total_ms) },
    cpu_us_per_delivery: deliveries === 0 ? 0 : round((raw.cpuMs * 1_000) / deliveries),
    rss_mb: round(Math.max(...raw.memory.map(([, mb]) => mb)), 1),
    generator_busy: round(generated.health.busy),
    p999_awake_ms: awake?.p999_ms ?? null,
  };
}

function phaseFigures(scenario: Scenario, measured: Measured): PhaseFigures[] {
  return scenario.phases.map((phase, index) => {
    const histogram = new Histogram(measured.byPhase[index]);
    return {
      name: phase.name,
      events_per_second: phase.eventsPerSecond,
      seconds: round(phase.seconds, 1),
      p50_ms: round(histogram.quantileMs(0.5)),
      p99_ms: round(histogram.quantileMs(0.99)),
      p999_ms: round(histogram.quantileMs(0.999)),
      max_ms: round(histogram.maxMs),
    };
  });
}

function pickSlow(measured: Measured): { deliveries: number; unread: number; told: number } {
  const { deliveries, lost, told } = measured.others;
  return { deliveries, unread: lost, told };
}

function caughtUp(histogram: Histogram): RunDetail['caught_up'] {
  if (histogram.count === 0) return null;
  return { count: histogram.count, p99_ms: round(histogram.quantileMs(0.99)), max_ms: round(histogram.maxMs) };
}

/** A report of the witness of bounded length: what is not listed any more is counted. */
function listed(idle: IdleReport): IdleReport {
  return {
    ...idle,
    hitches: idle.hitches.slice(0, hitchesListedMax),
    stalls: idle.stalls.slice(0, stallsListedMax),
    stallsBeyond: idle.stallsBeyond + Math.max(0, idle.stalls.length - stallsListedMax),
  };
}

/** What else happened in a hitch: the longest pause of the collector, or a stall that an idle process felt as well. */
function explain(hitch: Hitch, raw: Raw, hot: readonly GcPause[]): readonly [number, number, string] {
  const fromMs = raw.generated.startMs + hitch.fromMs;
  const toMs = raw.generated.startMs + hitch.toMs;
  const causes: string[] = [];
  const pauses = hot.filter(
    (pause) => pause.atMs >= fromMs && pause.atMs - pause.ms <= toMs && pause.ms > gcListedAboveMs,
  );
  const longest = pauses.reduce<GcPause | null>(
    (max, pause) => (max === null || pause.ms > max.ms ? pause : max),
    null,
  );
  if (longest !== null) causes.push(`gc ${longest.kind} ${round(longest.ms, 1)} ms`);
  const stall = raw.idle.hitches.find((one) => one.atMs >= fromMs && one.atMs - one.ms <= toMs);
  if (stall !== undefined) causes.push(`the machine: idle process stalled ${round(stall.ms, 1)} ms`);
  return [round(hitch.fromMs, 1), round(hitch.worstMs, 2), causes.join('; ')];
}
