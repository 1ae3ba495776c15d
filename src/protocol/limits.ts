// Everything that can grow has its maximum here: unit in the name, default, why, and what happens there.
// docs/LIMITS.md lists this table (a test compares); `assertLimits` checks how they relate when a broker starts.

import { assert } from '../base/assert.ts';
import { boardLimits } from './board-limits.ts';
import { deliveryLimits } from './delivery-limits.ts';
import { gatewayLimits } from './gateway-limits.ts';
import { quarantineLimits } from './quarantine-limits.ts';
import { operatorLimits } from './operator-limits.ts';

export interface Limit {
  readonly value: number;
  readonly why: string;
  /** What happens at the limit. */
  readonly atLimit: string;
}

export const limits = {
  ingestQueueMax: {
    value: 10_000,
    why: 'two seconds of the highest peak a room is built for (5,000 messages/s)',
    atLimit: 'a feed that can wait waits; one that cannot is counted and a gap event says how many',
  },
  rawMessageBytesMax: {
    value: 1_048_576,
    why: 'the largest real message seen is 60 KB; a megabyte is an attack or a bug',
    atLimit: 'the message is quarantined by reason `too-large`, its bytes are not kept',
  },
  textCharsMax: {
    value: 2_000,
    why: 'chat messages are at most a few hundred characters; names far less',
    atLimit: 'the text is cut at a code point and ends in …',
  },
  dedupeIdsMax: {
    value: 200_000,
    why: 'backlogs after a reconnect reach minutes back; at 500 messages/s this is almost seven minutes',
    atLimit: 'the oldest ids are forgotten first',
  },
  streaksOpenMax: {
    value: 20_000,
    why: 'one open streak per gifter and gift; kept for a while after the end for late ticks',
    atLimit: 'the longest silent streak is settled and forgotten',
  },
  streakSilenceMs: {
    value: 10_000,
    why: 'the slowest real end mark came after 4.0 s; an end that has not come by then never will',
    atLimit: 'the streak is settled without an end mark; later ticks still count what they add',
  },
  streakKeptMs: {
    value: 900_000,
    why: 'a backlog after ten minutes of silence may bring a tick whose gifts the ticks after it have counted',
    atLimit: 'the streak is forgotten; a later tick of it adds only what it says it adds',
  },
  giftCountMax: {
    value: 100_000,
    why: 'an hour of the fastest tapping (30 gifts a second) in one streak',
    atLimit: 'the message is quarantined by reason `count-absurd`',
  },
  giftPriceMax: {
    value: 1_000_000,
    why: 'the dearest gift costs 44,999 diamonds',
    atLimit: 'the message is quarantined by reason `price-absurd`',
  },
  giftDiamondsMax: {
    value: 10_000_000,
    why: 'what one message may add to a board: two hundred of the dearest gift at once',
    atLimit: 'the message is quarantined by reason `value-absurd`',
  },
  messageFieldsMax: {
    value: 10_000,
    why: 'real messages have some hundreds of fields; an object per two bytes would cost memory that a byte limit does not see',
    atLimit: 'the message is quarantined by reason `too-many-fields`',
  },
  nameCharsMax: {
    value: 100,
    why: 'names and handles are at most a few dozen characters',
    atLimit: 'the name is cut at a code point and ends in …',
  },
  urlCharsMax: {
    value: 600,
    why: 'signed picture addresses are about 200 characters',
    atLimit: 'the picture is left out',
  },
  eventPeopleMax: {
    value: 32,
    why: 'hosts and top rows of all sides together: eight sides with three each; 64 of battlePersonBytesMax fit eventBytesMax',
    atLimit: 'the people after it are left out and counted',
  },
  eventRowsMax: {
    value: 20,
    why: 'sides, hosts and top rows in one event: battles have up to eight sides, top lists up to sixteen rows',
    atLimit: 'rows after it are left out and counted; so many new lists have names, the rest share one',
  },
  quarantineMessagesMax: {
    value: 1_000,
    why: 'enough to see what kind of message is not understood',
    atLimit: 'the oldest entry is dropped, the counters keep counting',
  },
  quarantineBytesMax: {
    value: 4_194_304,
    why: 'a thousand messages of usual size; a flood of large ones must not fill the memory',
    atLimit: 'the oldest entries are dropped, the counters keep counting',
  },
  driftNamesMax: {
    value: 500,
    why: 'methods and fields counted one by one; TikTok knows about 700 messages',
    atLimit: 'what is new is counted together under `(other)`',
  },
  ringRecordsMax: {
    value: 16_384,
    why: 'half a minute of peak burst for whoever lags or reconnects; a power of two makes the slot a mask',
    atLimit: 'the oldest event leaves the ring; a cursor behind it is told lagged(n) and gets a snapshot',
  },
  ringSegmentBytes: {
    value: 262_144,
    why: 'one segment holds most of a second of peak burst; a stalled socket pins at most one write of it',
    atLimit: 'the next segment is taken',
  },
  ringBytesMax: {
    value: 16_777_216,
    why: '16 MB a room bounds memory whatever the events weigh',
    atLimit: 'the oldest segment leaves the ring with all its events',
  },
  eventBytesMax: {
    value: 65_536,
    why: 'a normalized event is 300 to 2,000 bytes',
    atLimit: 'a battle event is told in the log as a fault (`event-too-large`), and a gap event takes its place',
  },
  ...deliveryLimits,
  snapshotAgeMsMax: {
    value: 100,
    why: 'a snapshot is made once for all who return together; events since it follow from the ring',
    atLimit: 'the next one who needs it has a new one made',
  },
  heartbeatMs: {
    value: 5_000,
    why: 'how old the link state on a dashboard may be, and how long a clock that was asleep stays late',
    atLimit: 'a heartbeat frame is sent, whatever else was; on a board where nothing else was',
  },
  giftersMax: {
    value: 2_000_000,
    why: 'a board is built for a million gifters; the roster keeps those of earlier sessions for the all-time board',
    atLimit:
      'gifts of further gifters count in the session total alone and have no standing: counted as `giftersRefused`',
  },
  windowGiftsMax: {
    value: 1_048_576,
    why: 'the last hour at almost 300 gifts a second; 28 bytes each',
    atLimit: 'the oldest gift leaves the boards of the last hour early',
  },
  receiversMax: {
    value: 64,
    why: 'TikTok seats at most nine at a time; guests change over a session',
    atLimit: 'gifts to further receivers count on every board but that of the receiver',
  },
  battleSidesMax: {
    value: 16,
    why: 'TikTok seats at most nine; a team battle has two sides',
    atLimit: 'further sides of that battle are not shown',
  },
  battleItemsMax: {
    value: 32,
    why: 'power-ups that work at the same time; they last half a minute and do not stack',
    atLimit: 'the oldest leaves the display',
  },
  giftKindsMax: {
    value: 1_024,
    why: 'one region lists 931 gifts, of which a room sees a hundred or two',
    atLimit: 'further kinds are counted as ever, but not offered as what closes a gap',
  },
  battlesRememberedMax: {
    value: 64,
    why: 'battles of one session: late news of an old one must not bring it back, and results make the series',
    atLimit: 'the oldest is forgotten',
  },
  playgroundRoomsMax: {
    value: 5_000,
    why: 'a sampled recording has a few hundred rooms; each is a normalizer and a ranking of its own, 100 KB and more',
    atLimit: 'the run ends with MEKS_FILE_MALFORMED: split the recording',
  },
  recordingLineBytesMax: {
    value: 2_097_152,
    why: 'the largest raw message (1 MB) in base64, and its envelope',
    atLimit: 'the line is skipped, counted and reported as malformed',
  },
  recordingSegmentBytesMax: {
    value: 67_108_864,
    why: 'ten minutes of peak burst before compression: small enough to copy, few enough to list',
    atLimit: 'the next segment file is begun',
  },
  recordingPendingBytesMax: {
    value: 8_388_608,
    why: 'a second of peak burst that the disk has not taken yet',
    atLimit: 'messages are not recorded; a gap line says how many as soon as there is room again',
  },
  webcastFrameBytesMax: {
    value: 8_388_608,
    why: 'the largest real frame is a backlog of some hundred kilobytes',
    atLimit: 'the upstream connection is closed with 1009 and made anew, with a gap',
  },
  webcastFrameInflatedBytesMax: {
    value: 33_554_432,
    why: 'four times the largest frame: what a hostile gzip may cost before it is stopped',
    atLimit: 'the frame is refused, counted and reported, and a gap event takes its place',
  },
  webcastFrameMessagesMax: {
    value: 20_000,
    why: 'a backlog holds hundreds; many tiny messages cost memory that a byte limit does not see',
    atLimit: 'the frame is refused, counted and reported, and a gap event takes its place',
  },
  httpAnswerBytesMax: {
    value: 8_388_608,
    why: 'a LIVE page is about a megabyte, a gift list two',
    atLimit: 'the answer is refused and the attempt counts as failed',
  },
  pushPendingMessagesMax: {
    value: 5_000,
    why: 'pushed messages that wait for room or for the log: a second of the highest peak',
    atLimit: 'the push is refused as a whole and told to come again; nothing of it was taken',
  },
  acksPendingMax: {
    value: 4_096,
    why: 'frames whose messages are taken but not yet in the log: seconds of peak',
    atLimit: 'the upstream socket is not read until the log has caught up',
  },
  journalRingBytes: {
    value: 33_554_432,
    why: 'six seconds of peak burst, a minute of an ordinary one, that a stalled disk has not taken yet; a power of two',
    atLimit: 'see journalReserveBytes: admission ends before the ring is full',
  },
  journalReserveBytes: {
    value: 8_388_608,
    why: 'what one turn may still publish after admission has ended: the settling of thousands of streaks',
    atLimit:
      'nothing more is admitted to the room: feeds that can wait wait, others lose messages by count, told as a gap',
  },
  journalBatchBytesMax: {
    value: 1_048_576,
    why: 'one write of a megabyte is as cheap per byte as any; other rooms of the thread get their turn',
    atLimit: 'the rest follows in the next write',
  },
  journalSegmentBytesMax: {
    value: 67_108_864,
    why: 'two minutes of burst; retention removes whole segments, recovery reads one to the end in a tenth of a second',
    atLimit: 'the next segment file is begun',
  },
  journalSnapshotBytesMax: {
    value: 1_073_741_824,
    why: 'a board of a million gifters is about 200 MB',
    atLimit: 'the snapshot is not made, and the log is kept from the last one on',
  },
  journalSnapshotEvents: {
    value: 50_000,
    why: 'what a start has to replay at most: a quarter of a second of reading, a second of ranking',
    atLimit: 'a snapshot is made by a cold thread',
  },
  journalRetentionMs: {
    value: 60_000,
    why: 'ages and quotas are in hours and gigabytes',
    atLimit: 'retention looks at the log',
  },
  recalledEvents: {
    value: 20_000,
    why: 'ids and streaks from before a snapshot: a minute of peak burst, much longer than backlogs reach back',
    atLimit: 'a message repeated from before that, across a restart, is counted again',
  },
  journalSnapshotsKept: {
    value: 2,
    why: 'the newest, and the one before it in case that is damaged',
    atLimit: 'the oldest is removed',
  },
  journalBehindMs: {
    value: 250,
    why: 'a write takes microseconds; a disk that has taken nothing for this long is stalled',
    atLimit: 'the stream is marked "not yet durable"; events wait in the ring, dashboards by the stall rule',
  },
  journalCloseMs: {
    value: 10_000,
    why: 'what a clean stop may wait for a busy disk',
    atLimit: 'the stop is not clean: the next start recovers',
  },
  historyBatchEvents: {
    value: 20_000,
    why: 'a transaction of a fifth of a second: cheap per event, and readers see the history move',
    atLimit: 'the batch is committed and the next begun',
  },
  historyBatchMs: {
    value: 250,
    why: 'how long one room may keep the others waiting',
    atLimit: 'the batch is committed, the next room has its turn',
  },
  historyStateEvents: {
    value: 20_000,
    why: 'how much is imported again after going back',
    atLimit: 'a state to go back to is kept',
  },
  historyStatesKept: {
    value: 50,
    why: 'a million events: far more than a power cut takes from a log',
    atLimit: 'the oldest state is forgotten; to go back further is to import the room again',
  },
  historyCheckpointEntries: {
    value: 20_000,
    why: 'a board at any position reads at most this many entries, or half as many as gifters: a tenth of a second',
    atLimit: 'the whole board is written down',
  },
  historyPageRows: {
    value: 1_000,
    why: 'more rows than a page shows; exports are the way to have all',
    atLimit: 'the answer holds the first of them, the next page has the rest',
  },
  historyQueryMs: {
    value: 5_000,
    why: 'nobody looks at a page for longer before asking again',
    atLimit: 'the query is given up and answered as timed out',
  },
  historyQueriesMax: {
    value: 64,
    why: 'pages that people look at, all at once',
    atLimit: 'the query is answered as busy',
  },
  historyExportsMax: {
    value: 2,
    why: 'an export is a thread and a disk kept busy',
    atLimit: 'the export is answered as busy',
  },
  historyExportMs: {
    value: 3_600_000,
    why: 'a slow line and a million events',
    atLimit: 'an export of a board that is still being computed is given up',
  },
  historyExportIdleMs: {
    value: 60_000,
    why: 'a reader that has gone keeps the database from tidying up',
    atLimit: 'the export is ended with an error',
  },
  historyPeopleCached: {
    value: 100_000,
    why: 'the gifters of an evening, about 30 MB',
    atLimit: 'who was cached longest ago is looked up in the database when met again',
  },
  journalFindingsMax: {
    value: 100,
    why: 'a recovery report is read by people',
    atLimit: 'further findings are counted, not listed',
  },
  ...gatewayLimits,
  ...quarantineLimits,
  ...boardLimits,
  ...operatorLimits,
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

/** What a battle event may take beside people: points and results of its sides, power-ups, the cockpit. */
const battleRestBytes = 20_000;

/** Asserts how limits relate: called by the broker when it starts. */
export function assertLimits(): void {
  const { ringRecordsMax, ringSegmentBytes, ringBytesMax, eventBytesMax, writeBytesMax } = limits;
  assert((ringRecordsMax.value & (ringRecordsMax.value - 1)) === 0, 'ringRecordsMax is a power of two');
  const people = limits.eventPeopleMax.value + limits.battleHostsMax.value;
  const peopleBytes = people * (limits.battlePersonBytesMax.value + 1);
  assert(
    peopleBytes + battleRestBytes <= eventBytesMax.value,
    'the people of a message and of its battle fit an event',
  );
  assert(eventBytesMax.value <= ringSegmentBytes.value, 'the largest event fits a segment');
  assert(ringBytesMax.value % ringSegmentBytes.value === 0, 'ringBytesMax is whole segments');
  assert(ringBytesMax.value >= 4 * ringSegmentBytes.value, 'the ring holds at least four segments');
  assert(writeBytesMax.value <= ringSegmentBytes.value, 'a write never spans more than a segment');
  const { journalRingBytes, journalReserveBytes, journalBatchBytesMax, journalSegmentBytesMax } = limits;
  assert((journalRingBytes.value & (journalRingBytes.value - 1)) === 0, 'journalRingBytes is a power of two');
  assert(journalReserveBytes.value <= journalRingBytes.value / 2, 'admission lasts for half of the ring at least');
  assert(journalBatchBytesMax.value > 2 * eventBytesMax.value, 'a batch holds the largest event');
  assert(journalSegmentBytesMax.value >= 4 * journalBatchBytesMax.value, 'a segment holds several batches');
  assert(limits.recordingLineBytesMax.value > (limits.rawMessageBytesMax.value * 4) / 3, 'a raw message fits a line');
  assert(limits.webcastFrameBytesMax.value > limits.rawMessageBytesMax.value, 'a raw message fits a frame');
  assert(limits.streakKeptMs.value >= limits.streakSilenceMs.value, 'a settled streak outlives its silence');
  assert(limits.giftPriceMax.value <= limits.giftDiamondsMax.value, 'one gift of the highest price is no absurd value');
  assert(limits.heartbeatMs.value * 2 < limits.pongMs.value, 'a reader is pinged before it counts as gone');
}
