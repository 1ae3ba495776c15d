import type { Notice } from '../client/client.ts';
import type { CorrectionEvent } from '../../src/protocol/corrections.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import type { Tone } from '../views/feed-model.ts';
import { age, counted, exact } from '../views/format.ts';
import { displayName } from '../views/names.ts';

// What the feed tells beside gifts, in words: what happened to the link, to the source, to the battle, and what
// operators corrected. A line for each thing that makes what is shown less than the whole truth; none for what works.

export interface Line {
  readonly text: string;
  readonly tone: Tone;
}

/** The line for something that happened to the link; null when nobody needs to know. */
export function noticeLine(notice: Notice): Line | null {
  switch (notice.kind) {
    case 'snapshot':
      if (notice.first) return null;
      if (notice.newEpoch) return { text: 'The broker began a new count. Everything shown is from it.', tone: 'warn' };
      if (notice.missed === 0) return null;
      return { text: `${counted(notice.missed, 'event')} skipped, not listed here. Totals are right.`, tone: 'warn' };
    case 'lagged':
      // The snapshot that follows at once says what it means.
      return null;
    case 'resumed':
      if (notice.behind === 0) return { text: 'Connected again. Nothing was missed.', tone: 'good' };
      return { text: `Connected again. ${counted(notice.behind, 'event')} caught up, none missed.`, tone: 'good' };
    case 'lost':
      return { text: `Connection lost: ${notice.reason}.`, tone: 'bad' };
    case 'refused':
      return { text: `The broker refused: ${notice.reason}.`, tone: 'bad' };
    default:
      return { text: 'Nothing heard from the broker. What is shown may be old.', tone: 'warn' };
  }
}

const gapWords: Readonly<Record<Extract<EventFrame, { kind: 'gap' }>['reason'], string>> = {
  'upstream-lost': 'TikTok’s stream was interrupted',
  overload: 'The broker was overloaded',
  recovery: 'The broker restarted',
  silence: 'TikTok’s stream was silent',
  fault: 'The broker met a fault of its own',
};

const roomWords: Readonly<Partial<Record<Extract<EventFrame, { kind: 'room' }>['topic'], Line>>> = {
  live: { text: 'The LIVE is on.', tone: 'good' },
  paused: { text: 'The LIVE is paused.', tone: 'warn' },
  resumed: { text: 'The LIVE goes on.', tone: 'good' },
  ended: { text: 'The LIVE has ended.', tone: 'warn' },
  suspended: { text: 'The LIVE was suspended by TikTok.', tone: 'bad' },
};

const itemWords: Readonly<Record<string, string>> = {
  glove: 'a glove',
  mist: 'magic mist',
  'extra-time': 'extra time',
  potion: 'a potion',
  wave: 'a wave',
  top2: 'the ×2 booster',
  top3: 'the ×3 booster',
  'vault-glove': 'a vault glove',
  other: 'a power-up',
};

/** The line for an event other than a gift; null for what has its place elsewhere on the page. */
export function eventLine(event: EventFrame, view: RoomView): Line | null {
  switch (event.kind) {
    case 'gap':
      return gapLine(event);
    case 'room':
      return roomWords[event.topic] ?? null;
    case 'battle':
      return battleLine(event, view);
    case 'correction':
      return correctionLine(event);
    default:
      return null;
  }
}

function gapLine(event: Extract<EventFrame, { kind: 'gap' }>): Line {
  const length = event.lengthMs > 0 ? ` for ${age(event.lengthMs)}` : '';
  const missed = event.missed > 0 ? ` ${counted(event.missed, 'message')} lost.` : ' Something may be missing.';
  return { text: `${gapWords[event.reason]}${length}.${missed}`, tone: 'warn' };
}

function battleLine(event: Extract<EventFrame, { kind: 'battle' }>, view: RoomView): Line | null {
  if (event.change === 'item') {
    const side = view.battle?.sides.find((one) => one.id === event.anchorId);
    const whose =
      side === undefined || side.hosts.length === 0 ? '' : ` for ${side.hosts.map(displayName).join(' & ')}`;
    return { text: `Power-up${whose}: ${itemWords[event.item] ?? 'a power-up'}`, tone: 'plain' };
  }
  if (event.change === 'task') return null;
  if (event.phase === 'open') return { text: 'A battle begins.', tone: 'plain' };
  return event.phase === 'finished' || event.phase === 'cut-short' ? resultLine(view) : null;
}

function resultLine(view: RoomView): Line {
  const scores = (view.battle?.sides ?? []).map((side) => exact(side.points)).join(' to ');
  return { text: `The battle is over${scores === '' ? '' : `: ${scores} match points`}.`, tone: 'plain' };
}

/** What a correction did, as a sentence without its reason. */
export function correctionWords(
  event: Pick<CorrectionEvent, 'action' | 'user' | 'target' | 'side'>,
  diamonds: number,
): string {
  const user = displayName(event.user);
  const target = event.target === null ? '' : displayName(event.target);
  const amount = counted(diamonds, 'diamond');
  switch (event.action) {
    case 'add':
      return `${amount} added for ${user}`;
    case 'void':
      return `${amount} taken back from ${user}`;
    case 'move':
      return `${amount} moved from ${user} to ${target}`;
    case 'merge':
      return `${user} merged into ${target}: ${amount}`;
    case 'attribute':
      return `${amount} of ${user} ${event.side === undefined ? 'count for no battle' : 'count for another battle'}`;
    default:
      return `${amount} of ${user}${target === '' ? '' : ` and ${target}`} put back`;
  }
}

function correctionLine(event: Extract<EventFrame, { kind: 'correction' }>): Line {
  const what = correctionWords(event, event.applied ?? event.diamonds);
  const verb = event.action === 'undo' ? 'Undone' : 'Correction';
  return { text: `${verb}: ${what}, by ${event.by}: ${event.reason}`, tone: 'warn' };
}
