import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { Pseudonymiser, readRecording, RecordingWriter, roomOfRecording } from '../../feed/recording.ts';
import type { TextPolicy } from '../../feed/recording.ts';
import { MeksError } from '../../protocol/errors.ts';

// `meks replay pseudonymise`: reads a recording twice, once for the short ids that are in it, once to write it anew. In
// memory are these ids and the pseudonyms given last, never the recording.

export interface PseudonymiseFlags {
  readonly key?: string;
  readonly words: string;
}

export interface Pseudonymised {
  readonly messages: number;
  /** Lines that are none of a recording, and messages that are no protobuf: nobody can say what is in them. */
  readonly leftOut: number;
}

/** Writes the recording at `path`, without its people, to the new folder `target`, and says what came of it. */
export async function pseudonymise(path: string, target: string, flags: PseudonymiseFlags): Promise<Pseudonymised> {
  const pseudonymiser = new Pseudonymiser({
    key: flags.key ?? randomBytes(32).toString('hex'),
    words: parseWords(flags.words),
  });
  for await (const item of readRecording(path)) if (item.kind === 'message') pseudonymiser.learn(item.raw);
  // A folder is often called after the host.
  const room = pseudonymiser.handle(roomOfRecording(path) ?? basename(path));
  const writer = new RecordingWriter({ folder: target, room, clock: systemClock });
  let messages = 0;
  let leftOut = 0;
  for await (const item of readRecording(path)) {
    if (item.kind === 'gap') writer.writeGap(item.gap);
    if (item.kind === 'malformed') leftOut++;
    if (item.kind !== 'message') continue;
    const raw = pseudonymiser.rewrite(item.raw);
    await writer.space();
    if (raw === null) leftOut++;
    else if (writer.write(raw, pseudonymiser.origin(item.origin))) messages++;
  }
  await writer.finish();
  return { messages, leftOut };
}

function parseWords(text: string): TextPolicy {
  if (text === 'replace' || text === 'drop' || text === 'keep') return text;
  throw new MeksError('MEKS_OPTION_INVALID', `--words ${JSON.stringify(text)}: give replace, drop or keep`);
}
