import type { DriftReport } from '../../src/protocol/drift.ts';
import { counted, timeOfDay } from '../views/format.ts';
import type { Trouble } from './trouble.ts';

// Signs that TikTok has changed its messages, in words: which, since when, and which figures may be too low for it.

type Alarm = DriftReport['alarms'][number];

interface Part {
  /** What such messages are about. */
  readonly name: string;
  /** What is to be expected of the figures. */
  readonly means: string;
}

const gifts: Part = { name: 'Gifts', means: 'Diamonds, gifts and boards may be too low.' };
const battles: Part = { name: 'Battles', means: 'Battles and match points may be late or missing.' };
const totals: Part = { name: 'TikTok’s totals', means: 'What is counted may not be held against TikTok’s total.' };
const live: Part = { name: 'The LIVE', means: 'Pauses and the end of the LIVE may go unnoticed.' };
const others: Part = { name: 'Others', means: 'Of what this desk shows, nothing is known to hang on the others.' };

/** By the method that they come in. */
const parts: Readonly<Record<string, Part>> = {
  WebcastGiftMessage: gifts,
  WebcastLinkMicBattle: battles,
  WebcastLinkMicArmies: battles,
  WebcastLinkMicBattlePunishFinish: battles,
  WebcastLinkmicBattleTaskMessage: battles,
  WebcastLinkMicBattleItemCard: battles,
  WebcastLinkMicFanTicketMethod: totals,
  WebcastRoomUserSeqMessage: { name: 'Viewers', means: 'Watching may be old.' },
  WebcastLikeMessage: { name: 'Likes', means: 'Likes may be too low.' },
  WebcastSocialMessage: { name: 'Follows and shares', means: 'Follows and shares may be too low.' },
  WebcastMemberMessage: { name: 'Arrivals', means: 'Regulars may come unnoticed.' },
  WebcastChatMessage: { name: 'Chat', means: 'Chat may be incomplete.' },
  WebcastControlMessage: live,
};

/** Where the command line finds this room. */
export interface Whereabouts {
  readonly room: string;
  readonly url: string;
}

/** What `alarms` alarms say; `report` null = what they are is not known yet. One entry, or none. */
export function driftTroubles(alarms: number, report: DriftReport | null, { room, url }: Whereabouts): Trouble[] {
  if (alarms === 0) return [];
  const known = (report?.alarms ?? []).filter(({ open }) => open);
  const means = new Set(known.map((alarm) => meaning(alarm)));
  return [
    {
      key: `drift ${alarms}`,
      tone: 'warn',
      title: 'TikTok has changed',
      since: known.length === 0 ? 0 : Math.min(...known.map(({ at }) => at)),
      seen: known.map((alarm) => `${alarmWords(alarm)}${oftenWords(alarm)}`),
      means: means.size === 0 ? 'Some figures may be too low.' : [...means].join(' '),
      remedy: 'See what has changed in each message, then look for a newer MEKS. What cannot be read is kept for it.',
      command: `meks drift --room ${room} --url ${url}`,
    },
  ];
}

function partOf({ concerns }: Alarm): Part {
  return parts[concerns] ?? others;
}

function meaning(alarm: Alarm): string {
  return alarm.kind === 'price-mismatch' ? 'Some gifts may be counted at an old price.' : partOf(alarm).means;
}

function alarmWords(alarm: Alarm): string {
  const { kind, method, concerns, detail } = alarm;
  if (kind === 'price-mismatch') return `Gifts: TikTok’s diamonds fit neither price nor count (${detail}).`;
  const { name } = partOf(alarm);
  if (kind === 'method-unknown') return `${name} may come under a new name: ${method}, until now ${concerns}.`;
  return `${name} cannot be read as before: ${method}, ${detail}.`;
}

/** How often since it was raised, and when last. */
function oftenWords({ count, lastSeenAt }: Alarm): string {
  return ` Seen ${counted(count, 'time')}, last at ${timeOfDay(lastSeenAt)}.`;
}
