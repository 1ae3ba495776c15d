import type { Phase } from '../generator/schedule.ts';
import { squeezePhases } from '../generator/schedule.ts';

// The workloads. Rates are never scaled: `--quick` shortens the phases, so that a quick run is the same load for less
// time. A variant is the same load with one thing changed, run beside it in every round, for ratios within a program.

export interface Variant {
  /** '' for the scenario itself, else what is different, as it is printed after the program's name. */
  readonly label: string;
  readonly slowShare: number;
  readonly stalledShare: number;
  readonly noise: 'none' | 'cpu' | 'disk' | 'cold';
  /** Further flags of `meks serve`. */
  readonly serve: readonly string[];
}

export interface Scenario {
  readonly name: string;
  readonly what: string;
  readonly phases: readonly Phase[];
  readonly dashboards: number;
  readonly rooms: number;
  /** Dashboards connect over TLS, to a proxy in front of the program. */
  readonly tls: boolean;
  /** Every dashboard drops in the middle of the burst and returns within this time; 0 = none does. */
  readonly stormReturnMs: number;
  readonly variants: readonly Variant[];
  /** False: only MEKS has what this scenario is about. */
  readonly peers: boolean;
}

/** The scenario itself, without anything added to it. */
export const plain: Variant = { label: '', slowShare: 0, stalledShare: 0, noise: 'none', serve: [] };

function burst(eventsPerSecond: number, seconds: number): readonly Phase[] {
  return [
    { name: 'warm-up', eventsPerSecond: 50, seconds: 10 },
    { name: 'burst', eventsPerSecond, seconds },
    { name: 'after', eventsPerSecond: 50, seconds: 10 },
  ];
}

const base = { dashboards: 300, rooms: 1, tls: false, stormReturnMs: 0, variants: [plain], peers: true };

export const scenarios: readonly Scenario[] = [
  {
    ...base,
    name: 'canonical',
    what: 'a battle: 50/s, one step to 500/s for 90 s, back to 50/s; 300 dashboards',
    phases: burst(500, 90),
  },
  { ...base, name: 'x10', what: 'ten times the burst: 5,000/s for 30 s; 300 dashboards', phases: burst(5_000, 30) },
  {
    ...base,
    name: 'dashboards-3000',
    what: '3,000 dashboards at 500/s for 30 s',
    phases: burst(500, 30),
    dashboards: 3_000,
  },
  {
    ...base,
    name: 'dashboards-10000',
    what: '10,000 dashboards at 50/s for 40 s',
    phases: [
      { name: 'warm-up', eventsPerSecond: 5, seconds: 10 },
      { name: 'burst', eventsPerSecond: 50, seconds: 40 },
      { name: 'after', eventsPerSecond: 5, seconds: 5 },
    ],
    dashboards: 10_000,
  },
  {
    ...base,
    name: 'rooms-50',
    what: '50 rooms in one broker, 10/s and six dashboards each',
    phases: [
      { name: 'warm-up', eventsPerSecond: 250, seconds: 10 },
      { name: 'burst', eventsPerSecond: 500, seconds: 60 },
      { name: 'after', eventsPerSecond: 250, seconds: 10 },
    ],
    rooms: 50,
    peers: false,
  },
  {
    ...base,
    name: 'slow-mix',
    what: '10 % of 300 dashboards read 1 KB/s, 1 % read nothing; the others alone are the figures',
    phases: burst(500, 60),
    variants: [
      { ...plain, slowShare: 0.1, stalledShare: 0.01 },
      { ...plain, label: 'all good' },
    ],
  },
  {
    ...base,
    name: 'storm',
    what: 'all 300 dashboards drop in the middle of a burst and return within a second',
    phases: burst(500, 40),
    stormReturnMs: 1_000,
  },
  {
    ...base,
    name: 'saturation',
    what: 'rates that double from 500/s to 16,000/s, ten seconds each: where does each program break, and how; 300 dashboards',
    phases: [
      { name: 'warm-up', eventsPerSecond: 50, seconds: 10 },
      ...[500, 1_000, 2_000, 4_000, 8_000, 16_000].map(
        (rate) => ({ name: 'step', eventsPerSecond: rate, seconds: 10 }) as const,
      ),
    ],
  },
  {
    ...base,
    name: 'tls',
    what: 'the battle over TLS, which nginx in front of the program ends; 300 dashboards',
    phases: burst(500, 60),
    tls: true,
  },
  {
    ...base,
    name: 'cpu-noise',
    what: 'the battle beside a process that wants a whole core for itself: how a program bears a busy machine',
    phases: burst(500, 60),
    variants: [{ ...plain, noise: 'cpu' }],
  },
  {
    ...base,
    name: 'cold-noise',
    what: 'history, exports, metrics scrapes and page loads during the burst',
    phases: burst(500, 60),
    variants: [
      { ...plain, noise: 'cold' },
      { ...plain, label: 'quiet' },
    ],
    peers: false,
  },
  {
    ...base,
    name: 'disk-noise',
    what: 'another process writes and syncs 64 MB at a time on the disk of the log',
    phases: burst(500, 60),
    variants: [
      { ...plain, noise: 'disk' },
      { ...plain, label: 'quiet' },
    ],
    peers: false,
  },
  {
    ...base,
    name: 'journal',
    what: 'what the log costs: synced every 50 ms, with a busy disk, and no log at all',
    phases: burst(500, 60),
    variants: [
      plain,
      { ...plain, label: 'busy disk', noise: 'disk' },
      { ...plain, label: 'no log', serve: ['--no-journal'] },
    ],
    peers: false,
  },
  {
    ...base,
    name: 'soak',
    what: 'an hour of bursts, to see whether anything grows',
    phases: Array.from({ length: 12 }, () => [
      { name: 'warm-up', eventsPerSecond: 50, seconds: 210 } as const,
      { name: 'burst', eventsPerSecond: 500, seconds: 90 } as const,
    ]).flat(),
    peers: false,
  },
];

/** Seconds that all phases of a quick run take together; connecting and draining make it 30. */
const quickSeconds = 24;

/** The scenario as it is asked for. Throws on an unknown name, naming those there are. */
export function chooseScenario(
  name: string,
  asked: {
    readonly quick: boolean;
    readonly dashboards: number | null;
    readonly rate: number | null;
    readonly seconds: number | null;
    /** Seconds that all phases are squeezed into. */
    readonly length?: number | null;
  },
): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) {
    throw new Error(`no scenario ${JSON.stringify(name)}; there are: ${scenarios.map((one) => one.name).join(', ')}`);
  }
  let phases = scenario.phases.map((phase) =>
    phase.name === 'burst'
      ? { ...phase, eventsPerSecond: asked.rate ?? phase.eventsPerSecond, seconds: asked.seconds ?? phase.seconds }
      : phase,
  );
  const length = asked.length ?? (asked.quick ? quickSeconds : null);
  if (length !== null) phases = squeezePhases(phases, length);
  return { ...scenario, phases, dashboards: asked.dashboards ?? scenario.dashboards };
}
