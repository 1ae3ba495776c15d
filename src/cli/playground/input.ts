import { existsSync, readdirSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import type { DescMessage, JsonValue } from '@bufbuild/protobuf';
import { LineReader, parseRecordingLine, recordingFiles, roomOfRecording } from '../../feed/recording.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { MeksEvent } from '../../protocol/events.ts';
import { limits } from '../../protocol/limits.ts';
import type { FeedGap, RawMessage } from '../../protocol/raw.ts';
import { file_webcast } from '../../protocol/webcast/webcast_pb.ts';
import { parseHandWritten } from './hand-written.ts';

// What the playground is fed, one input after the other. A file that ends in .json is one input (or an array of them),
// a folder of such files all of theirs, any other a recording with one input a line. Memory: one chunk of a recording,
// or one .json file (recordingLineBytesMax).
//
//   {"method":"WebcastGiftMessage","recordedAt":…,"b64":"…"}            a raw message, as recordings have it
//   {"method":"WebcastGiftMessage","message":{"giftId":"5655",…}}       the same by hand: protobuf's JSON form
//   {"kind":"gift","user":"alice","gift":"Rose","count":5}              an event by hand (`roomId` names its room)
//   {"gap":{"reason":"upstream-lost",…}}                                an interruption

/** Where an input stands. */
export interface Place {
  readonly file: string;
  /** From 1; 0 = the whole file is one input. */
  readonly line: number;
  /** Which room it belongs to: upstream's room id, else the host's handle, else the recording's name. */
  readonly room: string;
}

export type Input = { readonly place: Place } & (
  | { readonly kind: 'raw'; readonly raw: RawMessage }
  | { readonly kind: 'event'; readonly event: MeksEvent }
  | { readonly kind: 'gap'; readonly gap: FeedGap }
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'torn'; readonly reason: string }
);

type Content = Input extends infer One ? (One extends { place: Place } ? Omit<One, 'place'> : never) : never;

/** Files written by hand meet in one room, so that two of them can be two gifts on one board. */
const handRoom = 'playground';

const roomCharsMax = 64;

/** Everything that `path` holds, in order. Throws MeksError MEKS_FILE_UNREADABLE; bad lines are `malformed` inputs. */
export async function* readInputs(path: string): AsyncGenerator<Input> {
  const events = eventFiles(path);
  if (events.length > 0) for (const file of events) yield* readWhole(file);
  else if (path.endsWith('.json') && basename(path) !== 'manifest.json') yield* readWhole(path);
  else for (const file of recordingFiles(path)) yield* readLines(file, roomOfRecording(path) ?? basename(path));
}

/** The events of a folder that was filled by hand, not by a recorder; none where it is no such folder. */
function eventFiles(path: string): string[] {
  const isFolder = existsSync(path) && statSync(path).isDirectory() && !existsSync(join(path, 'manifest.json'));
  const names = isFolder ? readdirSync(path).filter((name) => name.endsWith('.json')) : [];
  return names.toSorted().map((name) => join(path, name));
}

async function* readWhole(path: string): AsyncGenerator<Input> {
  const place = { file: path, line: 0, room: handRoom };
  let text: string;
  try {
    const { size } = await stat(path);
    if (size > limits.recordingLineBytesMax.value) {
      yield { kind: 'malformed', reason: `${size} bytes are more than one event may have`, place };
      return;
    }
    // Windows begins a text with a byte order mark, which is no JSON.
    text = (await readFile(path, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw unreadable(path, error);
  }
  const value = parseJson(text);
  const values: unknown[] = Array.isArray(value) ? value : [value];
  for (const one of values) yield inputOf(one, one === value ? text : JSON.stringify(one), place);
}

async function* readLines(file: string, room: string): AsyncGenerator<Input> {
  const reader = new LineReader(file);
  try {
    for (let lines = await reader.read(); lines !== null; lines = await reader.read()) {
      for (const { number, text } of lines) {
        const place = { file, line: number, room };
        if (text === null) yield { kind: 'malformed', reason: 'longer than a line may be', place };
        else if (text.trim() !== '') yield inputOf(parseJson(text), text, place);
      }
    }
    if (reader.end?.kind === 'torn') yield { kind: 'torn', reason: reader.end.detail, place: { file, line: 0, room } };
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    await reader.close();
  }
}

function unreadable(path: string, cause: unknown): MeksError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MeksError(
    'MEKS_FILE_UNREADABLE',
    `cannot read ${path} (${why}): name a recording or a .json event`,
    cause,
  );
}

/** What `text` holds; undefined when it is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function inputOf(value: unknown, text: string, place: Place): Input {
  if (!isRecord(value)) return { kind: 'malformed', reason: notAnObject(value, text), place };
  return { ...contentOf(value, text), place: { ...place, room: roomOf(value) ?? place.room } };
}

function notAnObject(value: unknown, text: string): string {
  if (value !== undefined) return 'not a JSON object: write {"kind":…} or {"method":…}';
  try {
    JSON.parse(text);
  } catch (error) {
    return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  return 'not JSON';
}

function contentOf(value: Record<string, unknown>, text: string): Content {
  if (value['kind'] !== undefined) {
    const { roomId, uniqueId, ...event } = value;
    return parseHandWritten(event);
  }
  if (value['message'] === undefined) return contentOfRecording(text);
  const { method, message } = value;
  const schema = file_webcast.messages.find((one) => one.name === method);
  if (schema === undefined) {
    return {
      kind: 'malformed',
      reason: `method ${JSON.stringify(method)} is none that can be written by hand; use b64`,
    };
  }
  return rawByHand(schema, message as JsonValue);
}

function contentOfRecording(text: string): Content {
  const entry = parseRecordingLine(text);
  return entry.kind === 'message' ? { kind: 'raw', raw: entry.raw } : entry;
}

/** A message written in protobuf's JSON form, as the bytes that upstream would send. */
function rawByHand(schema: DescMessage, message: JsonValue): Content {
  try {
    const payload = toBinary(schema, fromJson(schema, message));
    return { kind: 'raw', raw: { method: schema.name, payload, msgId: '', receivedAt: 0, history: false } };
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The room that an input names itself: recordings of many rooms in one file say it on every line. */
function roomOf(value: Record<string, unknown>): string | null {
  const { roomId, uniqueId } = value;
  if (typeof roomId === 'string' && roomId !== '' && roomId !== '0') return roomId.slice(0, roomCharsMax);
  return typeof uniqueId === 'string' && uniqueId !== '' ? `@${uniqueId}`.slice(0, roomCharsMax) : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
