import { Histogram } from '../src/base/histogram.ts';
import { quarantineCounterSpec } from '../src/broker/quarantine-counters.ts';
import { roomCounterSpec } from '../src/broker/room-counters.ts';
import { deliveryCounterSpec } from '../src/delivery/counters.ts';
import { gatewayCounterSpec } from '../src/gateway/gateway.ts';
import { pushCounterSpec } from '../src/feed/push.ts';
import { replayCounterSpec } from '../src/feed/recording/steps.ts';
import { recordingCounterSpec } from '../src/feed/recording.ts';
import { upstreamCounterSpec } from '../src/feed/upstream/counters.ts';
import { journalCounterSpec } from '../src/journal/journal-types.ts';
import { writerCounterSpec } from '../src/journal/writer-counters.ts';
import { subscriptionCounterSpec } from '../src/subscriptions/counters.ts';
import { historyCounterSpec, historyReadCounterSpec } from '../src/journal/history.ts';
import { ingestCounterSpec } from '../src/ingest/ingest.ts';
import { normalizerCounters } from '../src/normalizer/counters.ts';
import { operatorCounterSpec } from '../src/operator/operator.ts';
import { rankingCounterSpec } from '../src/ranking/options.ts';
import { logCounterSpec } from '../src/telemetry/hot-log.ts';
import { loopCounterSpec } from '../src/telemetry/loop-meter.ts';
import { memoryCounterSpec } from '../src/telemetry/memory-meter.ts';
import { renderMetrics } from '../src/telemetry/prometheus-text.ts';
import { processCounterSpec } from '../src/telemetry/telemetry-cold.ts';
import type { HistogramUnit, MetricTable } from '../src/telemetry/telemetry-messages.ts';

// Everything that /metrics shows, for docs/METRICS.md. A test compares this list with the page of a broker that runs.

type Spec = Readonly<Record<string, string>>;

const room = { room: 'ROOM' };

const counters: readonly (readonly [prefix: string, spec: Spec, labels: Readonly<Record<string, string>>])[] = [
  ['room', roomCounterSpec, room],
  ['upstream', upstreamCounterSpec, room],
  ['push', pushCounterSpec, room],
  ['replay', replayCounterSpec, room],
  ['recording', recordingCounterSpec, room],
  ['ingest', ingestCounterSpec, room],
  ['normalizer', normalizerCounters().spec, room],
  ['ranking', rankingCounterSpec, room],
  ['operator', operatorCounterSpec, room],
  ['journal', journalCounterSpec, room],
  ['journal_writer', writerCounterSpec, room],
  ['delivery', deliveryCounterSpec, room],
  ['subscriptions', subscriptionCounterSpec, room],
  ['history', historyCounterSpec, room],
  ['history', historyReadCounterSpec, {}],
  ['gateway', gatewayCounterSpec, {}],
  ['quarantine', quarantineCounterSpec, {}],
  ['loop', loopCounterSpec, {}],
  ['memory', memoryCounterSpec, {}],
  ['process', processCounterSpec, {}],
  ['log', logCounterSpec, {}],
];

type Labels = Readonly<Record<string, string>>;

const histograms: readonly (readonly [name: string, unit: HistogramUnit, help: string, labels: Labels])[] = [
  ['latency', 'seconds', 'from the arrival of a raw message to the last write of its event', room],
  ['delivery_lag', 'events', 'events that a connection had still to get, each connection once a second', room],
  ['loop_lateness', 'seconds', 'how late a 10 ms timer of the hot loop fired', {}],
  ['machine_lateness', 'seconds', 'how much an idle thread overslept 10 ms: the machine itself', {}],
];

export interface MetricFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
}

/** The metrics on a page of them, in its order. */
export function familiesOf(page: string): MetricFamily[] {
  const types = new Map([...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => [name, type!]));
  return [...page.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => ({
    name: name!,
    type: types.get(name) ?? 'untyped',
    help: help!,
  }));
}

/** Every metric that a broker shows, with its labels. */
export function documentedMetrics(): readonly (MetricFamily & { readonly labels: string })[] {
  const tables: MetricTable[] = [
    ...counters.map(([prefix, spec, labels]) => {
      return { kind: 'counters', prefix, spec, labels, values: new Float64Array(Object.keys(spec).length) } as const;
    }),
    ...histograms.map(([name, unit, help, labels]) => {
      return { kind: 'histogram', name, unit, help, labels, values: new Histogram().values } as const;
    }),
  ];
  return tables.flatMap((table) => {
    const labels = Object.keys(table.labels).join(', ');
    return familiesOf(renderMetrics([table])).map((family) => Object.assign(family, { labels }));
  });
}
