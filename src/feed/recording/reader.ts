import { MeksError } from '../../protocol/errors.ts';
import { recordingFiles } from './files.ts';
import { parseRecordingLine } from './format.ts';
import type { RecordingEntry } from './format.ts';
import { LineReader } from './lines.ts';

// A whole recording, one entry after the other, over the borders of its files: for tools that read it once, from start
// to end. Memory is that of LineReader: a chunk and a line.

export type RecordedItem = { readonly file: string; readonly line: number } & (
  | RecordingEntry
  /** The file stops in the middle, as a crash leaves it; what came before was given. */
  | { readonly kind: 'torn'; readonly reason: string }
);

/** Everything in the recording at `path`, in order. Throws MeksError MEKS_FILE_UNREADABLE or MEKS_FILE_MALFORMED. */
export async function* readRecording(path: string): AsyncGenerator<RecordedItem> {
  for (const file of recordingFiles(path)) yield* readFile(file);
}

async function* readFile(file: string): AsyncGenerator<RecordedItem> {
  const reader = new LineReader(file);
  try {
    for (let lines = await reader.read(); lines !== null; lines = await reader.read()) {
      for (const { number, text } of lines) {
        if (text === null) yield { file, line: number, kind: 'malformed', reason: 'longer than a line may be' };
        else if (text.trim() !== '') yield { file, line: number, ...parseRecordingLine(text) };
      }
    }
    if (reader.end?.kind === 'torn') yield { file, line: 0, kind: 'torn', reason: reader.end.detail };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `the recording ${file} cannot be read to its end (${why}): trim it to what can`;
    throw new MeksError('MEKS_FILE_UNREADABLE', message, error);
  } finally {
    await reader.close();
  }
}
