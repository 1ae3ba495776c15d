import * as z from 'zod';
import type { ConfigReload } from '../../../protocol/commands.ts';
import type { FeedDefinition, RoomDefinition } from '../../../protocol/room-definition.ts';
import { feedDefinitionSchema, roomDefinitionSchema } from '../../../protocol/settings-schema.ts';
import { type Checked, type Describes, named } from './registry.ts';

// Rooms that come and go while the broker runs.

const feedDefinition = named('FeedDefinition', 'Where the messages of a room come from.', feedDefinitionSchema);

export const roomDefinition = named(
  'RoomDefinition',
  'A room to follow. `id` is in addresses and on the disk; `handle` is the creator, without @.',
  roomDefinitionSchema,
);

export const roomAdded = named(
  'RoomAdded',
  'The room that was added. kept: it will be there after a restart.',
  z.object({ id: z.string(), kept: z.boolean() }),
);

export const roomRemoved = named('RoomRemoved', 'The room that was let go of.', z.object({ id: z.string() }));

const ids = z.array(z.string());

export const configReload = named(
  'ConfigReload',
  'What a reload of the config file changed, by room id. failed: rooms that could not be opened. restart: settings that differ from those in force, and take effect with the next start.',
  z.object({
    added: ids,
    removed: ids,
    changed: ids,
    failed: z.array(z.object({ id: z.string(), message: z.string() })),
    restart: z.array(z.string()),
  }),
);

/** Checked by the compiler, and used by nobody. */
export type RoomSchemasDescribe = Checked<
  [
    Describes<typeof feedDefinition, FeedDefinition>,
    Describes<typeof roomDefinition, RoomDefinition>,
    Describes<typeof configReload, ConfigReload>,
  ]
>;
