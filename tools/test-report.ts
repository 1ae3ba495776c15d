import { spec } from 'node:test/reporters';
import type { EventData } from 'node:test';

// How a test run is shown: Node's spec reporter, with two things moved. What was skipped is listed with its reason,
// and the runner's summary comes last, after the failures, where people and CI look for it.

type TestEvent = { readonly type: string; readonly data: unknown };

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Written {
  write(text: string): unknown;
}

const summaryLine = /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/;

/** Shows `events` on `out` and resolves with the counts once the run has ended. */
export async function report(events: AsyncIterable<TestEvent>, out: Written): Promise<Outcome> {
  const shown = spec();
  shown.on('data', (text: Buffer | string) => out.write(String(text)));
  const summary: string[] = [];
  const skipped: string[] = [];
  let passed = 0;
  let failed = 0;
  for await (const event of events) {
    if (event.type === 'test:diagnostic' && isSummary(event.data as EventData.TestDiagnostic)) {
      summary.push((event.data as EventData.TestDiagnostic).message);
      continue;
    }
    if (event.type === 'test:fail') failed++;
    if (event.type === 'test:pass') {
      const reason = reasonNotRun(event.data as EventData.TestPass);
      if (reason === null) passed++;
      else skipped.push(`${(event.data as EventData.TestPass).name}: ${reason}`);
    }
    shown.write(event);
  }
  shown.end();
  await new Promise((resolve) => shown.on('end', resolve));
  out.write(skippedList(skipped));
  out.write(`\n${summary.map((line) => `ℹ ${line}\n`).join('')}`);
  return { passed, failed, skipped: skipped.length };
}

function isSummary(data: EventData.TestDiagnostic): boolean {
  return data.nesting === 0 && summaryLine.test(data.message);
}

/** Why a test did not run (`skip`, `todo`), or null when it did. */
function reasonNotRun(data: EventData.TestPass): string | null {
  for (const mark of [data.skip, data.todo]) {
    if (typeof mark === 'string' && mark !== '') return mark;
    if (mark === true || mark === '') return 'no reason given';
  }
  return null;
}

function skippedList(skipped: readonly string[]): string {
  if (skipped.length === 0) return '\nNothing was skipped.\n';
  const heading = `\nSkipped, which fails the run under CI=true (${skipped.length}):\n`;
  return heading + skipped.map((line) => `  ${line}\n`).join('');
}
