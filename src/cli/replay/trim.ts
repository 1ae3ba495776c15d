import { basename } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import { readRecording, RecordingWriter, roomOfRecording } from '../../feed/recording.ts';
import { MeksError } from '../../protocol/errors.ts';

// `meks replay trim`: a part of a recording, by time or by number, as a new one. Reads and writes as it goes.

export interface TrimFlags {
  readonly from?: string;
  readonly to?: string;
  readonly messages?: string;
}

/** What is kept: messages from number `first` to `last`, of `fromMs` or later and before `toMs`. */
interface Range {
  readonly first: number;
  readonly last: number;
  /** Unix ms, or ms after the first message. */
  readonly from: Instant;
  readonly to: Instant;
}

interface Instant {
  readonly ms: number;
  readonly relative: boolean;
}

/** Writes what `flags` ask for of the recording at `path` to the new folder `target`; the messages kept. */
export async function trim(path: string, target: string, flags: TrimFlags): Promise<number> {
  const range = parseRange(flags);
  const room = roomOfRecording(path) ?? basename(path);
  const begin = (): RecordingWriter => new RecordingWriter({ folder: target, room, clock: systemClock });
  // Only when something was read: a folder that is left by a name typed wrong would be in the way of the next try.
  let writer: RecordingWriter | null = null;
  let number = 0;
  let startAt = 0;
  let kept = 0;
  for await (const item of readRecording(path)) {
    writer ??= begin();
    const at = item.kind === 'message' ? item.raw.receivedAt : item.kind === 'gap' ? item.gap.at : -1;
    if (at === -1) continue;
    if (startAt === 0) startAt = at;
    if (item.kind === 'message' && ++number > range.last) break;
    if (number < range.first || at < unixMs(range.from, startAt) || at >= unixMs(range.to, startAt)) continue;
    await writer.space();
    if (item.kind === 'gap') writer.writeGap(item.gap);
    else if (item.kind === 'message' && writer.write(item.raw, item.origin)) kept++;
  }
  await (writer ?? begin()).finish();
  return kept;
}

function unixMs({ ms, relative }: Instant, startAt: number): number {
  return relative ? startAt + ms : ms;
}

function parseRange(flags: TrimFlags): Range {
  const { from, to, messages } = flags;
  if (from === undefined && to === undefined && messages === undefined)
    throw invalid('nothing to trim by: give --from, --to or --messages');
  const [, first = '', last = ''] = /^([0-9]*)-([0-9]*)$/.exec(messages ?? '-') ?? [];
  if (messages !== undefined && first === '' && last === '')
    throw invalid(`--messages ${JSON.stringify(messages)}: give a range such as 100-2000, 100- or -2000`);
  return {
    first: first === '' ? 0 : Number(first),
    last: last === '' ? Number.POSITIVE_INFINITY : Number(last),
    from: from === undefined ? { ms: 0, relative: true } : parseInstant('--from', from),
    to: to === undefined ? { ms: Number.POSITIVE_INFINITY, relative: false } : parseInstant('--to', to),
  };
}

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };

function parseInstant(flag: string, text: string): Instant {
  const [, count, unit] = /^([0-9]+(?:\.[0-9]+)?)([smh])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return { ms: Number(count) * unitMs[unit]!, relative: true };
  const at = Date.parse(text);
  if (Number.isNaN(at))
    throw invalid(`${flag} ${JSON.stringify(text)}: give 90s, 10m or 1.5h from the start, or an ISO 8601 time`);
  return { ms: at, relative: false };
}

function invalid(message: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', message);
}
