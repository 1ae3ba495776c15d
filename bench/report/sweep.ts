import { existsSync, readFileSync } from 'node:fs';
import { programs } from '../runner/programs.ts';
import { median } from '../runner/verdict.ts';
import { axes, isOn, middle } from '../sweep/plan.ts';
import type { Axis } from '../sweep/plan.ts';
import type { SweepResults, SweepRun } from '../sweep/results.ts';
import { drawChart, logTicks } from './chart.ts';
import type { Chart, Line } from './chart.ts';
import { frame, niceBottom, niceTop } from './plots.ts';

// The section about growth: what bench/sweep.ts measured, two pictures and a table for each axis.

const about: Readonly<Record<Axis, { readonly title: string; readonly unit: string; readonly note: string }>> = {
  dashboards: {
    title: 'As dashboards grow',
    unit: 'dashboards',
    note: `${middle.events} events/s in one room.`,
  },
  events: {
    title: 'As events grow',
    unit: 'events per second',
    note: `${middle.dashboards} dashboards of one room. A faster stream makes more events share a write, so that each costs less.`,
  },
  rooms: {
    title: 'As rooms grow',
    unit: 'rooms',
    note: `The same ${middle.events} events/s and ${middle.dashboards} dashboards in all, spread over more rooms: an event reaches fewer dashboards, so that cost is told in cores and not by delivery. The floor knows no rooms.`,
  },
};

interface Series {
  readonly program: string;
  /** Runs of each value of the axis, in its order. */
  readonly at: readonly (readonly [number, readonly SweepRun[]])[];
}

function seriesOf(axis: Axis, results: SweepResults): Series[] {
  const on = results.runs.filter((run) => isOn(axis, run));
  const values = [...new Set(on.map((run) => run[axis]))].sort((a, b) => a - b);
  const ran = new Set(on.map((run) => run.program));
  const names = programs.map((program) => program.name).filter((name) => ran.has(name));
  return names
    .map((program) => {
      const own = (value: number): SweepRun[] => on.filter((run) => run.program === program && run[axis] === value);
      return { program, at: values.map((value) => [value, own(value)] as const).filter(([, runs]) => runs.length > 0) };
    })
    .filter((series) => series.at.length > 1);
}

function points(series: Series, pick: (run: SweepRun) => number): (readonly [number, number])[] {
  return series.at.map(([value, runs]) => [value, median(runs.map(pick))]);
}

function chartOf(axis: Axis, title: string, unit: string, lines: readonly Line[], levels: Chart['levels']): string {
  const all = lines.flatMap((line) => line.points.map(([, value]) => value));
  const linear = unit === 'cores';
  const [bottom, top] = [linear ? 0 : niceBottom(Math.min(...all)), niceTop(1.01 * Math.max(...all))];
  const fifths = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share): [number, string] => [share * top, (share * top).toFixed(1)]);
  const values = [...new Set(lines.flatMap((line) => line.points.map(([value]) => value)))].sort((a, b) => a - b);
  return drawChart({
    title,
    x: {
      title: about[axis].unit,
      from: values[0]!,
      to: values.at(-1)!,
      scale: 'log',
      ticks: values.map((value): [number, string] => [value, value.toLocaleString('en')]),
    },
    y: linear
      ? { title: unit, from: 0, to: top, scale: 'linear', ticks: fifths }
      : { title: unit, from: bottom, to: top, scale: 'log', ticks: logTicks(bottom, top) },
    lines,
    levels: levels.filter(({ at }) => at > bottom && at < top),
    marks: [],
    markLabel: '',
  });
}

function latencyPlot(axis: Axis, all: readonly Series[]): string {
  const lines = all.flatMap((series): Line[] => {
    const look = { label: series.program, color: series.program, dots: true };
    return [
      { ...look, points: points(series, (run) => Math.max(0.1, run.p50_ms)), faint: true },
      { ...look, points: points(series, (run) => Math.max(0.1, run.p999_ms)), strong: series.program === 'meks' },
    ];
  });
  return chartOf(axis, `${about[axis].title}: p99.9, and p50 drawn faint`, 'ms', lines, [frame]);
}

