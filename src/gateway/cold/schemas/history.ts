import * as z from 'zod';
import { type EventKind, eventKinds } from '../../../protocol/events.ts';
import { exportTables, parseTime, type ExportTable } from '../../../protocol/export-subject.ts';
import type {
  EventPage,
  PastBattle,
  PastBoard,
  PastCorrection,
  PastGap,
  PastGifter,
  PastGifterSessions,
  PastOperatorChange,
  PastPulse,
  PastRoom,
  PastSession,
} from '../../../protocol/history-answers.ts';
import { exportFormats } from '../../../protocol/history-queries.ts';
import { limits } from '../../../protocol/limits.ts';
import { operatorLists } from '../../../protocol/operator.ts';
import { roomParams } from './answers.ts';
import { battleState, user } from './battle.ts';
import { eventFrame } from './frames.ts';
import { operatorEvent } from './operator.ts';
import { type Checked, count, type Describes, id, named, unixMs } from './registry.ts';

// The history: what its routes take and answer.

const seq = z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER);
const sessionSeq = seq.describe('The session: seq of its first event');
const upstreamId = z.string().min(1).max(100);
const time = z
  .string()
  .max(40)
  .refine((text) => !Number.isNaN(parseTime(text)), 'give Unix milliseconds, or a time such as 2026-01-31T20:15:00Z')
  .transform(parseTime)
  .describe('A time: Unix milliseconds, or ISO 8601');
const kinds = z
  .string()
  .transform((text) => text.split(','))
  .refine((all) => all.every(isEventKind), `kinds are ${eventKinds.join(', ')}`)
  .describe('Kinds of events, with commas between them');

function isEventKind(text: string): text is EventKind {
  return eventKinds.some((kind) => kind === text);
}

const rowsMax = limits.historyPageRows.value;
const page = {
  limit: z.coerce.number().int().min(1).max(rowsMax).optional().describe('Rows at most; 100 unless given'),
  offset: z.coerce.number().int().min(0).max(1e9).optional().describe('Rows to leave out'),
};
const position = {
  seq: seq.optional().describe('As of this event; the end of the session unless given'),
  at: time.optional(),
};

export const sessionParams = roomParams.extend({ session: sessionSeq });
export const battleParams = sessionParams.extend({ battle: upstreamId.describe("Upstream's id of the battle") });
export const sideParams = battleParams.extend({ side: upstreamId.describe("The side's id, as in the battle's state") });
export const gifterParams = roomParams.extend({ user: upstreamId.describe("Upstream's id of the person") });
export const exportParams = roomParams.extend({
  table: z.enum(Object.keys(exportTables) as ExportTable[]).describe(tableList()),
});

function tableList(): string {
  return Object.entries(exportTables)
    .map(([table, what]) => `${table}: ${what}`)
    .join('; ');
}

export const noQuery = z.object({});
export const pageQuery = z.object(page);
export const sessionsQuery = z.object({ ...page, before: seq.optional().describe('Only sessions that began before') });
export const boardQuery = z.object({ ...page, ...position });
export const operatorsQuery = z.object({
  ...page,
  list: z
    .enum([...operatorLists, 'alert', 'note-shown'])
    .optional()
    .describe('Changes of one kind only'),
});
export const giftersQuery = z.object({
  ...page,
  search: z.string().max(100).optional().describe('Part of a handle or name, or an id'),
});
const range = {
  from: seq.optional().describe('Events from this seq on'),
  to: seq.optional().describe('Events up to this seq'),
  kinds: kinds.optional(),
};
export const logQuery = z.object({ ...range, limit: page.limit });
export const exportQuery = z.object({
  format: z.enum(exportFormats).default('csv'),
  plain: z.stringbool().optional().describe('CSV for programs: no byte order mark, no apostrophe before ids'),
  session: sessionSeq.optional(),
  battle: upstreamId.optional(),
  side: upstreamId.optional(),
  ...position,
  ...range,
});

export const pastRoom = named(
  'PastRoom',
  'How far the history of a room is: `seq` is the newest event in it, `at` its time.',
  z.object({ room: id, handle: z.string(), sessions: count, seq: count, at: unixMs }),
);

export const pastRoomList = named('PastRoomList', 'Rooms of the history.', z.object({ rooms: z.array(pastRoom) }));

