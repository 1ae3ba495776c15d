import { closeReasons } from '../src/protocol/close-codes.ts';
import { errorCodes } from '../src/protocol/errors.ts';
import type { ErrorCode } from '../src/protocol/errors.ts';
import { limits } from '../src/protocol/limits.ts';
import { errorNotes } from './error-notes.ts';
import { documentedMetrics } from './metric-tables.ts';
import { boardModelTable, dayTable, fuzzTable } from './result-tables.ts';
import { faultsTable, lawsTable, plantsTable, worldsTable } from './simulation-tables.ts';

// The parts of the documentation that are made from code. In a document such a part stands between `<!-- name -->` and
// `<!-- /name -->`; whatever is there is replaced.

/** Every part by its name, as Markdown. */
const parts: Readonly<Record<string, () => string>> = {
  limits: limitsTable,
  errors: errorParagraphs,
  'close-codes': closeCodesTable,
  metrics: metricsTable,
  'board-model': boardModelTable,
  'fuzz-frames': fuzzTable,
  'simulated-day': dayTable,
  'simulated-worlds': worldsTable,
  'simulated-faults': faultsTable,
  'simulated-laws': lawsTable,
  'simulated-plants': plantsTable,
};

export const partNames: readonly string[] = Object.keys(parts);

/** `document` with each of its parts as the code says now. */
export function withParts(document: string): string {
  let text = document;
  for (const [name, make] of Object.entries(parts)) {
    const place = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`, 'g');
    text = text.replace(place, (_whole, begin: string, end: string) => `${begin}\n${make()}\n${end}`);
  }
  return text;
}

/** `names` of the parts that `document` has. */
export function partsOf(document: string): string[] {
  return partNames.filter((name) => document.includes(`<!-- ${name} -->`));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + `|${' --- |'.repeat(head.length)}\n` + rows.map(line).join('');
}

function limitsTable(): string {
  const rows = Object.entries(limits).map(([name, limit]) => [
    `\`${name}\``,
    limit.value.toLocaleString('en'),
    limit.why,
    limit.atLimit,
  ]);
  return table(['limit', 'default', 'why', 'what happens there'], rows);
}

function errorParagraphs(): string {
  const codes = Object.entries(errorCodes) as [ErrorCode, number][];
  return codes
    .map(([code, status]) => {
      const http = status === 0 ? '' : ` (HTTP ${status})`;
      return `### ${code}${http}\n\n${errorNotes[code].when}\n*What to do:* ${errorNotes[code].remedy}\n`;
    })
    .join('\n');
}

function closeCodesTable(): string {
  const rows = Object.values(closeReasons).map(({ code, reason, reconnect }) => [
    String(code),
    reason,
    reconnect ? 'yes' : 'no',
  ]);
  return table(['code', 'reason', 'come back?'], rows);
}

function metricsTable(): string {
  const rows = documentedMetrics().map(({ name, type, help, labels }) => [`\`${name}\``, type, help, labels]);
  return table(['metric', 'type', 'what it says', 'labels'], rows);
}
