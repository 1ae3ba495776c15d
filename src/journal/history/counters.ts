/** How the import of a room stands, in shared memory: written by the import thread, read by any other. */
export const historyCounterSpec = {
  nextSeq: 'first event of the log that is not in the history yet (gauge)',
  neededSeq: 'first event of the log that a power cut could still take from the history: retention keeps it (gauge)',
  behind: 'events of the log that are not in the history yet (gauge)',
  disagreements: "times that the history's total of a gifter was not the ranking's: 0, or there is a bug",
  faults: 'events left out of the history because of a bug',
} as const;

export type HistoryCounter = keyof typeof historyCounterSpec;

/** What is asked of the history. queries = queriesAnswered + queriesLate + queriesBusy + queriesUnavailable. */
export const historyReadCounterSpec = {
  queries: 'questions about the past',
  queriesAnswered: 'of those, answered',
  queriesLate: 'of those, given up because they took too long',
  queriesBusy: 'of those, refused because historyQueriesMax were waiting',
  queriesUnavailable: 'of those, not answered because the history was not ready',
  exports: 'exports begun',
  exportsFinished: 'of those, read to their end',
  exportsBroken: 'of those, given up by their reader or failed',
  exportsBusy: 'exports refused because historyExportsMax were under way',
  exportsUnderWay: 'exports under way (gauge)',
  exportBytes: 'bytes of exports handed to their readers',
} as const;

export type HistoryReadCounter = keyof typeof historyReadCounterSpec;
