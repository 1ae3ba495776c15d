import { Histogram } from '../base/histogram.ts';
import type { CounterTable, HistogramTable, MetricTable } from './telemetry-messages.ts';

// Counters and histograms as Prometheus text (exposition format 0.0.4). Pure: tables in, text out. Tables of the same
// name with different labels are one metric with a sample for each.

/**
 * Ends of the buckets shown, in microseconds: places where a bucket of Histogram begins, so that the counts are exact.
 */
const boundsUs = (
  '128 256 512 1024 2048 4096 8192 12288 16640 24576 32768 49152 65536 ' +
  '131072 262144 524288 1048576 2097152 4194304 16777216'
)
  .split(' ')
  .map(Number);

/**
 * The same for numbers of events, of which a bucket has those up to and including its end: one less than a power of
 * two.
 */
const eventBounds = [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047, 4095, 8191, 16_383, 65_535, 262_143, 1_048_575];

export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8';

export function renderMetrics(tables: Iterable<MetricTable>): string {
  const families = new Map<string, string[]>();
  for (const table of tables) {
    if (table.kind === 'counters') addCounters(families, table);
    else addHistogram(families, table);
  }
  return [...families.values()].map((lines) => lines.join('\n') + '\n').join('');
}

function addCounters(families: Map<string, string[]>, table: CounterTable): void {
  const labels = labelText(table.labels);
  for (const [index, [counter, sentence]] of Object.entries(table.spec).entries()) {
    const gauge = sentence.endsWith('(gauge)');
    const name = `meks_${table.prefix}_${snakeCase(counter)}${gauge ? '' : '_total'}`;
    const lines = family(families, name, gauge ? 'gauge' : 'counter', sentence.replace(/ \(gauge\)$/, ''));
    lines.push(`${name}${labels} ${numberText(table.values[index]!)}`);
  }
}

function addHistogram(families: Map<string, string[]>, table: HistogramTable): void {
  const name = `meks_${table.name}_${table.unit}`;
  const lines = family(families, name, 'histogram', table.help);
  const histogram = new Histogram(table.values);
  const seconds = table.unit === 'seconds';
  const ends = seconds ? boundsUs.map((us) => us / 1e6) : eventBounds;
  const counts = histogram.countsBelow([
    ...(seconds ? boundsUs : eventBounds.map((events) => events + 1)),
    Number.POSITIVE_INFINITY,
  ]);
  const total = counts.pop()!;
  for (const [index, count] of counts.entries())
    lines.push(`${name}_bucket${labelText({ ...table.labels, le: numberText(ends[index]!) })} ${count}`);
  lines.push(`${name}_bucket${labelText({ ...table.labels, le: '+Inf' })} ${total}`);
  lines.push(`${name}_sum${labelText(table.labels)} ${numberText(seconds ? histogram.sumUs / 1e6 : histogram.sumUs)}`);
  lines.push(`${name}_count${labelText(table.labels)} ${total}`);
}

function family(families: Map<string, string[]>, name: string, type: string, help: string): string[] {
  let lines = families.get(name);
  if (lines === undefined) {
    lines = [`# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`, `# TYPE ${name} ${type}`];
    families.set(name, lines);
  }
  return lines;
}

function labelText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
