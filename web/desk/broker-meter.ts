import { brokerUrl } from '../shell/rooms.ts';

// The broker's own hitch meter, from the numbers that it shows on /metrics: how late its hot loop is, beside an idle
// thread of the same machine, and what its collector took. Pure but for the one request.

export interface Lateness {
  /** Milliseconds under which so many of 1,000 lie, by the bucket that holds it; Infinity = beyond the last one. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
}

export interface Collections {
  readonly kind: string;
  readonly count: number;
  readonly ms: number;
}

export interface BrokerReading {
  readonly hitches: number;
  readonly longestTurnMs: number;
  readonly recentTurnMs: number;
  /** What was done in the recent turn: `400 messages, 300 writes`; '' = nothing that is counted. */
  readonly recentTurnWork: string;
  /** null = too little seen. */
  readonly loop: Lateness | null;
  /** The same of a thread that does nothing: what it sees is the machine's doing. */
  readonly machine: Lateness | null;
  readonly collections: readonly Collections[];
  readonly longestCollectionMs: number;
  readonly heapUsedBytes: number;
  readonly uptimeSec: number;
}

const workWords = [
  ['messages', 'message'],
  ['writes', 'write'],
  ['snapshots', 'snapshot'],
  ['openings', 'new connection'],
  ['asks', 'question'],
  ['commands', 'command'],
] as const;

const collectionKinds = [
  ['scavenge', 'scavenges', 'Young generation'],
  ['major', 'majors', 'Full'],
  ['incremental', 'incrementals', 'Marking steps'],
  ['other', 'others', 'Other'],
] as const;

/** The reading in the text of /metrics; null when it is none. */
export function readBroker(text: string): BrokerReading | null {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = line.startsWith('#') ? null : /^(meks_(?:loop|machine|memory|process)_\S+) (\S+)$/.exec(line);
    if (match !== null) values.set(match[1]!, Number(match[2]));
  }
  const value = (name: string): number => values.get(`meks_${name}`) ?? 0;
  if (!values.has('meks_loop_hitches_total')) return null;
  const work = workWords.flatMap(([name, word]) => {
    const count = value(`loop_recent_turn_${name}`);
    return count === 0 ? [] : [`${count} ${word}${count === 1 ? '' : 's'}`];
  });
  return {
    hitches: value('loop_hitches_total'),
    longestTurnMs: value('loop_longest_turn_ms'),
    recentTurnMs: value('loop_recent_turn_ms'),
    recentTurnWork: work.join(', '),
    loop: lateness(values, 'meks_loop_lateness_seconds'),
    machine: lateness(values, 'meks_machine_lateness_seconds'),
    collections: collectionKinds.map(([one, many, kind]) => ({
      kind,
      count: value(`memory_gc_${many}_total`),
      ms: value(`memory_gc_${one}_ms_total`),
    })),
    longestCollectionMs: value('memory_gc_longest_ms'),
    heapUsedBytes: value('memory_heap_used_bytes'),
    uptimeSec: value('process_uptime_seconds'),
  };
}

function lateness(values: ReadonlyMap<string, number>, name: string): Lateness | null {
  const count = values.get(`${name}_count`) ?? 0;
  if (count === 0) return null;
  const prefix = `${name}_bucket{le="`;
  const buckets = [...values]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, total]) => ({ ms: Number(key.slice(prefix.length, -2).replace('+Inf', 'Infinity')) * 1_000, total }))
    .toSorted((a, b) => a.ms - b.ms);
  const under = (share: number): number => buckets.find(({ total }) => total >= share * count)?.ms ?? Infinity;
  return { p50Ms: under(0.5), p99Ms: under(0.99), p999Ms: under(0.999) };
}

/** Asks the broker; null = it cannot be reached, or may not be asked. */
export async function askBroker(): Promise<BrokerReading | null> {
  try {
    const response = await fetch(brokerUrl('metrics'));
    return response.ok ? readBroker(await response.text()) : null;
  } catch {
    return null;
  }
}
