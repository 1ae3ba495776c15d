import { limits } from '../../protocol/limits.ts';
import type { SourceState } from '../../protocol/frames.ts';
import type { FeedGap, RawMessage } from '../../protocol/raw.ts';
import type { FeedSink } from '../feed.ts';

// The line between a socket and the sink: what was read is offered in order, across connections, and a frame is
// acknowledged only when all of its messages were taken (and, where the sink can tell, are in the log). Owns what the
// sink had no room for. The socket is not read while anything stands in line, so the line is at most what one chunk of
// the socket held; acknowledgements that wait for the log are bounded by acksPendingMax in the same way.

/** What is to happen once all messages of a frame were taken and, where the sink can tell, are in the log. */
export interface Ack {
  acknowledge(): void;
}

type Item =
  | { readonly kind: 'messages'; readonly messages: readonly RawMessage[]; next: number; readonly ack: Ack | null }
  | { readonly kind: 'gap'; readonly gap: FeedGap }
  | { readonly kind: 'state'; readonly state: SourceState; readonly detail: string };

export class Intake {
  readonly #sink: FeedSink;
  #line: Item[] = [];
  #waiting = false;
  #closed = false;
  /** Acknowledgements in the order in which the log will reach them. */
  #acks: Ack[] = [];
  /** Called when there is room to read on. */
  onSpace: () => void = () => {};

  constructor(sink: FeedSink) {
    this.#sink = sink;
  }

  /** True: read no further until `onSpace`. */
  get full(): boolean {
    return this.#line.length > 0 || this.#acks.length >= limits.acksPendingMax.value;
  }

  /** What one frame brought. */
  messages(messages: readonly RawMessage[], ack: Ack | null): void {
    if (this.#closed) return;
    let next = 0;
    if (this.#line.length === 0) next = this.#offer(messages, 0);
    if (next === messages.length) this.#taken(ack);
    else this.#line.push({ kind: 'messages', messages, next, ack });
    this.#wait();
  }

  gap(gap: FeedGap): void {
    if (this.#closed) return;
    if (this.#line.length === 0) this.#sink.gap(gap);
    else this.#line.push({ kind: 'gap', gap });
  }

  state(state: SourceState, detail: string): void {
    if (this.#closed) return;
    if (this.#line.length === 0) this.#sink.state(state, detail);
    else this.#line.push({ kind: 'state', state, detail });
  }

  /** Nothing more goes to the sink. */
  close(): void {
    this.#closed = true;
    this.#line = [];
    this.#acks = [];
  }

  /** Index of the first message that was not taken. */
  #offer(messages: readonly RawMessage[], from: number): number {
    let next = from;
    while (next < messages.length && !this.#closed && this.#sink.offer(messages[next]!)) next++;
    return next;
  }

  #wait(): void {
    if (this.#line.length === 0 || this.#waiting || this.#closed) return;
    this.#waiting = true;
    this.#sink.whenSpace(this.#resume);
  }

  readonly #resume = (): void => {
    this.#waiting = false;
    let done = 0;
    for (const item of this.#line) {
      if (this.#closed) return;
      if (item.kind === 'gap') this.#sink.gap(item.gap);
      else if (item.kind === 'state') this.#sink.state(item.state, item.detail);
      else {
        item.next = this.#offer(item.messages, item.next);
        if (item.next < item.messages.length) break;
        this.#taken(item.ack);
      }
      done++;
    }
    if (this.#closed) return;
    this.#line.splice(0, done);
    this.#wait();
    if (!this.full) this.onSpace();
  };

  #taken(ack: Ack | null): void {
    if (ack === null) return;
    if (this.#sink.whenLogged === undefined) {
      ack.acknowledge();
      return;
    }
    this.#acks.push(ack);
    this.#sink.whenLogged(this.#logged);
  }

  readonly #logged = (): void => {
    const wasFull = this.full;
    const ack = this.#acks.shift();
    ack?.acknowledge();
    if (wasFull && !this.full) this.onSpace();
  };
}
