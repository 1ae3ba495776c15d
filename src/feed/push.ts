import { createHash, timingSafeEqual } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import type { PushAccount, PushAnswer, PushItems } from '../protocol/push.ts';
import type { RawMessage, RawOutcome, Receipt } from '../protocol/raw.ts';
import type { Feed, FeedMetrics, FeedSink } from './feed.ts';
import { Intake } from './upstream/intake.ts';

export { readPush } from './push/read-push.ts';

// Takes events from other programs. It has no socket of its own: whoever receives requests (the gateway) has them read
// by a cold thread (push/read-push.ts), hands over what they hold, and answers when the promise says so: after
// everything taken is in the log. Waits where the sink is full. Bounded: pushes over HTTP by pushPendingMessagesMax,
// beyond which one is refused as a whole, told and counted; pushes over a WebSocket by the window of each connection
// (gateway/push-door.ts).

export const pushCounterSpec = {
  pushes: 'pushes received',
  refused: 'pushes refused as a whole, because too much was waiting or the feed was not running',
  messages: 'messages taken from pushes',
  malformed: 'items of pushes that could not be read; told to the pusher with their number',
  interruptions: 'times that the last pushing connection was lost; each is a gap as soon as something is pushed again',
} as const;

export class PushFeed implements Feed {
  readonly name = 'push';
  readonly counters = new Counters(pushCounterSpec);
  readonly metrics: FeedMetrics = { family: 'push', counters: this.counters };
  readonly #clock: Clock;
  readonly #token: Buffer;
  #intake: Intake | null = null;
  #pending = new Set<PendingPush>();
  #pendingMessages = 0;
  #live = false;
  /** WebSockets of pushers. */
  #connections = 0;
  /** When the last of them was lost, Unix ms; null = none was, or somebody has pushed since. */
  #lostAt: number | null = null;

  /** `token`: what a program must show to push. Whoever knows it can put anything on the board. */
  constructor(options: { readonly clock: Clock; readonly token: string }) {
    this.#clock = options.clock;
    this.#token = digest(options.token);
  }

  /** Whether `token` is this feed's. Takes the same time whatever it is. */
  admits(token: string): boolean {
    return timingSafeEqual(digest(token), this.#token);
  }

  start(sink: FeedSink): void {
    this.#intake = new Intake(sink);
    this.#live = false;
    this.#lostAt = null;
    this.#intake.state('connecting', 'waiting for the first push');
  }

  stop(): Promise<void> {
    this.#intake?.close();
    this.#intake = null;
    for (const push of this.#pending) push.resolve({ kind: 'stopped' });
    this.#pending.clear();
    this.#pendingMessages = 0;
    return Promise.resolve();
  }

  /**
   * Takes what a push holds, in order. Resolves when it is in the log, or will not be. Never rejects. `patient`: it may
   * wait, however much does already; otherwise too much is refused at once.
   */
  take({ messages, malformed, malformedCount }: PushItems, patient: boolean): Promise<PushAnswer> {
    this.counters.add('pushes');
    const intake = this.#intake;
    if (intake === null) return this.#refuse('stopped');
    if (!patient && this.#pendingMessages + messages.length > limits.pushPendingMessagesMax.value)
      return this.#refuse('busy');
    this.counters.add('malformed', malformedCount);
    this.counters.add('messages', messages.length);
    if (messages.length > 0) this.#alive(intake);
    this.#pendingMessages += messages.length;
    return new Promise((resolve) => {
      const receipt = new PushReceipt();
      const push: PendingPush = {
        resolve,
        acknowledge: () => {
          if (!this.#pending.delete(push)) return;
          this.#pendingMessages -= messages.length;
          resolve({ kind: 'taken', ...receipt.account(messages.length), malformed, malformedCount });
        },
      };
      this.#pending.add(push);
      if (messages.length === 0) push.acknowledge();
      else intake.messages(withReceipt(messages, receipt), push);
    });
  }

  /** A pusher's WebSocket was opened. */
  connected(): void {
    this.#connections++;
  }

  /** It is closed. `clean`: by the pusher itself, who had nothing left to say. */
  disconnected(clean: boolean): void {
    this.#connections--;
    if (this.#connections > 0 || !this.#live) return;
    this.#live = false;
    if (clean) {
      this.#intake?.state('offline', 'the pushing program has left');
      return;
    }
    this.counters.add('interruptions');
    this.#lostAt = this.#clock.wallMs();
    this.#intake?.state('connecting', 'the pushing program is gone: waiting for it to come back');
  }

  /** Somebody pushes: first what was missed, then that it is live. */
  #alive(intake: Intake): void {
    const lostAt = this.#lostAt;
    this.#lostAt = null;
    if (lostAt !== null) {
      const lengthMs = Math.max(0, this.#clock.wallMs() - lostAt);
      intake.gap({ reason: 'upstream-lost', at: lostAt, lengthMs, missed: 0 });
    }
    if (!this.#live) intake.state('live', 'pushes are coming');
    this.#live = true;
  }

  #refuse(kind: 'busy' | 'stopped'): Promise<PushAnswer> {
    this.counters.add('refused');
    return Promise.resolve({ kind });
  }
}

interface PendingPush {
  readonly resolve: (answer: PushAnswer) => void;
  acknowledge(): void;
}

/** Counts what became of the messages of one push. */
class PushReceipt implements Receipt {
  readonly #counts: Record<RawOutcome, number> = { events: 0, duplicate: 0, ignored: 0, quarantined: 0, unknown: 0 };

  note(outcome: RawOutcome): void {
    this.#counts[outcome]++;
  }

  account(taken: number): PushAccount {
    const { events, duplicate, ignored, quarantined, unknown } = this.#counts;
    return { taken, understood: events, duplicates: duplicate, ignored, quarantined, unknown };
  }
}

function withReceipt(messages: readonly RawMessage[], receipt: Receipt): RawMessage[] {
  return messages.map((message) => ({ ...message, receipt }));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
