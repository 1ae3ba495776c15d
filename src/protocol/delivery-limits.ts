import type { Limit } from './limits.ts';

// The limits of delivery (src/delivery): part of the table in limits.ts.

export const deliveryLimits = {
  writeBytesMax: {
    value: 262_144,
    why: 'what one write may pin when its reader stalls; also how much a lagging reader drains in one turn',
    atLimit: 'the rest follows in the next flush',
  },
  flushIntervalMsMax: {
    value: 8,
    why: 'half a frame: waiting longer than this is never worth a saved write',
    atLimit: 'the flush runs',
  },
  flushTurnMsMax: {
    value: 4,
    why: 'a quarter of a frame: a flush to thousands takes several frames, and what comes meanwhile is taken in and rides along',
    atLimit: 'the others are served in the next turn of the loop',
  },
  stallMs: {
    value: 60_000,
    why: 'a dashboard that has read nothing for this long is gone or asleep; it resumes or takes a snapshot when it returns',
    atLimit: 'the connection is closed with 4000 (come back)',
  },
  pongMs: {
    value: 60_000,
    why: 'a reader that answers no ping for this long is gone, whatever TCP still believes',
    atLimit: 'the connection is closed with 4001 (come back)',
  },
} as const satisfies Record<string, Limit>;
