import { plain } from '../runner/scenarios.ts';
import type { Scenario } from '../runner/scenarios.ts';

// What the sweep measures: one load in the middle, and around it the same load with one figure changed. Three axes
// cross in the middle, which is therefore measured once for all of them.

export const axes = ['dashboards', 'events', 'rooms'] as const;
export type Axis = (typeof axes)[number];

export interface Point {
  readonly dashboards: number;
  /** Events per second of all rooms together. */
  readonly events: number;
  readonly rooms: number;
}

export const middle: Point = { dashboards: 300, events: 500, rooms: 1 };

const values: Readonly<Record<Axis, readonly number[]>> = {
  dashboards: [30, 100, 300, 1_000, 3_000],
  events: [50, 200, 500, 1_000, 2_000],
  rooms: [1, 10, 50],
};

/** Programs without rooms of their own have no place on that axis. */
export function runsAt(program: string, point: Point): boolean {
  return point.rooms === 1 || program.startsWith('meks');
}

/** Points of the asked axes, each once, from the lightest load to the heaviest. */
export function pointsOf(asked: readonly Axis[]): Point[] {
  const points = new Map<string, Point>();
  for (const axis of asked) {
    for (const value of values[axis]) {
      const point = { ...middle, [axis]: value };
      points.set(pointName(point), point);
    }
  }
  return [...points.values()].sort((a, b) => a.dashboards * a.events - b.dashboards * b.events || a.rooms - b.rooms);
}

/** Whether `point` lies on `axis`: nothing but that figure differs from the middle. */
export function isOn(axis: Axis, point: Point): boolean {
  return axes.every((other) => other === axis || point[other] === middle[other]);
}

/** As it is printed. */
export function pointName({ dashboards, events, rooms }: Point): string {
  const where = rooms === 1 ? '' : `, ${rooms} rooms`;
  return `${dashboards.toLocaleString('en')} dashboards, ${events.toLocaleString('en')} events/s${where}`;
}

/** One load for `seconds`, after a fifth of that to get warm; only what comes after counts as latency. */
export function scenarioOf(point: Point, seconds: number): Scenario {
  return {
    name: 'sweep',
    what: pointName(point),
    phases: [
      { name: 'warm-up', eventsPerSecond: point.events, seconds: seconds / 5 },
      { name: 'burst', eventsPerSecond: point.events, seconds },
    ],
    dashboards: point.dashboards,
    rooms: point.rooms,
    tls: false,
    stormReturnMs: 0,
    variants: [plain],
    peers: true,
  };
}
