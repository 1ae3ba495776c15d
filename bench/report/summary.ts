import type { Detail } from '../runner/results.ts';
import { judge, median } from '../runner/verdict.ts';
import type { Verdict } from '../runner/verdict.ts';
import { burstTable, nameOf, squeezedOf } from './burst-table.ts';
import { row, spread } from './tables.ts';

// The first screen of the report: who is ahead in the canonical burst and by how much, and of every scenario whether it
// holds what it should. Made from the results alone; only the reasons of what is missed are written by hand, and each
// is shown only while it is missed.

const reasons: Readonly<Record<string, string>> = {
  'p99.9 against floor (C), at most 1.5':
    'MEKS rests between two flushes, which saves two thirds of the writes and costs milliseconds; the floor writes at once, and decodes, ranks and logs nothing.',
  'p99.9 against floor (C), no worse':
    'the floor has the whole machine for its writes; MEKS also decodes, ranks and logs on the same two cores.',
  'p99.9 against tokio, at most a quarter':
    'the aim was set where that program had a p99.9 of 37 to 205 ms; here its tail is near that of the floor, and a quarter of it would be less than the floor itself.',
  'CPU per delivery against tokio, at most half':
    'most of both is the kernel writing to sockets: the floor, which does nothing else, takes far more than half of what that program does.',
  'longest GC pause of the hot thread, ms':
    'a scavenge takes 0.5 to 1.6 ms; a thread that is thrown off its core in the middle of one has a longer pause.',
  'p99.9 with the log against none':
    "the log's thread, its syncs and the waking of the hot thread take half a microsecond a delivery of the same two cores.",
  'p99.9 with the log on a busy disk against none':
    'the log costs this on an idle disk as well (the line above); stalls of the machine itself decide single rounds.',
  'p99.9 against itself without slow dashboards':
    'until they are asked what they have read, slow dashboards keep memory of the kernel that all connections share.',
  'p99.9 against itself without the noise':
    'noise and broker share two cores: what the noise computes, the hot thread waits for.',
};

/** The command that repeats a recording, by the name under which users know it. */
export function commandOf({ command }: Detail): string {
  return command.replace(/^node bench\/bench\.ts/, 'npx meks bench');
}

/** `limit` 0 has no share by which it can be missed. */
function missedBy({ judged, limit }: Verdict): string {
  if (limit === 0) return String(judged);
  const share = judged / limit;
  return share >= 2 ? `at ${share.toFixed(1)} times it` : `by ${Math.max(1, Math.round(100 * (share - 1)))} %`;
}

function isCounts(verdict: Verdict): boolean {
  return verdict.limit === 0;
}

/** The same by the time in which the machine was running, where that is known. */
function remark({ awake }: Verdict): string {
  return awake.length === 0 ? '' : ` (machine awake: ${Number(median(awake).toPrecision(3))}, not judged)`;
}

function budgets(verdicts: readonly Verdict[]): string {
  const asked = verdicts.filter((verdict) => !isCounts(verdict) && verdict.holds !== null);
  if (asked.length === 0) return '–';
  return asked
    .map((verdict) => {
      const what = `${verdict.sentence}${/\d$|quarter|half|worse$/.test(verdict.sentence) ? '' : ` (${verdict.limit})`}`;
      const figure = `${Number(verdict.judged.toPrecision(3))}${remark(verdict)}`;
      return verdict.holds === true
        ? `holds: ${what}: ${figure}`
        : `**missed ${missedBy(verdict)}**: ${what}: ${figure}`;
    })
    .join('<br>');
}

function scenarioTable(details: readonly Detail[]): string[] {
  const lines = [
    row([
      'scenario',
      'rounds',
      'p99.9 of MEKS, ms',
      'machine awake',
      'lost, doubled, out of order',
      'budgets, by the median round',
      'commit',
    ]),
    row(['---', '---:', '---:', '---:', '---:', '---', '---']),
  ];
  for (const detail of details) {
    const own = detail.runs.filter((run) => run.program === 'meks');
    if (own.length === 0) continue;
    const wrong = own.reduce((sum, { result }) => sum + result.lost + result.duplicated + result.disordered, 0);
    lines.push(
      row([
        `[${nameOf(detail)}](#${nameOf(detail)})${squeezedOf(detail)}`,
        String(detail.rounds),
        spread(own, (run) => run.p999_ms, 1),
        spread(own, (run) => run.p999_awake_ms, 1),
        wrong.toLocaleString('en'),
        budgets(judge(detail.scenario, detail.runs)),
        `\`${detail.commit.slice(0, 7)}\``,
      ]),
    );
  }
  return lines;
}

/** Who is ahead, and how to see it oneself. */
function ranking(details: readonly Detail[]): string[] {
  const table = burstTable(details);
  if (table.length === 0) return [];
  const command = 'npx meks bench canonical --quick --peers naive,tokio,tokio-batched,floor';
  const tenfold = 'npx meks bench x10 --quick --peers floor,tokio,tokio-batched';
  return [...table, '', 'Repeat it:', '', '```', command, tenfold, '```', ''];
}

/** Lines from the title to the first section. `details` are in the order of the page. */
export function summarySection(details: readonly Detail[]): string[] {
  const missed = new Set(
    details.flatMap((detail) =>
      judge(detail.scenario, detail.runs)
        .filter((verdict) => verdict.holds === false)
        .map((verdict) => verdict.sentence),
    ),
  );
  const why = [...missed].filter((sentence) => sentence in reasons);
  return [
    ...ranking(details),
    ...scenarioTable(details),
    '',
    ...(why.length === 0 ? [] : ['Why aims are missed:', '', ...why.map((one) => `- *${one}*: ${reasons[one]}`), '']),
    'What was tried against it: [PERFORMANCE.md](PERFORMANCE.md).',
    '',
  ];
}
