import * as z from 'zod';
import { defaultSignUrl, pushTokenPattern, roomIdPattern } from './room-definition.ts';

// What a person or a program may write down about rooms: over HTTP, in the config file, in the file of rooms that were
// added while running. Strict: a name that is misspelt is told, not passed over. For cold threads and the command line;
// nothing on the way of events loads it.

const webAddress = z.url({ protocol: /^https?$/, error: 'give an http:// or https:// address' });
const socketAddress = z.url({ protocol: /^wss?$/, error: 'give a ws:// or wss:// address' });

export const feedDefinitionSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('scripted'),
    seed: z.int().min(0),
    battleEverySec: z.int().min(10).max(86_400),
    battleSec: z.int().min(5).max(3600),
  }),
  z.strictObject({
    kind: z.literal('replay'),
    path: z.string().min(1),
    speed: z.union([z.number().positive().max(10_000), z.literal('max')], 'give a number above 0, or "max"').default(1),
    loop: z.boolean().default(false),
  }),
  z.strictObject({ kind: z.literal('euler'), apiKey: z.string() }),
  z.strictObject({
    kind: z.literal('push'),
    token: z.string().regex(pushTokenPattern, 'use 16 to 200 letters, digits, "-", "_", "." or "~"'),
  }),
  z.strictObject({ kind: z.literal('tikfinity'), url: socketAddress }),
  z.strictObject({ kind: z.literal('webcast'), url: socketAddress }),
  z.strictObject({
    kind: z.literal('tiktok'),
    signUrl: webAddress.nullable().default(defaultSignUrl),
    signKeys: z.array(z.string().min(1)).default([]),
    url: webAddress.exactOptional(),
  }),
]);

const id = z.string().regex(roomIdPattern, 'use letters, digits, "-", "_", "."');
const handle = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'give a handle: letters, digits, ".", "_", without @');

const timeZone = z
  .string()
  .refine(isTimeZone, 'give a time zone such as Europe/Berlin')
  .exactOptional()
  .describe("whose midnight ends the room's day and week; UTC unless given");

export const roomDefinitionSchema = z.strictObject({ id, handle, timeZone, feed: feedDefinitionSchema });

/** A room as the config file has it: its id is its handle unless given. */
export const configuredRoomSchema = z.strictObject({
  id: id.exactOptional(),
  handle,
  timeZone,
  feed: feedDefinitionSchema,
});

/** By name alone: an offset such as +02:00 knows of no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
