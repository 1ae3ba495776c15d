// What came through a day, against what was sent: what is missing has to be inside of a gap that was told, and
// everything else has to have become the same events.

import type { DayOptions, SentMessage, ToldGap } from './simulated-day.ts';
import { corruptId } from '../../src/simulator/webcast-troubles.ts';
import type { Witness } from './witness.ts';

export interface Day extends DayOptions {
  readonly lives: number;
  readonly sent: readonly SentMessage[];
  readonly gaps: readonly ToldGap[];
  readonly source: Witness;
  readonly behind: Witness;
  readonly counts: Readonly<Record<string, number>>;
  readonly feed: Readonly<Record<string, number>>;
  readonly realMs: number;
}

export interface DayReport {
  readonly seed: number;
  readonly hours: number;
  readonly lives: number;
  readonly sent: number;
  /** Messages of a backlog that had been seen before, and others that came twice. */
  readonly duplicates: number;
  readonly gaps: number;
  /** Simulated seconds inside of gaps. */
  readonly gapSeconds: number;
  readonly missing: number;
  /** What is missing and was sent in no gap, with the gap before it: has to be empty. */
  readonly missingOutsideGaps: readonly string[];
  readonly events: number;
  readonly diamonds: number;
  /** Events that are not the same as those of the undisturbed day, by id: has to be empty. */
  readonly different: readonly string[];
  /** How often each trouble happened. */
  readonly troubles: Readonly<Record<string, number>>;
  readonly corrupt: number;
  readonly quarantined: number;
  readonly framesUnreadable: number;
  readonly connects: number;
  readonly seconds: number;
}

/** Time goes in steps: a message that was due within one may have been sent at either end of it. */
const slackMs = 2_000;

export function compareDays(day: Day): DayReport {
  const { sent, gaps, source, behind } = day;
  const missing = sent.filter(({ msgId }) => !behind.seen.has(msgId));
  const outside = missing.filter(
    ({ atMs }) => !gaps.some(({ fromMs, toMs }) => atMs >= fromMs - slackMs && atMs <= toMs + slackMs),
  );
  const missingIds = new Set(missing.map(({ msgId }) => msgId));
  const different = [...differentFacts(source, behind, missingIds), ...differentDiamonds(day, missingIds)];
  const counted = behind.normalizer.counters.read();
  return {
    seed: day.seed,
    hours: day.hours,
    lives: day.lives,
    sent: sent.length,
    duplicates: counted.duplicates,
    gaps: gaps.length,
    gapSeconds: Math.round(gaps.reduce((sum, { gap }) => sum + gap.lengthMs, 0) / 1_000),
    missing: missing.length,
    missingOutsideGaps: outside.map(({ method, msgId, atMs }) => {
      const before = gaps.findLast(({ fromMs }) => fromMs <= atMs);
      return `${method} ${msgId} at ${Math.round(atMs)} ms; the gap before: ${JSON.stringify(before)}`;
    }),
    events: source.facts.size + source.diamonds.size,
    diamonds: [...behind.diamonds.values()].reduce((sum, diamonds) => sum + diamonds, 0),
    different,
    troubles: day.counts,
    corrupt: [...behind.seen].filter((id) => id.startsWith(corruptId)).length,
    quarantined: counted.quarantined,
    framesUnreadable: day.feed['framesUnreadable'] ?? 0,
    connects: day.feed['connects'] ?? 0,
    seconds: Math.round(day.realMs / 100) / 10,
  };
}

function differentFacts(source: Witness, behind: Witness, missing: ReadonlySet<string>): string[] {
  const different: string[] = [];
  for (const [id, fact] of source.facts) {
    if (missing.has(id.split(/[:-]/, 1)[0]!)) continue;
    const came = behind.facts.get(id);
    if (came !== fact) different.push(`${fact} became ${came ?? 'nothing'}`);
  }
  for (const [id, fact] of behind.facts) if (!source.facts.has(id)) different.push(`nothing became ${fact}`);
  return different;
}

/** Diamonds of a streak whose ticks all came are the same; where some are missing they may be fewer, never more. */
function differentDiamonds({ source, behind, sent }: Day, missing: ReadonlySet<string>): string[] {
  const different: string[] = [];
  const touched = new Set<string>();
  for (const { msgId } of sent) if (missing.has(msgId)) for (const key of source.keysOf(msgId)) touched.add(key);
  for (const [key, diamonds] of source.diamonds) {
    const came = behind.diamonds.get(key) ?? 0;
    if (came > diamonds || (came < diamonds && !touched.has(key)))
      different.push(`${diamonds} diamonds of ${key} became ${came}`);
  }
  for (const key of behind.diamonds.keys()) if (!source.diamonds.has(key)) different.push(`nothing became ${key}`);
  return different;
}
