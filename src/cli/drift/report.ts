import type { DriftReport } from '../../protocol/drift.ts';
import { counted, grouped, paint, printable } from '../terminal.ts';

// What shows that upstream has changed, for people: alarms first, then methods and fields, the most frequent first.
// Used for a room that runs and for recordings.

const changeWords = {
  new: 'a field that is new',
  missing: 'a field that used to be there is not',
  mistyped: 'a field of another type: such messages are quarantined',
} as const;

/** Lines of the report. `stream` is asked whether it shows colour. */
export function driftLines({ alarms, methods, fields }: DriftReport, stream: NodeJS.WriteStream): string[] {
  if (alarms.length + methods.length + fields.length === 0) return ['Nothing that this version does not know.'];
  const lines: string[] = [];
  const heading = (text: string): void =>
    void lines.push(...(lines.length > 0 ? [''] : []), paint('bold', text, stream));
  const [open, over] = [alarms.filter((alarm) => alarm.open), alarms.filter((alarm) => !alarm.open)];
  if (open.length > 0) {
    heading(counted(open.length, 'alarm'));
    lines.push(...open.map((alarm) => paint('red', alarmLine(alarm), stream)));
  }
  if (over.length > 0) {
    heading(`${counted(over.length, 'alarm')} of before: no sign of it for an hour`);
    lines.push(...over.map(alarmLine));
  }
  if (methods.length > 0) {
    heading(`${counted(methods.length, 'method')} never heard of`);
    for (const { method, ...seen } of byCount(methods)) lines.push(`  ${times(seen)}  ${printable(method)}`);
  }
  if (fields.length > 0) {
    heading(`${counted(fields.length, 'field')} not as they were`);
    for (const { method, path, change, ...seen } of byCount(fields))
      lines.push(`  ${times(seen)}  ${printable(method)} ${path}: ${changeWords[change]}`);
  }
  return lines;
}

function alarmLine({ at, kind, method, detail, count, lastSeenAt }: DriftReport['alarms'][number]): string {
  const seen = count === 1 ? '' : `  (${counted(count, 'time')}, last at ${time(lastSeenAt)})`;
  return `  ${time(at)}  ${kind}  ${printable(method)}  ${printable(detail, 200)}${seen}`;
}

function byCount<Row extends { readonly count: number }>(rows: readonly Row[]): Row[] {
  return rows.toSorted((a, b) => b.count - a.count);
}

function times(seen: { readonly count: number; readonly firstSeenAt: number; readonly lastSeenAt: number }): string {
  return `${grouped(seen.count).padStart(9)}  ${time(seen.firstSeenAt)} to ${time(seen.lastSeenAt)}`;
}

/** UTC, to the second. */
function time(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
