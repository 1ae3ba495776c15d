import type { MessagePort } from 'node:worker_threads';
import type { Clock, Timer } from '../base/clock.ts';
import { errorFields, type Log } from '../base/log.ts';
import { formatMessageLine } from '../feed/recording.ts';
import { explain, wireDump } from '../normalizer/normalizer.ts';
import type { QuarantinedInDetail, QuarantineList } from '../protocol/quarantine.ts';
import { limits } from '../protocol/limits.ts';
import type { KeptMessage } from './quarantine-file.ts';
import type { EntriesMessage, PullMessage, ReadUpTo, WaitingMessage } from './quarantine-messages.ts';
import type { QuarantineCounters } from './quarantine-counters.ts';
import { QuarantineStore } from './quarantine-store.ts';

// The cold thread's side of the quarantine: asks the hot thread for what was set aside, keeps it (quarantine-store.ts),
// and shows it. It asks as soon as it hears that there is something, and not again for settleMs: a kill of the process
// loses at most what was set aside in these milliseconds. Everything about one room happens one after the other.

export interface QuarantineDeskOptions {
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: QuarantineCounters;
  /** Folder of a room's quarantine; null = nothing is written. */
  readonly directoryOf: ((room: string) => string) | null;
}

/**
 * How often the hot thread is asked although it has said nothing, in milliseconds: a new life of this thread has much
 * to ask.
 */
const pullMs = 1_000;
/** Between two questions, in milliseconds: in a storm each takes what came meanwhile. */
const settleMs = 10;
/** How long a question of the hot thread may take before it counts as unanswered, in milliseconds. */
const answerMs = 2_000;

export class QuarantineDesk {
  readonly #options: QuarantineDeskOptions;
  readonly #stores = new Map<string, Promise<QuarantineStore>>();
  readonly #readUpTo = new Map<string, ReadUpTo>();
  /** Work on rooms, one after the other. */
  #line: Promise<unknown> = Promise.resolve();
  #answered: (message: EntriesMessage | null) => void = () => {};
  /** Null while a question is under way. */
  #timer: Timer | null = null;
  /** Something was set aside since the last question. */
  #waiting = false;
  #closed = false;

  constructor(options: QuarantineDeskOptions) {
    this.#options = options;
    options.port.on('message', (message: EntriesMessage | WaitingMessage) => {
      if (message.kind === 'entries') this.#answered(message);
      else this.#hurry();
    });
    this.#plan(0);
  }

  /** Keeps what the hot thread still has, and ends. */
  async close(): Promise<void> {
    this.#timer?.cancel();
    this.#closed = true;
    await this.settle();
    this.#options.port.close();
  }

  list(room: string, before: number, rowsMax: number): Promise<QuarantineList> {
    return this.#settled(room, (store) => store.list(before, rowsMax));
  }

  show(room: string, id: number): Promise<QuarantinedInDetail | null> {
    return this.#settled(room, async (store) => {
      const found = await store.find(id);
      return found === null ? null : detailOf(found, this.#options.clock);
    });
  }

  messages(room: string, ids: readonly number[] | null, after: number, countMax: number): Promise<KeptMessage[]> {
    return this.#settled(room, (store) => store.messages(ids, after, countMax));
  }

  resolve(room: string, ids: readonly number[]): Promise<void> {
    return this.#inLine(async () => await (await this.#store(room)).resolve(ids));
  }

  async *export(room: string): AsyncIterable<string> {
    for (let after = 0; ;) {
      const some = await this.messages(room, null, after, limits.quarantineRetryMax.value);
      for (const { raw } of some) yield formatMessageLine(raw);
      const last = some.at(-1);
      if (last === undefined) return;
      after = last.facts.id;
    }
  }

  /** Runs `work` on a room's store, after everything that was set aside until now is in it. */
  async #settled<Result>(room: string, work: (store: QuarantineStore) => Result | Promise<Result>): Promise<Result> {
    await this.settle();
    return await this.#inLine(async () => await work(await this.#store(room)));
  }

  #plan(afterMs: number): void {
    this.#timer = this.#options.clock.after(afterMs, () => {
      this.#timer = null;
      this.#waiting = false;
      void this.settle().then(() => {
        if (!this.#closed) this.#plan(this.#waiting ? settleMs : pullMs);
      });
    });
  }

  /** There is something to ask for. */
  #hurry(): void {
    this.#waiting = true;
    if (this.#timer === null || this.#closed) return;
    this.#timer.cancel();
    this.#plan(settleMs);
  }

  /** Resolves when all that the hot thread has set aside until now is kept. Never rejects: what fails is logged. */
  settle(): Promise<void> {
    return this.#inLine(async () => {
      try {
        for (let more = true; more;) {
          const answer = await this.#ask();
          for (const batch of answer?.batches ?? []) {
            const store = await this.#store(batch.room);
            await store.add(batch);
            if (store.readUpTo !== null) this.#readUpTo.set(batch.room, store.readUpTo);
          }
          more = answer?.more === true;
        }
      } catch (error) {
        this.#options.log.error('quarantine.failed', errorFields(error));
      }
    });
  }

  /** Null: no answer; the hot thread is being stopped, or stuck. */
  #ask(): Promise<EntriesMessage | null> {
    return new Promise((resolve) => {
      const late = this.#options.clock.after(answerMs, () => this.#answered(null));
      this.#answered = (message) => {
        late.cancel();
        this.#answered = () => {};
        resolve(message);
      };
      const question: PullMessage = { kind: 'pull', readUpTo: this.#readUpTo };
      this.#options.port.postMessage(question);
    });
  }

  #store(room: string): Promise<QuarantineStore> {
    let opening = this.#stores.get(room);
    if (opening === undefined) {
      opening = this.#open(room);
      this.#stores.set(room, opening);
    }
    return opening;
  }

  async #open(room: string): Promise<QuarantineStore> {
    const { directoryOf, counters, log } = this.#options;
    const store = new QuarantineStore(directoryOf?.(room) ?? null, counters);
    try {
      await store.open();
    } catch (error) {
      log.error('quarantine.unreadable', { room, ...errorFields(error) });
    }
    return store;
  }

  #inLine<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#line.then(work);
    this.#line = done.catch(() => undefined);
    return done;
  }
}

function detailOf({ facts, raw }: Pick<KeptMessage, 'facts' | 'raw'>, clock: Clock): QuarantinedInDetail {
  if (!facts.kept) return { ...facts, now: null, events: [], fields: null, wire: [] };
  const { outcome, reason, detail, events, fields } = explain(raw, clock);
  return { ...facts, now: { outcome, reason, detail }, events, fields, wire: wireDump(raw.payload) };
}
