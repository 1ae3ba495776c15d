import { Counters } from '../base/counters.ts';
import type { Clock } from '../base/clock.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { Feed, FeedSink } from './feed.ts';
import { messageOfEvent, messageOfType } from './json/webcast-json.ts';
import { isRecord, parseRecordingLine } from './recording/format.ts';
import { Intake } from './upstream/intake.ts';

// Takes events from other programs. It has no socket of its own: whoever receives requests (the gateway) hands their
// text over, and answers when the promise says so: after everything taken is in the log. Waits where the sink is
// full; pushes that wait are bounded by pushPendingMessagesMax, beyond which a push is refused as a whole, told, and
// counted.
//
// One JSON object a line, or a JSON array of such objects, in any of three forms:
//   {"method":"WebcastGiftMessage","b64":"CpoB…","msgId":"7…","recordedAt":…}   Webcast bytes, as in recordings
//   {"type":"WebcastGiftMessage","data":{…}}                                   decoded, by any of the known names
//   {"event":"gift","data":{…}}                                                TikFinity, old connectors

export const pushCounterSpec = {
  pushes: 'pushes received',
  refused: 'pushes refused as a whole, because too much was waiting or the feed was not running',
  messages: 'messages taken from pushes',
  malformed: 'items of pushes that could not be read; told to the pusher with their number',
} as const;

/** What became of a push. */
export type PushAnswer =
  | {
      readonly kind: 'taken';
      /** Messages that are in the log now. */
      readonly taken: number;
      readonly malformed: readonly { readonly item: number; readonly reason: string }[];
    }
  /** Nothing of it was taken: try again after a moment. */
  | { readonly kind: 'busy' }
  /** Nothing of it was taken: the feed is not running, or stopped before the log had it. */
  | { readonly kind: 'stopped' };

/** Malformed items that an answer lists; the others are only counted. */
const malformedListedMax = 20;

export class PushFeed implements Feed {
  readonly name = 'push';
  readonly counters = new Counters(pushCounterSpec);
  readonly #clock: Clock;
  #intake: Intake | null = null;
  #pending = new Set<PendingPush>();
  #pendingMessages = 0;
  #live = false;

  constructor(options: { readonly clock: Clock }) {
    this.#clock = options.clock;
  }

  start(sink: FeedSink): void {
    this.#intake = new Intake(sink);
    this.#live = false;
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

  /** Takes what `text` holds, in order. Resolves when it is in the log, or will not be. Never rejects. */
  push(text: string): Promise<PushAnswer> {
    this.counters.add('pushes');
    const intake = this.#intake;
    if (intake === null) return this.#refuse('stopped');
    const { messages, malformed } = readPush(text, this.#clock.wallMs());
    if (this.#pendingMessages + messages.length > limits.pushPendingMessagesMax.value) return this.#refuse('busy');
    this.counters.add('malformed', malformed.length);
    this.counters.add('messages', messages.length);
    const listed = malformed.slice(0, malformedListedMax);
    if (messages.length === 0) return Promise.resolve({ kind: 'taken', taken: 0, malformed: listed });
    if (!this.#live) intake.state('live', 'pushes are coming');
    this.#live = true;
    this.#pendingMessages += messages.length;
    return new Promise((resolve) => {
      const push: PendingPush = {
        resolve,
        acknowledge: () => {
          if (!this.#pending.delete(push)) return;
          this.#pendingMessages -= messages.length;
          resolve({ kind: 'taken', taken: messages.length, malformed: listed });
        },
      };
      this.#pending.add(push);
      intake.messages(messages, push);
    });
  }

  /** Tells that the pushing program has gone, or is back: by the gateway, from its connections. */
  interrupted(at: number, lengthMs: number): void {
    this.#intake?.gap({ reason: 'upstream-lost', at, lengthMs, missed: 0 });
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

interface PushText {
  readonly messages: RawMessage[];
  readonly malformed: { readonly item: number; readonly reason: string }[];
}

function readPush(text: string, receivedAt: number): PushText {
  const read: PushText = { messages: [], malformed: [] };
  const items = text.trimStart().startsWith('[') ? parseArray(text) : text.split('\n');
  for (const [index, item] of items.entries()) {
    if (typeof item === 'string' && item.trim() === '') continue;
    const reading = readItem(item, receivedAt);
    if (typeof reading === 'string') read.malformed.push({ item: index + 1, reason: reading });
    else read.messages.push(reading);
  }
  return read;
}

/** The items of a JSON array; an array that cannot be read is one item that cannot be read. */
function parseArray(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [text];
  } catch {
    return [text];
  }
}

/** A message, or why there is none. */
function readItem(item: unknown, receivedAt: number): RawMessage | string {
  let value = item;
  if (typeof item === 'string') {
    try {
      value = JSON.parse(item);
    } catch (error) {
      return `not JSON: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  if (!isRecord(value)) return 'not a JSON object';
  const { type, event, data } = value;
  if (typeof value['b64'] === 'string') {
    const entry = parseRecordingLine(JSON.stringify({ recordedAt: receivedAt, ...value }));
    return entry.kind === 'message' ? entry.raw : entry.kind === 'gap' ? 'a gap cannot be pushed' : entry.reason;
  }
  if (typeof type !== 'string' && typeof event !== 'string') return 'needs `b64`, or `type` or `event` with `data`';
  const reading =
    typeof type === 'string' ? messageOfType(type, data, receivedAt) : messageOfEvent(String(event), data, receivedAt);
  return reading.kind === 'message' ? reading.raw : reading.reason;
}
