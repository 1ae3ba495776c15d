import { quantilesOf } from '../generator/histogram.ts';
import type { Detail, RunDetail } from '../runner/results.ts';
import { median } from '../runner/verdict.ts';
import { drawChart, logTicks } from './chart.ts';
import type { Line } from './chart.ts';

// The three pictures of the report: how the tail looks, how it went over time, what a delivery costs.

export const frame = { at: 16.7, label: 'one frame, 16.7 ms' };
const shares = [
  0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.99, 0.995, 0.9975, 0.999, 0.9995, 0.99975, 0.9999, 0.99995, 0.99999,
];

export function programNames(runs: readonly RunDetail[]): string[] {
  return [...new Set(runs.map((run) => run.program))];
}

/** Colour class of a program, whichever variant of it ran. */
function colorOf(program: string): string {
  return program.split(' ')[0]!;
}

/** Latency at each percentile: all rounds of a program counted in one histogram. */
export function percentilePlot(detail: Detail): string {
  const lines = programNames(detail.runs).map((program): Line => {
    const encoded = detail.runs.filter((run) => run.program === program).map((run) => run.hdr);
    const points = quantilesOf(encoded, shares).map((ms, at): [number, number] => [shares[at]!, ms]);
    return { label: program, color: colorOf(program), points, strong: program === 'meks' };
  });
  const top = niceTop(Math.max(...lines.flatMap((line) => line.points.map(([, ms]) => ms))));
  return drawChart({
    title: `${detail.scenario}: latency by percentile, ${detail.rounds} round${detail.rounds === 1 ? '' : 's'}`,
    x: {
      title: 'percentile (each further nine takes the same room)',
      from: 0,
      to: 0.99999,
      scale: 'tail',
      ticks: [
        [0, '0'],
        [0.9, '90'],
        [0.99, '99'],
        [0.999, '99.9'],
        [0.9999, '99.99'],
        [0.99999, '99.999'],
      ],
    },
    y: { title: 'ms', from: 0.5, to: top, scale: 'log', ticks: logTicks(0.5, top) },
    lines,
    levels: [frame],
    marks: [],
    markLabel: '',
  });
}

/** Worst delivery of every slot through the burst, of each program's median round; pauses of MEKS beneath. */
export function timePlot(detail: Detail): string {
  const chosen = programNames(detail.runs).flatMap(
    (program) => medianRun(detail.runs.filter((run) => run.program === program)) ?? [],
  );
  const lines = chosen.map((run): Line => ({
    label: run.program,
    color: colorOf(run.program),
    strong: run.program === 'meks',
    points: run.series.map(([at, , , max]): [number, number] => [at / 1_000, Math.max(0.5, max)]),
  }));
  const seconds = Math.max(1, ...lines.flatMap((line) => line.points.map(([at]) => at)));
  const top = niceTop(Math.max(20, ...lines.flatMap((line) => line.points.map(([, ms]) => ms))));
  const pauses = chosen.find((run) => run.program === 'meks')?.gc_pauses ?? [];
  const longest = Math.max(1, ...pauses.map(([, ms]) => ms));
  const stepSeconds = seconds > 600 ? 600 : seconds > 60 ? 15 : 5;
  return drawChart({
    title: `${detail.scenario}: worst delivery of each moment`,
    x: {
      title: 'seconds after the start',
      from: 0,
      to: seconds,
      scale: 'linear',
      ticks: Array.from({ length: Math.floor(seconds / stepSeconds) + 1 }, (_, at): [number, string] => [
        at * stepSeconds,
        String(at * stepSeconds),
      ]),
    },
    y: { title: 'ms', from: 0.5, to: top, scale: 'log', ticks: logTicks(0.5, top) },
    lines,
    levels: [frame],
    marks: pauses
      .filter(([at]) => at >= 0 && at / 1_000 <= seconds)
      .map(([at, ms]) => ({ at: at / 1_000, share: ms / longest })),
    markLabel: `GC of meks, to ${longest.toFixed(1)} ms`,
  });
}

/** p99.9 of each rate of a run that climbs through several: where a line leaves the floor, its program has broken. */
export function saturationPlot(detail: Detail): string {
  const lines = programNames(detail.runs).map((program): Line => {
    const runs = detail.runs.filter((run) => run.program === program);
    const steps = runs[0]!.phases.map((phase, at) => ({ phase, at })).filter(({ phase }) => phase.name === 'step');
    const points = steps.map(({ phase, at }): [number, number] => [
      phase.events_per_second,
      Math.max(0.5, median(runs.map((run) => run.phases[at]!.p999_ms))),
    ]);
    return { label: program, color: colorOf(program), points, strong: program === 'meks' };
  });
  const rates = lines[0]!.points.map(([rate]) => rate);
  const top = niceTop(Math.max(...lines.flatMap((line) => line.points.map(([, ms]) => ms))));
  return drawChart({
    title: `${detail.scenario}: p99.9 at each rate`,
    x: {
      title: 'events per second',
      from: rates[0]!,
      to: rates.at(-1)!,
      scale: 'log',
      ticks: rates.map((rate): [number, string] => [rate, rate.toLocaleString('en')]),
    },
    y: { title: 'ms', from: 0.5, to: top, scale: 'log', ticks: logTicks(0.5, top) },
    lines,
    levels: [frame],
    marks: [],
    markLabel: '',
  });
}

/** The round in the middle by its p99.9. */
export function medianRun(runs: readonly RunDetail[]): RunDetail | null {
  const sorted = runs.toSorted((a, b) => a.result.p999_ms - b.result.p999_ms);
  return sorted[(sorted.length - 1) >> 1] ?? null;
}

/** CPU per delivery, or p99.9, against the number of dashboards, over all scenarios that differ in it. */
export function costPlot(
  details: readonly Detail[],
  field: 'cpu_us_per_delivery' | 'p999_ms',
  title: string,
  unit: string,
): string {
  const ordered = details.toSorted((a, b) => a.dashboards - b.dashboards);
  const names = [...new Set(ordered.flatMap((detail) => programNames(detail.runs)))];
  const lines = names.map((program): Line => {
    const points = ordered.flatMap((detail): [number, number][] => {
      const values = detail.runs.filter((run) => run.program === program).map((run) => run.result[field]);
      return values.length === 0 ? [] : [[detail.dashboards, median(values)]];
    });
    return { label: program, color: colorOf(program), points, strong: program === 'meks' };
  });
  const all = lines.flatMap((line) => line.points.map(([, value]) => value));
  const [bottom, top] = [niceBottom(Math.min(...all)), niceTop(Math.max(...all))];
  const [from, to] = [ordered[0]!.dashboards, ordered.at(-1)!.dashboards];
  return drawChart({
    title,
    x: {
      title: 'dashboards',
      from,
      to,
      scale: 'log',
      ticks: ordered.map(({ dashboards }): [number, string] => [dashboards, dashboards.toLocaleString('en')]),
    },
    y: { title: unit, from: bottom, to: top, scale: 'log', ticks: logTicks(bottom, top) },
    lines,
    levels: field === 'p999_ms' ? [frame] : [],
    marks: [],
    markLabel: '',
  });
}

/** The next 1, 2 or 5 above. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (value / power <= 2 ? 2 : value / power <= 5 ? 5 : 10);
}

/** The next 1, 2 or 5 below. */
export function niceBottom(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (value / power >= 5 ? 5 : value / power >= 2 ? 2 : 1);
}
