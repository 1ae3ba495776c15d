import * as z from 'zod';
import {
  type FeedDefinition,
  pushTokenPattern,
  type RoomDefinition,
  roomIdPattern,
} from '../../../protocol/room-definition.ts';
import { type Checked, type Describes, named } from './registry.ts';

// Rooms that come and go while the broker runs.

const feedDefinition = named(
  'FeedDefinition',
  'Where the messages of a room come from.',
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('scripted'),
      seed: z.int().min(0),
      battleEverySec: z.int().min(10).max(86_400),
      battleSec: z.int().min(5).max(3600),
    }),
    z.object({
      kind: z.literal('replay'),
      path: z.string().min(1),
      speed: z.union([z.number().positive().max(10_000), z.literal('max')]),
      loop: z.boolean(),
    }),
    z.object({ kind: z.literal('euler'), apiKey: z.string() }),
    z.object({
      kind: z.literal('push'),
      token: z.string().regex(pushTokenPattern, 'use 16 to 200 letters, digits, "-", "_", "." or "~"'),
    }),
    z.object({ kind: z.literal('tikfinity'), url: z.url({ protocol: /^wss?$/ }) }),
    z.object({ kind: z.literal('webcast'), url: z.url({ protocol: /^wss?$/ }) }),
    z.object({
      kind: z.literal('tiktok'),
      signUrl: z.url({ protocol: /^https?$/ }).nullable(),
      signKeys: z.array(z.string().min(1)),
    }),
  ]),
);

export const roomDefinition = named(
  'RoomDefinition',
  'A room to follow. `id` is in addresses and on the disk; `handle` is the creator, without @.',
  z.object({
    id: z.string().regex(roomIdPattern, 'use letters, digits, "-", "_", "."'),
    handle: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'give a handle without @'),
    feed: feedDefinition,
  }),
);

export const roomAdded = named('RoomNamed', 'The room that a command was about.', z.object({ id: z.string() }));

/** Checked by the compiler, and used by nobody. */
export type RoomSchemasDescribe = Checked<
  [Describes<typeof feedDefinition, FeedDefinition>, Describes<typeof roomDefinition, RoomDefinition>]
>;
