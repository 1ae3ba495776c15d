import * as z from 'zod';
import type {
  ErrorFrame,
  EventFrame,
  HeartbeatFrame,
  HelloFrame,
  LaggedFrame,
  SnapshotFrame,
} from '../../../protocol/frames.ts';
import { battleState, standing } from './battle.ts';
import { reconciliation } from './reconciliation.ts';
import { eventSchemas, topViewers } from './events.ts';
import { operatorView } from './operator.ts';
import { count, type Checked, type Describes, id, named, unixMs } from './registry.ts';

// What a stream carries: src/protocol/frames.ts and room-view.ts.

const seq = { seq: z.number().describe('Number of the event in the stream of its room, from 1, without a hole') };
const frame = <Shape extends z.ZodRawShape>(name: keyof typeof eventSchemas, shape: Shape) =>
  named(`${name}Frame`, eventSchemas[name].text, z.object({ ...seq, ...shape }));

const { Gift, BattleChanged, BattleTask, BattleItem, Score, Rank, Viewers, Like, Follow, Share, Join, Chat } =
  eventSchemas;
const { Room, Correction, Operator, Gap } = eventSchemas;

export const eventFrames = [
  frame('Gift', Gift.schema.shape),
  frame('BattleChanged', BattleChanged.schema.shape),
  frame('BattleTask', BattleTask.schema.shape),
  frame('BattleItem', BattleItem.schema.shape),
  frame('Score', Score.schema.shape),
  frame('Rank', Rank.schema.shape),
  frame('Viewers', Viewers.schema.shape),
  frame('Like', Like.schema.shape),
  frame('Follow', Follow.schema.shape),
  frame('Share', Share.schema.shape),
  frame('Join', Join.schema.shape),
  frame('Chat', Chat.schema.shape),
  frame('Room', Room.schema.shape),
  frame('Correction', Correction.schema.shape),
  frame('Operator', Operator.schema.shape),
  frame('Gap', Gap.schema.shape),
] as const;

export const eventFrame = named(
  'EventFrame',
  'An event with its number in the stream of its room.',
  z.union(eventFrames),
);

export const sourceState = z.enum(['connecting', 'live', 'silent', 'offline', 'ended', 'failed']);

const session = z.object({
  startSeq: count,
  startAt: unixMs,
  liveId: z.string(),
  status: z.enum(['unknown', 'live', 'paused', 'ended', 'suspended']),
  diamonds: count,
  gifts: count,
  gifters: count,
  likes: count,
  follows: count,
  shares: count,
  viewers: count,
  viewersTotal: count,
});

const roomView = named(
  'RoomView',
  'The visible state of a room. Events move it: see applyEvent in src/protocol/room-view.ts.',
  z.object({
    room: z.object({ id: z.string(), handle: z.string() }),
    session,
    board: z.array(standing),
    battle: battleState.nullable(),
    battleBoards: z.array(z.array(standing)),
    recentGifts: z.array(eventFrame),
    ranks: z.record(z.string(), z.object({ rank: count, score: count.nullable(), at: unixMs })),
    topViewers,
    goal: z.object({ text: z.string(), value: count, target: count }).nullable(),
    gaps: z.object({ count, lengthMs: count, missed: count }),
    reconciliation: reconciliation.nullable(),
    source: sourceState,
    operator: operatorView,
  }),
);

export const helloFrame = named(
  'HelloFrame',
  'First frame of every connection. resumed: the missed events follow; otherwise a snapshot does.',
  z.object({
    kind: z.literal('hello'),
    room: id,
    epoch: z.string(),
    seq: count,
    resumed: z.boolean(),
    serverTime: unixMs,
    heartbeatMs: count,
  }),
);

export const snapshotFrame = named(
  'SnapshotFrame',
  'The whole visible state at one position: replaces all that the client held.',
  z.object({ kind: z.literal('snapshot'), epoch: z.string(), seq: count, view: roomView }),
);

export const laggedFrame = named(
  'LaggedFrame',
  'The events from..to will not come: this client read too slowly. A snapshot follows at once.',
  z.object({ kind: z.literal('lagged'), missed: count, from: count, to: count }),
);

export const heartbeatFrame = named(
  'HeartbeatFrame',
  "Sent every heartbeatMs (on a board: when nothing else was for so long), and when the source's state changes.",
  z.object({ kind: z.literal('heartbeat'), seq: count, serverTime: unixMs, source: sourceState, sourceAgeMs: count }),
);

export const errorFrame = named(
  'ErrorFrame',
  'Why the connection is about to close. The close code says whether to come back.',
  z.object({ kind: z.literal('error'), code: z.string(), message: z.string() }),
);

export const controlFrames = [helloFrame, snapshotFrame, laggedFrame, heartbeatFrame, errorFrame] as const;

/** Everything that a stream may carry. */
export const serverFrame = z.union([...controlFrames, ...eventFrames]);

/** Checked by the compiler, and used by nobody. */
export type FrameSchemasDescribe = Checked<
  [
    Describes<typeof eventFrame, EventFrame>,
    Describes<typeof helloFrame, HelloFrame>,
    Describes<typeof snapshotFrame, SnapshotFrame>,
    Describes<typeof laggedFrame, LaggedFrame>,
    Describes<typeof heartbeatFrame, HeartbeatFrame>,
    Describes<typeof errorFrame, ErrorFrame>,
  ]
>;
