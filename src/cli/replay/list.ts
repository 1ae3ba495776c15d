import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { surveyRecording } from '../../feed/recording.ts';
import type { RecordingSurvey } from '../../feed/recording.ts';
import { MeksError } from '../../protocol/errors.ts';
import { counted, grouped, paint, printable } from '../terminal.ts';

// `meks replay list`: finds recordings below what was named, reads each once, and says what is in it.

const methodsShown = 6;

/**
 * Prints what the recordings at and below `paths` hold. One that cannot be read is told on stderr, and is no reason not
 * to list the others. False = there was one, or none at all where some were expected.
 */
export async function listRecordings(paths: readonly string[], asJson: boolean): Promise<boolean> {
  let whole = true;
  for (const path of paths) {
    const recordings = findRecordings(path);
    if (recordings.length === 0) {
      whole = false;
      process.stderr.write(`MEKS_FILE_UNREADABLE: there is no recording at or below ${path}: name another folder\n`);
    }
    for (const recording of recordings) {
      try {
        const survey = await surveyRecording(recording);
        process.stdout.write(asJson ? `${JSON.stringify({ kind: 'recording', ...survey })}\n` : described(survey));
      } catch (error) {
        if (!(error instanceof MeksError)) throw error;
        whole = false;
        process.stderr.write(`${error.code}: ${error.message}\n`);
      }
    }
  }
  return whole;
}

/** Recordings at `path` (one file or one recorder's folder) or in the folders below it, in order of their names. */
function findRecordings(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory() || existsSync(join(path, 'manifest.json'))) return [path];
  const found: string[] = [];
  for (const entry of readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) found.push(...findRecordings(below));
    else if (/\.ndjson(?:\.gz|\.zst)?$/.test(entry.name)) found.push(below);
  }
  return found;
}

function described(survey: RecordingSurvey): string {
  const { path, files, bytes, messages, history, gaps, missed, malformed, torn, firstAt, lastAt, methods } = survey;
  const when = firstAt === 0 ? 'no message' : `${timeText(firstAt)}, ${durationText(lastAt - firstAt)}`;
  const backlog = history === 0 ? '' : ` (${grouped(history)} of a backlog)`;
  const holes = gaps === 0 ? 'no gap' : `${counted(gaps, 'gap')}, ${counted(missed, 'message')} missing`;
  const bad = malformed === 0 ? '' : `, ${counted(malformed, 'malformed line')}`;
  const end = torn ? ', its end is torn' : '';
  const shown = methods.slice(0, methodsShown).map(({ method, messages: of }) => `${printable(method)} ${grouped(of)}`);
  const more = methods.length > methodsShown ? ` and ${methods.length - methodsShown} more` : '';
  return [
    paint('bold', printable(path, 200), process.stdout),
    `  ${when}; ${counted(files, 'file')}, ${(bytes / 1e6).toFixed(1)} MB`,
    `  ${counted(messages, 'message')}${backlog}, ${holes}${bad}${end}`,
    ...(shown.length === 0 ? [] : [`  ${shown.join(', ')}${more}`]),
    '',
  ].join('\n');
}

function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function durationText(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours} h ${minutes} min` : minutes > 0 ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
}
