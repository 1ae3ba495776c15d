import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Journal } from '../../src/journal/journal.ts';
import { until } from '../support/until.ts';

// What every journal owes the broadcast and the delivery: takes events in order, tells what may be seen, and gives it
// all back to the next life. It runs on every implementation.

/** One log with a life at a time. */
export interface JournalUnderTest {
  /** Opens the log; `events` is what recovery gave, as text. */
  open(): Promise<{ readonly journal: Journal; readonly events: readonly string[]; readonly continued: boolean }>;
  /** The process of the open journal dies. Absent: this one cannot be made to, here. */
  readonly kill?: () => void;
  /** Monotonic time of its clock, in milliseconds. */
  nowMs(): number;
  /** Lets time pass, for virtual clocks. */
  readonly pass?: () => void;
  readonly dispose?: () => Promise<void>;
}

export interface JournalKind {
  readonly name: string;
  make(): Promise<JournalUnderTest>;
  /**
   * Laws that do not bind this kind, each with the reason: its tests are left out. `memory`: it brings nothing back.
   * `gate`: its gate is always open. `rest`: whoever appends knows that it moved, and is told nothing. `settle`: there
   * is nothing that a moment's wait would bring. `kill`: only a process of its own can be killed (tools/torture.ts does
   * that).
   */
  readonly unbound?: {
    readonly memory?: string;
    readonly gate?: string;
    readonly kill?: string;
    readonly rest?: string;
    readonly settle?: string;
  };
}

function payload(seq: number): Buffer {
  return Buffer.from(`{"seq":${seq},"text":"${'é'.repeat(seq % 50)}"}`);
}

function append(journal: Journal, from: number, to: number): void {
  for (let seq = from; seq <= to; seq++) assert.equal(journal.append(seq, payload(seq)), 'taken');
}

async function written(log: JournalUnderTest, journal: Journal, seq: number): Promise<void> {
  await until(`seq ${seq} is written`, () => {
    log.pass?.();
    return journal.sendable() === seq + 1;
  });
}

/** Closing needs time to pass on a virtual clock. */
async function close(log: JournalUnderTest, journal: Journal): Promise<void> {
  const closing = { done: false };
  const closed = journal.close().then(() => void (closing.done = true));
  await until('the log is closed', () => {
    log.pass?.();
    return closing.done;
  });
  await closed;
}

async function withLog(kind: JournalKind, run: (log: JournalUnderTest) => Promise<void>): Promise<void> {
  const log = await kind.make();
  try {
    await run(log);
  } finally {
    await log.dispose?.();
  }
}

export function journalContract(kind: JournalKind): void {
  const title = (sentence: string): string => `${kind.name}: ${sentence}`;
  const { unbound } = kind;
  gateContract(kind, title);
  if (unbound?.gate === undefined && unbound?.rest === undefined) restContract(kind, title);
  if (unbound?.gate === undefined) waitingContract(kind, title);
  if (unbound?.settle === undefined) settleContract(kind, title);
  if (unbound?.memory === undefined) memoryContract(kind, title);
  if (unbound?.kill === undefined) killContract(kind, title);
}

/** What may be seen, and when. */
function gateContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('what was taken may be seen after a while, and not before it was taken'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      assert.equal(journal.sendable(), 1);
      append(journal, 1, 10);
      assert.ok(journal.sendable() <= 11);
      journal.commit();
      await written(log, journal, 10);
      assert.equal(journal.status().lastSeq, 10);
      await close(log, journal);
    });
  });

  test(title('it admits as long as there is room, and says what it is doing'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      assert.equal(journal.admits(), true);
      const { state, pendingMs, released } = journal.status();
      assert.deepEqual({ state, pendingMs, released }, { state: 'ok', pendingMs: 0, released: false });
      await close(log, journal);
    });
  });
}

/** Longer than any disk that is not stalled takes. */
const patienceMs = 10_000;

/** Who waits a moment. */
function settleContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('whoever waits for it a moment may see what was taken, and is not told too much'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      for (let seq = 1; seq <= 300; seq++) {
        // Every other time in a rest, as delivery does.
        if (seq % 2 === 0) journal.restUntil(log.nowMs() + 15);
        append(journal, seq, seq);
        if (seq % 3 === 0) journal.commit();
        journal.settle(patienceMs);
        assert.equal(journal.sendable(), seq + 1);
        journal.restUntil(0);
        if (seq % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await close(log, journal);
    });
  });
}

/** Who waits. */
function waitingContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('whoever waits for the gate is told that it has moved'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      let told = 0;
      journal.onSendable(() => told++);
      for (let seq = 1; seq <= 200; seq++) {
        append(journal, seq, seq);
        journal.commit();
        const before = told;
        if (journal.sendable() === seq + 1) continue;
        await until('word of progress', () => {
          log.pass?.();
          return told > before;
        });
      }
      await written(log, journal, 200);
      await close(log, journal);
    });
  });
}

/** Who does not wait. */
function restContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('what nobody was told of while they rested is told when they look'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      let toldOf = 1;
      journal.onSendable(() => (toldOf = journal.sendable()));
      for (let seq = 1; seq <= 50; seq++) {
        // Longer than any write takes, and short enough to be a rest.
        journal.restUntil(log.nowMs() + 15);
        append(journal, seq, seq);
        journal.commit();
        await written(log, journal, seq);
        journal.restUntil(0);
        await until(`word of ${seq}`, () => {
          log.pass?.();
          return toldOf === seq + 1;
        });
      }
      await close(log, journal);
    });
  });

  test(title('whoever rests and never looks is told all the same, later'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      let toldOf = 1;
      journal.onSendable(() => (toldOf = journal.sendable()));
      journal.restUntil(log.nowMs() + 15);
      append(journal, 1, 5);
      journal.commit();
      await until('word of all', () => {
        log.pass?.();
        return toldOf === 6;
      });
      await close(log, journal);
    });
  });
}

/** What comes back. */
function memoryContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('the bytes given are copied: their owner may write over them at once'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      const bytes = Buffer.from('{"seq":1}');
      journal.append(1, bytes);
      bytes.fill(0);
      await close(log, journal);
      const next = await log.open();
      assert.deepEqual(next.events, ['{"seq":1}']);
      await close(log, next.journal);
    });
  });

  test(title('after a clean stop the next life has every event, and goes on with epoch and seq'), async () => {
    await withLog(kind, async (log) => {
      let epoch: string | null = null;
      for (let life = 0; life < 3; life++) {
        const { journal, events, continued } = await log.open();
        assert.equal(continued, life > 0);
        epoch ??= journal.epoch;
        assert.equal(journal.epoch, epoch);
        assert.deepEqual(
          events,
          Array.from({ length: life * 100 }, (_, index) => payload(index + 1).toString()),
        );
        append(journal, life * 100 + 1, life * 100 + 100);
        await close(log, journal);
      }
    });
  });
}

/** What comes back after a kill. */
function killContract(kind: JournalKind, title: (sentence: string) => string): void {
  test(title('after a kill the next life has everything that could be seen'), async () => {
    await withLog(kind, async (log) => {
      const { journal } = await log.open();
      append(journal, 1, 50);
      journal.commit();
      await written(log, journal, 50);
      log.kill!();
      const next = await log.open();
      assert.equal(next.events.length, 50);
      assert.equal(next.continued, true);
    });
  });
}
