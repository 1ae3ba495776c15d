import type { Limit } from './limits.ts';

// The part of limits.ts that is about messages set aside and kept on the disk.

export const quarantineLimits = {
  quarantineKeptMax: {
    value: 20_000,
    why: 'messages that an operator could still want to run again; the list of them takes 4 MB of the cold thread',
    atLimit: 'the oldest ones leave the disk, a file of them at a time, and are counted',
  },
  quarantineKeptBytesMax: {
    value: 67_108_864,
    why: 'ten thousand messages of usual size, for each room',
    atLimit: 'the oldest ones leave the disk, a file of them at a time, and are counted',
  },
  quarantineFileBytesMax: {
    value: 2_097_152,
    why: 'what leaves the disk at once: about one part in thirty',
    atLimit: 'the next file is begun',
  },
  quarantinePullBytesMax: {
    value: 1_048_576,
    why: 'what the hot thread copies in one turn: less than a millisecond of its time',
    atLimit: 'the rest follows in a later turn',
  },
  quarantineRetryMax: {
    value: 500,
    why: 'messages that one turn of commands runs again: the room takes them between those of its LIVE',
    atLimit: 'the next ones follow when these are in the log',
  },
  quarantineRowsMax: {
    value: 500,
    why: 'more rows than a page shows; the export has all of them',
    atLimit: 'the answer holds the newest of them, and `before` gives those before',
  },
} as const satisfies Record<string, Limit>;
