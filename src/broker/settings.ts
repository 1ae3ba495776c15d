import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { originPattern, originWanted } from '../protocol/origin.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';
import { configuredRoomSchema, roomDefinitionSchema } from '../protocol/settings-schema.ts';
import type { ConfigFile } from './config.ts';
import { parseJsonc } from './jsonc.ts';
import { problemAt, problemsOf } from './settings-problems.ts';

// Files that say which rooms there are and how the broker is set: read, checked, and told where they are wrong. Loads
// zod: the broker itself reads them in a thread that ends with that (settings-reader.ts).

const port = z.int().min(0).max(65_535);
const powerOfTwo = z
  .int()
  .min(64)
  .max(1_048_576)
  .refine((value) => (value & (value - 1)) === 0, 'give a power of two, such as 16384');

const fsyncWanted = 'give "os", "always", or milliseconds from 1 to 60000';

const configSchema = z.strictObject({
  $schema: z.string().exactOptional().describe('For editors; passed over.'),
  host: z.string().min(1).exactOptional().describe('Address to listen on; 0.0.0.0 = every network this machine is in.'),
  port: port.exactOptional().describe('Port to listen on; 0 = any free one.'),
  allowHosts: z
    .array(z.string().min(1))
    .exactOptional()
    .describe('Further names under which it is reached: a reverse proxy.'),
  allowOrigins: z
    .array(z.string().regex(originPattern, originWanted))
    .exactOptional()
    .describe('Sites whose pages may read: an overlay of your own that does not come from the broker.'),
  data: z.string().min(1).nullable().exactOptional().describe('Folder of the logs; null = keep none.'),
  record: z.string().min(1).exactOptional().describe('Folder in which every raw message is kept.'),
  fsync: z
    .union([z.literal('os'), z.literal('always'), z.int().min(1).max(60_000)], fsyncWanted)
    .exactOptional()
    .describe('When the log is forced to the disk: os, always, or milliseconds between syncs.'),
  keepDays: z.int().min(1).max(36_500).exactOptional().describe('Events of a log older than this may go.'),
  keepGigabytes: z.int().min(1).max(1_000_000).exactOptional().describe('Gigabytes that the log of a room may take.'),
  ring: powerOfTwo.exactOptional().describe('Events kept in memory for who lags or returns.'),
  compress: z
    .enum(['never', 'remote', 'always'])
    .exactOptional()
    .describe('Who is offered compressed frames; remote = dashboards that are not on this machine.'),
  senders: z
    .int()
    .min(0)
    .max(limits.sendersMax.value)
    .exactOptional()
    .describe('Threads that send to dashboards; 0 = none of their own.'),
  tokenFile: z
    .string()
    .min(1)
    .exactOptional()
    .describe('File with the token that a program must show to change something over HTTP.'),
  rooms: z.array(configuredRoomSchema).describe('Whom to follow. A room’s id is its handle unless given.'),
});

/** Folders and files in it are named from where the file is. Throws MeksError with the place of each mistake. */
export function readConfigFile(file: string): ConfigFile {
  const text = readText(file);
  const { $schema: _dialect, fsync, rooms, data, record, tokenFile, ...plain } = parse(file, text, configSchema);
  const folder = path.dirname(path.resolve(file));
  const at = (name: string): string => path.resolve(folder, name);
  const named = rooms.map((room) => resolved(room, at));
  refuseTwins(file, text, named);
  return {
    ...plain,
    ...(data === undefined ? {} : { data: data === null ? null : at(data) }),
    ...(record === undefined ? {} : { record: at(record) }),
    ...(tokenFile === undefined ? {} : { tokenFile: at(tokenFile) }),
    ...(fsync === undefined
      ? {}
      : { sync: typeof fsync === 'number' ? { kind: 'interval', ms: fsync } : { kind: fsync } }),
    rooms: named,
  };
}

function resolved(room: z.infer<typeof configuredRoomSchema>, at: (name: string) => string): RoomDefinition {
  const { feed } = room;
  const id = room.id ?? room.handle;
  return feed.kind === 'replay' ? { ...room, id, feed: { ...feed, path: at(feed.path) } } : { ...room, id };
}

function refuseTwins(file: string, text: string, rooms: readonly RoomDefinition[]): void {
  const seen = new Map<string, number>();
  for (const [index, { id }] of rooms.entries()) {
    const first = seen.get(id);
    if (first !== undefined) {
      const problem = problemAt(text, ['rooms', index], `id ${id} is that of rooms[${first}] too`);
      throw new MeksError('MEKS_CONFIG_INVALID', `${file}:${problem}`);
    }
    seen.set(id, index);
  }
}

/** As JSON Schema, for editors. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: 'input' });
}

const roomsFileSchema = z.strictObject({ version: z.literal(1), rooms: z.array(roomDefinitionSchema) });

/** Rooms that were added while running; none where there is no such file. Throws MeksError. */
export function readRoomsFile(file: string): readonly RoomDefinition[] {
  let text: string;
  try {
    text = readText(file);
  } catch (error) {
    const { cause } = error as MeksError;
    const why = cause instanceof Error && 'code' in cause ? cause.code : '';
    if (why === 'ENOENT') return [];
    if (why === 'ENOTDIR') throw noFolder(file);
    const { code, message } = error as MeksError;
    throw new MeksError(code, `${message}: give \`--data\` a folder that this user may read and write`, error);
  }
  try {
    return parse(file, text, roomsFileSchema).rooms;
  } catch (error) {
    if (!(error instanceof MeksError)) throw error;
    const remedy = 'a newer MEKS may have written it: use that one; or move the file away and add the rooms again';
    throw new MeksError(error.code, `${error.message}: ${remedy}`, error);
  }
}

function noFolder(file: string): MeksError {
  const folder = path.dirname(file);
  return new MeksError('MEKS_FILE_UNREADABLE', `${folder} is a file: give \`--data\` a folder, or a name that is free`);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new MeksError('MEKS_FILE_UNREADABLE', `${file} cannot be read (${why})`, error);
  }
}

function parse<Schema extends z.ZodType>(file: string, text: string, schema: Schema): z.infer<Schema> {
  const json = parseJsonc(text);
  if (json.kind === 'malformed')
    throw new MeksError('MEKS_CONFIG_INVALID', `${file}:${json.line}:${json.column}: ${json.reason}`);
  const result = schema.safeParse(json.value);
  if (result.success) return result.data;
  const problems = problemsOf(text, result.error.issues, namesOf(schema));
  throw new MeksError('MEKS_CONFIG_INVALID', problems.map((problem) => `${file}:${problem}`).join('\n'));
}

/** All names that a file of this kind may have, at whatever depth. */
function namesOf(schema: z.ZodType): string[] {
  const names = new Set<string>();
  const collect = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    for (const [key, value] of Object.entries(part)) {
      if (key === 'properties') for (const name of Object.keys(value as object)) names.add(name);
      collect(value);
    }
  };
  collect(z.toJSONSchema(schema, { io: 'input' }));
  return [...names];
}