export const pastSession = named(
  'PastSession',
  'One LIVE, called by the seq of its first event.',
  z.object({
    session: count,
    room: id,
    endSeq: count,
    liveId: id,
    startAt: unixMs,
    endAt: unixMs,
    status: z.string(),
    diamonds: count,
    gifts: count,
    gifters: count,
    likes: count,
    follows: count,
    shares: count,
    chats: count,
    viewersPeak: count,
    viewersTotal: count,
    gaps: count,
    gapMs: count,
    missed: count,
  }),
);

export const pastBattle = named(
  'PastBattle',
  'A battle as it was last. Its id is unique in its session.',
  z.object({
    session: count,
    battleId: id,
    startSeq: count,
    endSeq: count,
    startAt: unixMs,
    endAt: unixMs,
    phase: z.string(),
    complete: z.boolean(),
    state: battleState,
  }),
);

export const pastBoard = named(
  'PastBoard',
  'A board as it was after the event `seq`.',
  z.object({
    seq: count,
    gifters: count,
    diamonds: count,
    rows: z.array(z.object({ rank: count, user, diamonds: count, seq: count })),
  }),
);

const gifter = { user, diamonds: count, gifts: count, sessions: count, firstAt: unixMs, lastAt: unixMs };
export const pastGifter = named('PastGifter', 'What somebody gave in all sessions of a room.', z.object(gifter));
export const pastGifterSessions = named(
  'PastGifterSessions',
  'A gifter with the sessions in which they gave, newest first.',
  z.object({
    ...gifter,
    inSessions: z.array(
      z.object({
        session: count,
        startAt: unixMs,
        diamonds: count,
        gifts: count,
        firstSeq: count,
        lastSeq: count,
        firstAt: unixMs,
        lastAt: unixMs,
      }),
    ),
  }),
);

export const pastCorrection = named(
  'PastCorrection',
  'A line of the ledger: who changed what, when and why. `applied` is what it moved, `change` what it added to the session.',
  z.object({
    seq: count,
    id: z.string(),
    session: count,
    at: unixMs,
    action: z.string(),
    user,
    target: user.nullable(),
    diamonds: count,
    applied: count,
    change: count,
    reason: z.string(),
    by: z.string(),
    undoes: z.string().nullable(),
    undoneBy: z.string().nullable(),
  }),
);

export const pastOperatorChange = named(
  'PastOperatorChange',
  'Something that operators share was changed, or an alert was raised: who, when and what. by "" = the broker itself.',
  z.object({
    seq: count,
    session: count,
    at: unixMs,
    id,
    by: z.string(),
    undoes: id.nullable(),
    change: operatorEvent.shape.change,
  }),
);

export const pastGap = named(
  'PastGap',
  'Something may be missing here. Reason `log`: the log itself has lost it; `fault`: the history could not take it.',
  z.object({ seq: count, session: count, at: unixMs, reason: z.string(), lengthMs: count, missed: count }),
);

export const pastPulse = named(
  'PastPulse',
  "Ten seconds of a session. Points are those of the battle's first two sides; -1 = no battle.",
  z.object({
    at: unixMs,
    seq: count,
    events: count,
    gifts: count,
    diamonds: count,
    viewers: count,
    ownPoints: count,
    rivalPoints: count,
  }),
);

export const logPage = named(
  'LogPage',
  'Events from the log. `nextSeq`: where the next page begins, 0 = there is none; `missing`: events of the range that are no longer there.',
  z.object({ events: z.array(eventFrame), nextSeq: count, missing: count }),
);

export const sessionList = z.object({ sessions: z.array(pastSession) });
export const battleList = z.object({ battles: z.array(pastBattle) });
export const gifterList = z.object({ gifters: z.array(pastGifter) });
export const correctionList = z.object({ corrections: z.array(pastCorrection) });
export const operatorChangeList = z.object({ changes: z.array(pastOperatorChange) });
export const gapList = z.object({ gaps: z.array(pastGap) });
export const pulseList = z.object({ pulse: z.array(pastPulse) });

/** Checked by the compiler, and used by nobody. */
export type HistorySchemasDescribe = Checked<
  [
    Describes<typeof pastRoom, PastRoom>,
    Describes<typeof pastSession, PastSession>,
    Describes<typeof pastBattle, PastBattle>,
    Describes<typeof pastBoard, PastBoard>,
    Describes<typeof pastGifter, PastGifter>,
    Describes<typeof pastGifterSessions, PastGifterSessions>,
    Describes<typeof pastCorrection, PastCorrection>,
    Describes<typeof pastOperatorChange, PastOperatorChange>,
    Describes<typeof pastGap, PastGap>,
    Describes<typeof pastPulse, PastPulse>,
    Describes<typeof logPage, EventPage>,
  ]
>;
