import type { FaultName } from './faults.ts';
import type { WorldRequest } from './settings.ts';
import type { WorldReport } from './world.ts';

// Makes a failing world smaller while it still fails by the same law: fewer kinds of faults, rooms and dashboards, less
// time. Greedy, one thing after the other, until nothing helps any more. Bounded by `triesMax` runs.

const triesMax = 150;
/** Hours are not cut any finer than this. */
const hoursMin = 0.001;

export interface Shrunk {
  readonly report: WorldReport;
  readonly request: WorldRequest;
  readonly tries: number;
}

export async function shrinkWorld(
  failing: WorldReport,
  request: WorldRequest,
  run: (request: WorldRequest) => Promise<WorldReport>,
): Promise<Shrunk> {
  const law = failing.failure!.law;
  let best: Shrunk = { report: failing, request: { ...request, faults: [...failing.faults.keys()] }, tries: 0 };
  let tries = 0;
  const attempt = async (smaller: WorldRequest): Promise<boolean> => {
    if (tries >= triesMax) return false;
    tries++;
    const report = await run(smaller);
    if (report.failure?.law !== law) return false;
    best = { report, request: smaller, tries };
    return true;
  };
  for (;;) {
    const before = best.request;
    await cutTime(() => best, attempt);
    for (const name of best.request.faults ?? []) await attempt(without(best.request, name));
    await cutCount('roomsMax', 3, () => best, attempt);
    await cutCount('dashboardsMax', 4, () => best, attempt);
    // Once the tries are used up nothing gets any smaller.
    if (best.request === before) return { ...best, tries };
  }
}

function without(request: WorldRequest, fault: FaultName): WorldRequest {
  return { ...request, faults: (request.faults ?? []).filter((name) => name !== fault) };
}

type Attempt = (smaller: WorldRequest) => Promise<boolean>;

/** First to the moment of the failure, then half, and half of that. */
async function cutTime(best: () => Shrunk, attempt: Attempt): Promise<void> {
  const { request, report } = best();
  const atHours = Math.ceil((report.failure!.atMs / 3_600_000) * 1_000) / 1_000;
  if (atHours < request.hours) await attempt({ ...request, hours: atHours });
  for (;;) {
    const { hours } = best().request;
    const half = Math.round((hours / 2) * 1_000) / 1_000;
    if (half < hoursMin || half === hours || !(await attempt({ ...best().request, hours: half }))) return;
  }
}

async function cutCount(
  name: 'roomsMax' | 'dashboardsMax',
  most: number,
  best: () => Shrunk,
  attempt: Attempt,
): Promise<void> {
  const from = best().request[name] ?? most + 1;
  for (let count = 1; count < from; count++) if (await attempt({ ...best().request, [name]: count })) return;
}
