import * as z from 'zod';
import { errorCodes } from '../../../protocol/errors.ts';
import type { RoomDiskDescription } from '../../bridge.ts';
import type { RoomDescription } from '../../rooms.ts';
import { diskDescription } from './disk.ts';
import { sourceState } from './frames.ts';
import { count, type Checked, type Describes, named } from './registry.ts';

// What the REST routes take and answer.

export const roomParams = z.object({
  room: z.string().min(1).max(100).describe('Id of the room, or the handle of its creator, with or without @'),
});

export const messageAccount = named(
  'MessageAccount',
  'What became of the raw messages: offered = accepted + lost; accepted = understood + duplicates + ignored + quarantined + unknown + queued.',
  z.object({
    offered: count,
    accepted: count,
    lost: count,
    queued: count,
    understood: count,
    duplicates: count,
    ignored: count,
    quarantined: count,
    unknown: count,
  }),
);

export const roomDescription = named(
  'RoomDescription',
  'Facts about a room. sourceAgeMs -1 = upstream has said nothing yet; battle null = none.',
  z.object({
    id: z.string(),
    handle: z.string(),
    feed: z.string(),
    source: sourceState,
    sourceDetail: z.string(),
    sourceAgeMs: count,
    epoch: z.string(),
    seq: count,
    connections: count,
    diamonds: count,
    gifters: count,
    viewers: count,
    battle: z.string().nullable(),
    messages: messageAccount,
    driftAlarms: count,
    sumsAgree: z.boolean(),
    disk: diskDescription,
  }),
);

export const roomList = named('RoomList', 'All rooms.', z.object({ rooms: z.array(roomDescription) }));

export const health = named('Health', 'The process runs.', z.object({ status: z.literal('ok') }));

const roomDisk = named(
  'RoomDisk',
  'The disk as one room sees it.',
  z.object({ room: z.string(), ...diskDescription.shape }),
);

export const readiness = named(
  'Readiness',
  'Whether dashboards may come, how many rooms there are, those whose sums do not agree (`sumsAgree`), and the disk of each room. not-writing: a disk takes nothing, or a room takes nothing in because of it.',
  z.object({
    status: z.enum(['ready', 'starting', 'not-writing']),
    rooms: count,
    mismatched: z.array(z.string()),
    disks: z.array(roomDisk),
  }),
);

/** Codes that an HTTP answer may have. */
const httpCodes = Object.entries(errorCodes).flatMap(([code, status]) => (status > 0 ? [code] : []));

export const errorBody = named(
  'Error',
  'What went wrong: a code of docs/ERRORS.md, and a sentence with the value and the remedy.',
  z.object({ error: z.object({ code: z.enum(httpCodes), message: z.string() }) }),
);

/** Checked by the compiler, and used by nobody. */
export type AnswerSchemasDescribe = Checked<
  [Describes<typeof roomDescription, RoomDescription>, Describes<typeof roomDisk, RoomDiskDescription>]
>;