function costPlot(axis: Axis, all: readonly Series[]): string {
  const byDelivery = axis !== 'rooms';
  const lines = all.map((series): Line => {
    const own = points(series, (run) => (byDelivery ? Math.max(0.01, run.cpu_us_per_delivery) : run.cores));
    return { label: series.program, color: series.program, dots: true, points: own, strong: series.program === 'meks' };
  });
  const what = byDelivery ? 'CPU time a delivery' : 'cores in use';
  return chartOf(axis, `${about[axis].title}: ${what}`, byDelivery ? 'µs' : 'cores', lines, []);
}

function table(axis: Axis, all: readonly Series[]): string[] {
  const values = [...new Set(all.flatMap((series) => series.at.map(([value]) => value)))].sort((a, b) => a - b);
  const cell = (series: Series, value: number): string => {
    const runs = series.at.find(([at]) => at === value)?.[1] ?? [];
    if (runs.length === 0) return '–';
    const of = (pick: (run: SweepRun) => number): number => median(runs.map(pick));
    const cost =
      axis === 'rooms'
        ? `${of((run) => run.cores).toFixed(2)} cores`
        : `${of((run) => run.cpu_us_per_delivery).toFixed(2)} µs`;
    return `${of((run) => run.p50_ms).toFixed(1)} / **${of((run) => run.p999_ms).toFixed(1)}** / ${cost}`;
  };
  const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    row([about[axis].unit, ...all.map((series) => series.program)]),
    row(['---:', ...all.map(() => '---:')]),
    ...values.map((value) => row([value.toLocaleString('en'), ...all.map((series) => cell(series, value))])),
  ];
}

/** What was lost, and where the generator or the machine may have set the figure: said, never left out. */
function caveats(results: SweepResults): string[] {
  const wrong = results.runs.reduce((sum, run) => sum + run.wrong, 0);
  const busy = results.runs.filter((run) => run.generator_busy > 0.8);
  const stalled = Math.max(...results.runs.map((run) => run.idle_max_ms));
  return [
    `Lost, duplicated or disordered in all of it: ${wrong}. Longest stall of an idle process beside the runs: ${stalled.toFixed(1)} ms. ` +
      (busy.length === 0
        ? 'The reading side of the generator was never busier than four fifths.'
        : `In ${busy.length} of ${results.runs.length} runs the reading side of the generator was busier than four fifths (${[...new Set(busy.map((run) => `${run.program} at ${run.dashboards} × ${run.events}/s`))].join(', ')}): there the figures are partly its own.`),
  ];
}

/** Lines of the page, and its pictures by name into `draw`; none where nothing was recorded. */
export function sweepSection(file: string, draw: (name: string, svg: string) => void): string[] {
  if (!existsSync(file)) return [];
  const results = JSON.parse(readFileSync(file, 'utf8')) as SweepResults;
  const counts = new Set(results.runs.map((run) => run.round));
  const lines = [
    '## How cost grows',
    '',
    `Short runs of ${results.seconds} s, ${counts.size} of each: for the shape of a curve. Each cell is p50 ms / p99.9 ms / cost, the median of its runs. Taken ${results.taken_at.slice(0, 10)} at commit ${results.commit}.`,
    '',
    '```',
    results.command,
    '```',
    '',
    ...caveats(results),
    '',
  ];
  for (const axis of axes) {
    const all = seriesOf(axis, results);
    if (all.length === 0) continue;
    draw(`sweep-${axis}-latency`, latencyPlot(axis, all));
    draw(`sweep-${axis}-cost`, costPlot(axis, all));
    lines.push(`### ${about[axis].title}`, '', about[axis].note, '', ...table(axis, all), '');
    lines.push(`![latency against ${axis}](benchmarks/sweep-${axis}-latency.svg)`, '');
    lines.push(`![cost against ${axis}](benchmarks/sweep-${axis}-cost.svg)`, '');
  }
  return lines;
}
