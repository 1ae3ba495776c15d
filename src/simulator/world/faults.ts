// What may go wrong in a simulated world, by name, with what that is. Each seed has some of them, at rates of its own,
// so that ten thousand seeds are ten thousand mixtures. What a fault does is in disturb.ts, or, where it lies in what
// upstream sends, in upstream.ts.

export const faults = {
  bursts: 'a room gets 15 to 105 messages a second for some seconds',
  duplicates: 'one message in ten comes once more, a little later',
  reordering: 'one message in ten changes places with the next',
  junk: 'messages that are cut off, unheard of, or of no use',
  'upstream-drops':
    'the connection to upstream is lost; afterwards upstream repeats what the broker must remember, and has forgotten some',
  'new-lives': 'the LIVE ends and another one begins',
  'slow-dashboards': 'a dashboard reads 100 to 20,000 bytes a second',
  'stalled-dashboards': 'a dashboard reads nothing for up to 80 seconds',
  'vanishing-dashboards': 'a dashboard is gone without a word',
  'cut-dashboards': 'a connection is reset',
  crashes: 'the process dies between two instructions',
  'crashes-at-writes': 'the process dies in the middle of a change to the disk: a write may have been taken in part',
  'power-cuts': 'the machine goes down: of what was not synced anything may be there, torn or not',
  'disk-full': 'a few kilobytes of space are left, for a while',
  'disk-failing': 'writes or syncs fail, for a while',
  'disk-slow': 'a sync takes up to a second',
  'disk-stalls': 'no write returns, for up to nine seconds',
  'journal-thread-deaths': "the journal's thread dies and is started again",
  'clock-jumps': 'the wall clock jumps by up to half an hour, or by up to a day',
  'rooms-come-and-go': 'a room is removed, and added again',
  reloads: 'a room is stopped and opened with another configuration',
  corrections: 'operators correct boards, undo it, and ask again for what was not answered',
} as const satisfies Readonly<Record<string, string>>;

export type FaultName = keyof typeof faults;

export const faultNames: readonly FaultName[] = Object.keys(faults).filter(isFaultName);

export function isFaultName(name: string): name is FaultName {
  return name in faults;
}
