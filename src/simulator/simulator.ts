import { type FaultName, faultNames } from './world/faults.ts';
import { findPlant } from './world/plants.ts';
import type { WorldRequest } from './world/settings.ts';
import { shrinkWorld, type Shrunk } from './world/shrink.ts';
import { World, type WorldOptions, type WorldReport } from './world/world.ts';

export type { Dashboard, DashboardOptions, Door } from './world/dashboard.ts';
export { laws } from './world/failure.ts';
export { type FaultName, faultNames, faults, isFaultName } from './world/faults.ts';
export type { Peer } from './world/link.ts';
export { type Plant, plants } from './world/plants.ts';
export type { WorldRequest } from './world/settings.ts';
export type { Shrunk } from './world/shrink.ts';
export type { WorldReport } from './world/world.ts';
export { WebcastServer } from './webcast-server.ts';
export { webcastTroubles } from './webcast-troubles.ts';

// The door of simulator/: the broker in a world out of one seed, where everything around it is replaced and most of it
// goes wrong (docs/SIMULATION.md says what is replaced, what must hold, and how to add to both); and a LIVE that is
// served as TikTok would, with what goes wrong with it on command.

/** Hours of a world that nobody has asked for another length of. */
export const worldHours = 0.1;

/** A world of this seed with all that it draws. */
export function wholeWorld(seed: number, hours: number = worldHours): WorldRequest {
  return { seed, hours, faults: null, roomsMax: null, dashboardsMax: null };
}

/** Lives through one world. `plant`: the name of a bug that is in it; '' = none. */
export function simulate(
  request: WorldRequest,
  plant = '',
  makeDashboard?: WorldOptions['makeDashboard'],
): Promise<WorldReport> {
  const hooks = findPlant(plant)?.hooks ?? {};
  return new World({ request, hooks, ...(makeDashboard === undefined ? {} : { makeDashboard }) }).run();
}

/** The smallest world that still fails as `failing` did. */
export function shrink(failing: WorldReport, request: WorldRequest, plant = ''): Promise<Shrunk> {
  return shrinkWorld(failing, request, (smaller) => simulate(smaller, plant));
}

/** The command that runs exactly this world. */
export function commandOf(request: WorldRequest, plant = ''): string {
  const { seed, hours, faults, roomsMax, dashboardsMax } = request;
  const parts = [`meks simulate --seed ${seed} --hours ${hours}`];
  if (faults !== null) parts.push(`--faults ${faults.length === 0 ? 'none' : faults.join(',')}`);
  if (roomsMax !== null) parts.push(`--rooms ${roomsMax}`);
  if (dashboardsMax !== null) parts.push(`--dashboards ${dashboardsMax}`);
  if (plant !== '') parts.push(`--plant ${plant}`);
  return parts.join(' ');
}

/** What many worlds came to. */
export interface WorldsSummary {
  worlds: number;
  simulatedMs: number;
  steps: number;
  events: number;
  readonly faults: Map<FaultName, number>;
  /** Seeds of the worlds that failed, with the law. */
  readonly failures: { readonly seed: number; readonly law: string; readonly detail: string }[];
}

export function emptySummary(): WorldsSummary {
  const faults = new Map(faultNames.map((name) => [name, 0]));
  return { worlds: 0, simulatedMs: 0, steps: 0, events: 0, faults, failures: [] };
}

export function addReport(summary: WorldsSummary, report: WorldReport): void {
  summary.worlds++;
  summary.simulatedMs += report.simulatedMs;
  summary.steps += report.steps;
  summary.events += report.events;
  for (const [name, count] of report.faults) summary.faults.set(name, summary.faults.get(name)! + count);
  const { failure, seed } = report;
  if (failure !== null) summary.failures.push({ seed, law: failure.law, detail: failure.detail });
}
