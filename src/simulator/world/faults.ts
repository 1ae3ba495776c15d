// What may go wrong in a simulated world, by name. Each seed has some of them, at rates of its own, so that ten
// thousand seeds are ten thousand mixtures. What a fault does is in disturb.ts.

export const faultNames = [
  'bursts',
  'duplicates',
  'reordering',
  'junk',
  'upstream-drops',
  'new-lives',
  'slow-dashboards',
  'stalled-dashboards',
  'vanishing-dashboards',
  'cut-dashboards',
  'crashes',
  'crashes-at-writes',
  'power-cuts',
  'disk-full',
  'disk-failing',
  'disk-slow',
  'disk-stalls',
  'journal-thread-deaths',
  'clock-jumps',
  'rooms-come-and-go',
  'reloads',
  'corrections',
] as const;

export type FaultName = (typeof faultNames)[number];

export function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}
