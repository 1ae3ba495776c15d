import type { Limit } from './limits.ts';

// The part of limits.ts that is about what operators do: corrections, and what they share at their desks.

export const operatorLimits = {
  ledgerEntriesMax: {
    value: 500,
    why: 'corrections of many sessions, at about a kilobyte each in a snapshot',
    atLimit: 'the oldest can no longer be undone; all of them are in the log and in the history',
  },
  giftsNamedMax: {
    value: 65_536,
    why: 'gifts of this session that a correction can name: an hour of a busy room, at 36 bytes each',
    atLimit: 'the oldest is corrected by diamonds instead of by its id',
  },
  giftSidesNamedMax: {
    value: 4_096,
    why: 'battle sides of one session: twice what a day of five-minute battles has',
    atLimit: 'gifts of further sides cannot be named by a correction',
  },
  operatorPinsMax: {
    value: 20,
    why: 'what stays on top of a board must leave room for the board',
    atLimit: 'refused with MEKS_OPERATOR_FULL: take one away first',
  },
  operatorThankedMax: {
    value: 200,
    why: 'twice the rows that a desk shows',
    atLimit: 'the mark that was set first goes, and the event says whose',
  },
  operatorNotesMax: {
    value: 5_000,
    why: 'people whom the operators of one room know, over years; about 5 MB',
    atLimit: 'refused with MEKS_OPERATOR_FULL: take one away first',
  },
  operatorNotesShownMax: {
    value: 120,
    why: 'notes in the view: the rows of the board, and pinned people',
    atLimit: 'the one that came in sight first leaves the view; GET …/operator/notes has them all',
  },
  operatorNoteCharsMax: {
    value: 500,
    why: 'a few sentences',
    atLimit: 'the request is refused',
  },
  operatorMutesMax: {
    value: 100,
    why: 'muted people, and as many muted gifts',
    atLimit: 'refused with MEKS_OPERATOR_FULL: take one away first',
  },
  operatorGoalsMax: {
    value: 6,
    why: 'bars that fit beside each other',
    atLimit: 'refused with MEKS_OPERATOR_FULL: take one away first',
  },
  operatorRulesMax: {
    value: 20,
    why: 'each is looked at with every gift',
    atLimit: 'refused with MEKS_OPERATOR_FULL: take one away first',
  },
  operatorAlertsShownMax: {
    value: 20,
    why: 'what somebody who comes back wants to see; all are in the log',
    atLimit: 'the oldest leaves the view',
  },
  operatorUndoMax: {
    value: 100,
    why: 'changes that can be taken back, and ids that are known as done',
    atLimit: 'the oldest can no longer be undone',
  },
  checkIntervalMs: {
    value: 5_000,
    why: 'sums that do not agree are a bug and stay: seconds later is soon enough, and rooms take turns',
    atLimit: 'the next room is checked',
  },
} as const satisfies Record<string, Limit>;
