import { statSync } from 'node:fs';
import { limits } from '../../protocol/limits.ts';
import { recordingFiles } from './files.ts';
import { readRecording } from './reader.ts';

// What is in a recording, counted by reading it once. Owns a count for each method: at most driftNamesMax, what comes
// beyond is counted together.

export interface RecordingSurvey {
  readonly path: string;
  readonly files: number;
  /** On the disk. */
  readonly bytes: number;
  readonly messages: number;
  /** Of these, marked as backlog. */
  readonly history: number;
  readonly gaps: number;
  /** Messages that the gaps say are missing. */
  readonly missed: number;
  readonly malformed: number;
  readonly torn: boolean;
  /** Unix ms of the earliest and latest message; 0 = there is none. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** Messages by method, most frequent first. */
  readonly methods: readonly { readonly method: string; readonly messages: number }[];
}

const others = '(other)';

/** Reads the recording at `path` from start to end. Throws as `readRecording` does. */
export async function surveyRecording(path: string): Promise<RecordingSurvey> {
  const files = recordingFiles(path);
  const counts = { messages: 0, history: 0, gaps: 0, missed: 0, malformed: 0 };
  let torn = false;
  let firstAt = Number.POSITIVE_INFINITY;
  let lastAt = 0;
  const methods = new Map<string, number>();
  for await (const item of readRecording(path)) {
    if (item.kind === 'torn') torn = true;
    else if (item.kind === 'malformed') counts.malformed++;
    else if (item.kind === 'gap') {
      counts.gaps++;
      counts.missed += item.gap.missed;
    } else {
      const { method, receivedAt, history } = item.raw;
      counts.messages++;
      if (history) counts.history++;
      firstAt = Math.min(firstAt, receivedAt);
      lastAt = Math.max(lastAt, receivedAt);
      const name = methods.has(method) || methods.size < limits.driftNamesMax.value ? method : others;
      methods.set(name, (methods.get(name) ?? 0) + 1);
    }
  }
  return {
    path,
    files: files.length,
    bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    ...counts,
    torn,
    firstAt: counts.messages === 0 ? 0 : firstAt,
    lastAt,
    methods: [...methods]
      .map(([method, messages]) => ({ method, messages }))
      .toSorted((a, b) => b.messages - a.messages || (a.method < b.method ? -1 : 1)),
  };
}
