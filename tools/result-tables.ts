// Recorded results of long runs as Markdown: docs/results holds what the commands printed, and a document shows it.

import { readFileSync } from 'node:fs';
import path from 'node:path';

type Json = { readonly [name: string]: number | string | readonly string[] | Json };

function resultOf(name: string): Json {
  const file = path.join(import.meta.dirname, '..', 'docs', 'results', `${name}.json`);
  return JSON.parse(readFileSync(file, 'utf8')) as Json;
}

function rows(result: Json, names: Readonly<Record<string, string>>): string {
  const lines = Object.entries(names).map(([name, words]) => `| ${words} | ${shown(at(result, name))} |\n`);
  return `| | |\n| --- | ---: |\n${lines.join('')}`;
}

function at(result: Json, name: string): Json[string] | undefined {
  let here: Json[string] | undefined = result;
  for (const key of name.split('.'))
    here = typeof here === 'object' && !Array.isArray(here) ? (here as Json)[key] : undefined;
  return here;
}

function shown(value: Json[string] | undefined): string {
  if (Array.isArray(value)) return String(value.length);
  if (typeof value === 'object')
    return Object.values(value)
      .reduce<number>((sum, one) => sum + Number(one), 0)
      .toLocaleString('en');
  return typeof value === 'number' ? value.toLocaleString('en') : String(value);
}

/** What became of millions of mutated frames. */
export function fuzzTable(): string {
  return rows(resultOf('fuzz-frames'), {
    command: 'command',
    seedsFrom: 'made from',
    frames: 'frames',
    'frameOutcomes.unreadable': 'of these, refused as unreadable: counted, and a gap each',
    messages: 'messages in the others',
    understood: 'understood',
    duplicates: 'duplicates',
    ignored: 'ignored',
    quarantined: 'quarantined',
    unknown: 'of unknown methods',
    faults: 'crashes and faults',
    seconds: 'seconds',
    'memory.peakMb': 'peak memory, MB',
    'memory.afterTheFirstTenthMb': 'memory after the first tenth, MB',
  });
}

/** What came through a simulated day. */
export function dayTable(): string {
  return rows(resultOf('simulated-day'), {
    command: 'command',
    hours: 'hours, simulated',
    lives: 'LIVEs',
    sent: 'messages sent',
    troubles: 'times that something went wrong',
    connects: 'connections',
    duplicates: 'messages that came again, and counted once',
    gaps: 'gaps told',
    gapSeconds: 'seconds inside of them',
    missing: 'messages that could not be had',
    missingOutsideGaps: 'of these, sent outside of every gap',
    events: 'events and streaks compared',
    different: 'of these, different from an undisturbed day',
    seconds: 'seconds of real time',
  });
}

/** What was compared in histories of chance beside a recount by hand. */
export function boardModelTable(): string {
  return rows(resultOf('board-model'), {
    command: 'command',
    episodes: 'histories',
    steps: 'steps, each compared in full',
    gifts: 'gifts',
    corrections: 'corrections',
    undone: 'of these, undone',
    refused: 'corrections that were refused, for the reason that counting by hand gives',
    battles: 'battles',
    sessions: 'sessions',
    days: 'days',
    replays: 'replays of the log that gave the same bytes',
    replayedEvents: 'events in them',
    differences: 'differences',
    seconds: 'seconds',
  });
}
