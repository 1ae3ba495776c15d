import type { Counters } from '../base/counters.ts';
import type { MetricLabels, Telemetry } from '../telemetry/telemetry.ts';
import type { Room } from './room.ts';

const lagHelp = 'events that a connection had still to get, each connection once a second';

/** Puts what a room counts on /metrics; returns what takes it off. `history`: what the history counts of it. */
export function showRoomNumbers(telemetry: Telemetry, room: Room, history: Counters<string> | null): () => void {
  const labels: MetricLabels = { room: room.id };
  const { metrics } = room.feed;
  const tables: readonly (readonly [prefix: string, counters: Counters<string> | null | undefined])[] = [
    ['room', room.counters],
    [metrics?.family ?? '', metrics?.counters],
    ['recording', room.recorder?.counters],
    ['ingest', room.ingest.counters],
    ['normalizer', room.normalizer.counters],
    ['ranking', room.ranking.counters],
    ['operator', room.operator.counters],
    ['journal', room.log.counters],
    ['journal_writer', room.log.writerCounters],
    ['subscriptions', room.subscriptions.counters],
    ['history', history],
  ];
  const taken = tables.flatMap(([prefix, counters]) =>
    counters === null || counters === undefined ? [] : [telemetry.counters(prefix, counters, labels)],
  );
  const help = 'from the arrival of a raw message to the last write of its event';
  for (const numbers of room.fanout.numbers) {
    const all = { ...labels, ...numbers.labels };
    taken.push(telemetry.counters('delivery', numbers.delivery, all));
    taken.push(telemetry.histogram('latency', help, numbers.latency, all));
    taken.push(telemetry.distribution('delivery_lag', lagHelp, numbers.lag, all));
  }
  return () => {
    for (const forget of taken) forget();
  };
}
