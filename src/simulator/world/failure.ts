// What ends a simulated world before its time.

/** What must hold, by short names. */
export const laws = {
  numbering: 'events are numbered from 1, without a hole and without a repeat',
  stream:
    'each frame is one that may come now: after hello, in order, once, in the epoch of the connection, never back in time',
  accounting: 'for every dashboard: where it began + delivered + missed = where it is',
  'never-was':
    'what anybody shows at a position, and what a restart makes of the log, is what the events up to there make',
  boards: 'boards and totals are what a naive recount of the published events gives',
  standing: 'what a gift says of its giver is what the recount says',
  diamonds: "a gift's diamonds are its count times its price",
  correction: 'a correction moves what was asked for, and never more than is there',
  once: 'no gift and no correction is published twice',
  streaks: 'a streak counts at least what was acknowledged of it, and at most what was sent',
  'streak-ends': 'no streak is open for ever',
  gaps: 'every interruption and every loss that the feed told of was published',
  counters:
    'offered = accepted + lost; accepted = understood + duplicates + ignored + quarantined + unknown + queued; attached - detached = connected',
  memory: 'ring, queue and unsent bytes stay within their bounds',
  admission: 'nothing is published while the log takes nothing',
  progress: 'a dashboard that keeps up is given what is ready',
  acknowledged: 'what was acknowledged or answered is in the log, and after a death of the process it still is',
  'seen-survives':
    'what a dashboard has seen survives the death of the process in the same epoch; after a power cut an epoch goes on only with all that was seen in it',
  durable: 'what was called durable survives a power cut',
  'clean-stop': 'after a clean stop everything is there, in the same epoch',
  recovered: 'what comes back from the log is what was written',
  holes: 'no event is missing in the middle of a log',
  epoch: 'an epoch goes on under its own name, a new one has another',
  'contained-fault': 'no bug had to be contained',
  converged: 'some time after the last fault every dashboard, ranking and log is where the room is',
  threw: 'nothing throws, and no assertion fails',
} as const satisfies Readonly<Record<string, string>>;

export type LawName = keyof typeof laws;

/** A law of the house was broken: the product has a bug, or the world has. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
  /** Which law, by its short name: shrinking keeps it. */
  readonly law: LawName;

  constructor(law: LawName, detail: string) {
    super(detail);
    this.law = law;
  }
}

/** Breaks off when `condition` does not hold. */
export function demand(condition: boolean, law: LawName, detail: () => string): void {
  if (!condition) throw new LawBroken(law, detail());
}

/** The process is dead from here on: unwinds whatever it was doing. Never an error of the product. */
export class ProcessEnded extends Error {
  override readonly name = 'ProcessEnded';
}
