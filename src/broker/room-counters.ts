/** What a room counts itself, beside its parts. */
export const roomCounterSpec = {
  published: 'events published',
  diamonds: 'diamonds published',
  faults: 'events that could not be ranked because of a bug: nothing of them was kept, a gap event took their place',
  reconciliationCounted: "diamonds counted for host and guests when upstream's totals were last told (gauge)",
  reconciliationUpstream: "upstream's totals of them (gauge)",
  reconciliationJoinedLate: 'of the difference: given before MEKS listened (gauge)',
  reconciliationGap: 'of the difference: came apart over an interruption (gauge)',
  reconciliationUnknownGift: 'of the difference: came apart while gifts without a price were given (gauge)',
  reconciliationMultiGuest: 'of the difference: came apart for guests (gauge)',
  reconciliationUnknown: 'of the difference: no known cause (gauge)',
  reconciliationUsers: "of upstream's top gifters: those whose diamonds are not as counted (gauge)",
  reconciliationNotices: 'times that dashboards were told of a difference, or of its end',
} as const;
