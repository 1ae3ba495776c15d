import type { BattleState } from '../../src/protocol/battle-state.ts';
import { errorCodes } from '../../src/protocol/errors.ts';
import type { BattleOutcome } from '../../src/protocol/events.ts';
import type { PastGap, PastSession } from '../../src/protocol/history-answers.ts';
import type { Room } from '../shell/rooms.ts';
import { age, counted, unknownText } from '../views/format.ts';
import { displayName } from '../views/names.ts';

// What the past is told in: days, lengths, and how things ended. Times are on the viewer's clock, and say so by their
// zone where they stand alone. What nobody told reads as a dash.

/** A time format for the viewer's own zone, or for the one that is named (tests). */
function format(options: Intl.DateTimeFormatOptions, timeZone?: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', { ...options, ...(timeZone === undefined ? {} : { timeZone }) });
}

/** `Fri 31 Jan 2026`; '—' for 0. */
export function dayText(unixMs: number, timeZone?: string): string {
  if (unixMs === 0) return unknownText;
  const options = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' } as const;
  return format(options, timeZone).format(unixMs).replace(',', '');
}

/** `20:15`; '—' for 0. */
export function clockText(unixMs: number, timeZone?: string): string {
  return unixMs === 0 ? unknownText : format({ hour: '2-digit', minute: '2-digit' }, timeZone).format(unixMs);
}

/** `31 Jan 2026, 20:15 CET`: for times that stand alone. */
export function momentText(unixMs: number, timeZone?: string): string {
  if (unixMs === 0) return unknownText;
  const options = { dateStyle: undefined, day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit' } as const;
  return format({ ...options, minute: '2-digit', timeZoneName: 'short' }, timeZone).format(unixMs);
}

/** `1 h 05 min`, `4 min 31 s`; '—' where an end is not known. */
export function lengthText(startAt: number, endAt: number): string {
  if (startAt === 0 || endAt < startAt) return unknownText;
  const seconds = Math.round((endAt - startAt) / 1_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds >= 3_600) return `${Math.floor(seconds / 3_600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  return seconds >= 60 ? `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s` : `${seconds} s`;
}

const statusWords: Readonly<Record<string, string>> = {
  live: 'Live now',
  paused: 'Paused',
  ended: 'Ended',
  suspended: 'Suspended by TikTok',
};

/** How a session ended, or that it goes on, where it does. */
export function statusText({ status }: Pick<PastSession, 'status'>, live: boolean): string {
  return (live || !isOpen(status) ? statusWords[status] : undefined) ?? 'End not seen';
}

/** Upstream's states in which a LIVE may be under way. */
const heardIn: ReadonlySet<string> = new Set(['live', 'silent', 'connecting']);

/**
 * Whether more of a session may come: it was told to be live, and the broker follows its room, which it does not know
 * to be offline. Only a room's newest session is told to be live.
 */
export function goesOn(
  { status, room }: Pick<PastSession, 'status' | 'room'>,
  followed: readonly Pick<Room, 'id' | 'source'>[],
): boolean {
  return isOpen(status) && followed.some(({ id, source }) => id === room && heardIn.has(source));
}

function isOpen(status: string): boolean {
  return status === 'live' || status === 'paused';
}

const outcomeWords: Readonly<Record<BattleOutcome, string>> = {
  win: 'Won',
  lose: 'Lost',
  draw: 'Draw',
  unknown: 'Result not told',
};

/** How a battle ended for this room. An absent result never reads as a win. */
export function outcomeText(state: Pick<BattleState, 'phase' | 'own' | 'sides'>): string {
  if (state.phase === 'declined') return 'Declined';
  if (state.phase === 'invited') return 'Invited only';
  if (state.phase === 'running' || state.phase === 'open') return 'Under way, or end not seen';
  if (state.phase === 'cut-short') return 'Cut short';
  return outcomeWords[state.sides[state.own]?.outcome ?? 'unknown'];
}

/** Who a side is. */
export function sideText({ id, hosts }: Pick<BattleState['sides'][number], 'id' | 'hosts'>): string {
  return hosts.length === 0 ? `Side ${id.slice(-4)}` : hosts.map(displayName).join(' & ');
}

const gapWords: Readonly<Record<string, string>> = {
  'upstream-lost': 'TikTok’s stream was interrupted',
  overload: 'The broker was overloaded',
  recovery: 'The broker restarted',
  silence: 'TikTok’s stream was silent',
  fault: 'The history could not take an event',
  log: 'The log has lost events here',
};

export function gapText({ reason, lengthMs, missed }: Pick<PastGap, 'reason' | 'lengthMs' | 'missed'>): string {
  const length = lengthMs > 0 ? ` for ${age(lengthMs)}` : '';
  const lost = missed > 0 ? `, ${counted(missed, 'message')} lost` : ', how much is not known';
  return `${gapWords[reason] ?? 'Something may be missing'}${length}${lost}.`;
}

/** What an answer that failed comes to. `code` is the broker's own; '' = there was no answer of its history. */
export function problemText(code: string): string {
  if (code === 'MEKS_HISTORY_UNAVAILABLE' || code === 'MEKS_HISTORY_BUSY') return 'Not yet';
  return Object.hasOwn(errorCodes, code) && errorCodes[code as keyof typeof errorCodes] === 404
    ? 'Not found'
    : 'No answer';
}
