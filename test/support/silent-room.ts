import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { ledgerCommands } from '../../src/broker/commands/ledger.ts';
import { operatorCommands } from '../../src/broker/commands/operator.ts';
import { RoomPast } from '../../src/broker/room-past.ts';
import { Room } from '../../src/broker/room.ts';
import type { Feed } from '../../src/feed/feed.ts';
import { NullJournal } from '../../src/journal/journal.ts';

// A room without a LIVE and without a log, known as `7` or `ours`, and the commands of its operators.

const silence: Feed = { name: 'silence', start: () => {}, stop: () => Promise.resolve() };

export interface SilentRoom {
  readonly clock: VirtualClock;
  readonly room: Room;
  readonly commands: ReturnType<typeof ledgerCommands> & ReturnType<typeof operatorCommands>;
}

/** Opens one; it goes until it is stopped. */
export function openSilentRoom(told: {
  readonly onFault: (error: unknown) => void;
  readonly onMismatch: (problems: readonly string[]) => void;
}): SilentRoom {
  const clock = new VirtualClock();
  const about = { clock, id: '7', handle: 'ours' };
  const room = new Room({
    ...about,
    feed: silence,
    past: new RoomPast({ ...about, tailMax: 64, readLog: () => [] }),
    log: new NullJournal('epoch'),
    lastSeq: 0,
    continued: false,
    ringRecordsMax: 64,
    recorder: null,
    ...told,
  });
  room.start();
  const broker = { find: (name: string) => (name === about.id || name === about.handle ? room : null) };
  const now = (): number => clock.wallMs();
  return { clock, room, commands: { ...ledgerCommands(broker, now), ...operatorCommands(broker, now) } };
}
