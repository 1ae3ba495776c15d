import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { silentLog } from '../../src/base/log.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { InlineJournal } from '../../src/journal/inline-journal.ts';
import { Journals, NullJournal } from '../../src/journal/journal.ts';
import { SimulatedDisk, SimulatedThread } from '../../src/journal/simulation/simulation.ts';
import { recover } from '../support/log-life.ts';
import { journalContract, type JournalUnderTest } from './journal.contract.ts';

journalContract({
  name: 'a journal on a simulated thread and disk',
  make: async () => {
    const clock = new VirtualClock();
    const disk = new SimulatedDisk(clock);
    let thread: SimulatedThread;
    return {
      open: async () => {
        const { log, events, report } = recover(disk);
        thread = new SimulatedThread({ clock });
        const journal = thread.open(log, { sync: { kind: 'interval', ms: 50 } });
        return { journal, events, continued: report.continued };
      },
      kill: () => {
        thread.die();
        disk.killProcesses();
      },
      nowMs: () => clock.nowMs(),
      pass: () => clock.advance(10),
    };
  },
  unbound: { settle: 'virtual time does not pass while somebody sleeps' },
});

for (const kind of ['os', 'always'] as const) {
  journalContract({
    name: `a journal that writes by itself, synced by \`${kind}\``,
    make: async () => {
      const clock = new VirtualClock();
      const disk = new SimulatedDisk(clock);
      return {
        open: async () => {
          const { log, events, report } = recover(disk);
          const journal = new InlineJournal(log, clock, { sync: { kind } });
          return { journal, events, continued: report.continued };
        },
        kill: () => disk.killProcesses(),
        nowMs: () => clock.nowMs(),
        pass: () => clock.advance(10),
      };
    },
    unbound: {
      rest: 'whoever appends knows that it moved',
      ...(kind === 'always' ? { settle: 'it is the medium that would be waited for' } : {}),
    },
  });
}

async function onRealDisk(writer: 'thread' | 'inline'): Promise<JournalUnderTest> {
  const dataDirectory = await mkdtemp(path.join(tmpdir(), 'meks-journal-'));
  const journals = new Journals({ clock: systemClock, log: silentLog, dataDirectory, writer });
  return {
    nowMs: () => systemClock.nowMs(),
    open: async () => {
      const events: string[] = [];
      const log = journals.recover('1', {
        load: () => true,
        apply: (_seq, payload) => void events.push(payload.toString()),
        hole: () => undefined,
      });
      const journal = await journals.open(log, { sync: { kind: 'interval', ms: 20 } });
      return { journal, events, continued: log.report.continued };
    },
    dispose: async () => {
      await journals.stop();
      await rm(dataDirectory, { recursive: true });
    },
  };
}

const kill = 'a kill takes the whole process: tools/torture.ts';
journalContract({ name: 'a journal on a thread and a disk', make: () => onRealDisk('thread'), unbound: { kill } });
journalContract({
  name: 'a journal that writes by itself on a disk',
  make: () => onRealDisk('inline'),
  unbound: { kill, rest: 'whoever appends knows that it moved' },
});

journalContract({
  name: 'no journal',
  make: async () => ({
    nowMs: () => 0,
    open: async () => ({ journal: new NullJournal('e'), events: [], continued: false }),
  }),
  unbound: { memory: 'it keeps nothing', gate: 'its gate is always open', kill: 'it keeps nothing' },
});
