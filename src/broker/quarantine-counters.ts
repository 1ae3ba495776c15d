import type { Counters } from '../base/counters.ts';

/** What the keeping of messages that were set aside counts, over all rooms. */
export const quarantineCounterSpec = {
  written: 'messages that were set aside and kept',
  missed: 'messages that were set aside in a storm, and had left the memory before they could be kept',
  dropped: 'messages that had to make room for newer ones',
  resolved: 'messages that were run again and understood',
  failures: 'times that the disk refused; the messages are kept in memory as far as that goes',
} as const;

export type QuarantineCounters = Counters<keyof typeof quarantineCounterSpec>;
