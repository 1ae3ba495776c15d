import type { Limit } from './limits.ts';

// The part of limits.ts that is about boards that are asked for or subscribed to, and whom a battle shows.

export const boardLimits = {
  boardRowsAskedMax: {
    value: 100,
    why: 'what a screen shows; a question costs the hot thread about a microsecond a row',
    atLimit: 'answered 400; further rows are on further pages',
  },
  boardNeighboursMax: {
    value: 10,
    why: 'who is in reach above and below one gifter',
    atLimit: 'answered 400',
  },
  boardSubscriptionsMax: {
    value: 64,
    why: "different boards of one room that are on somebody's screen; whoever shows the same one shares it",
    atLimit: 'a further one is closed with 4003: come back',
  },
  boardDeltaMs: {
    value: 50,
    why: 'twenty times a second is more than an eye reads of a list; all that happens between is conflated',
    atLimit: 'the next change waits that long after the one before',
  },
  battleHostsMax: {
    value: 32,
    why: 'TikTok seats at most nine; with the people of one message (eventPeopleMax) they fit eventBytesMax together',
    atLimit: 'further hosts of that battle are not shown, and counted as `battleHostsDropped`',
  },
  battlePersonBytesMax: {
    value: 700,
    why: 'a profile as JSON: the longest handle and name without a picture, or ordinary ones with the longest picture',
    atLimit: 'the picture is left out',
  },
  battleJoinMs: {
    value: 250,
    why: "how far one room's view of a battle may be behind what another room of this broker counted",
    atLimit: 'what changed meanwhile is told by one event',
  },
  reconciliationNoticeMs: {
    value: 30_000,
    why: 'what was counted and what upstream says come apart for a moment with every gift',
    atLimit: 'the next change is told that long after the one before',
  },
} as const satisfies Record<string, Limit>;
