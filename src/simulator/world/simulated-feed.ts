import type { Clock, Timer } from '../../base/clock.ts';
import type { Feed, FeedSink } from '../../feed/feed.ts';
import { type Connection, rawOf, type Sent, type Upstream } from './upstream.ts';

// The feed of a room in one life of the broker: brings what upstream sends, acknowledges what is in the log, loses or
// waits when the queue is full, and tells of its interruptions. Counts what it has told, for the laws.

const reconnectMs = 300;

export interface SimulatedFeedOptions {
  readonly clock: Clock;
  readonly upstream: Upstream;
  readonly waits: boolean;
  /** Told of each message that was acknowledged, when it is. */
  readonly acknowledged: (sent: Sent) => void;
}

export class SimulatedFeed implements Feed, Connection {
  readonly name = 'simulated';
  /** What was told to the ingest in this life. */
  readonly told = { accepted: 0, lost: 0, gapMs: 0, missed: 0 };
  readonly #options: SimulatedFeedOptions;
  readonly #onSpace = (): void => this.#offerWaiting();
  #sink: FeedSink | null = null;
  #waiting: { readonly sent: Sent; readonly history: boolean }[] = [];
  #connected = false;
  #lostAtMs = -1;
  #timer: Timer | null = null;

  constructor(options: SimulatedFeedOptions) {
    this.#options = options;
  }

  start(sink: FeedSink): void {
    this.#sink = sink;
    sink.state('connecting', '');
    this.#connectIn(reconnectMs);
  }

  stop(): Promise<void> {
    this.#timer?.cancel();
    this.#cut();
    this.#sink = null;
    return Promise.resolve();
  }

  /** The connection to upstream is lost for `lengthMs`. */
  drop(lengthMs: number): void {
    if (!this.#connected) return;
    this.#cut();
    this.#lostAtMs = this.#options.clock.nowMs();
    this.#sink?.state('offline', 'connection lost');
    this.#connectIn(lengthMs);
  }

  receive(sent: Sent, history: boolean): void {
    if (this.#sink === null) return;
    this.#waiting.push({ sent, history });
    if (this.#waiting.length === 1) this.#offerWaiting();
  }

  /** Messages that wait for room in the queue. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #connectIn(delayMs: number): void {
    this.#timer?.cancel();
    this.#timer = this.#options.clock.after(delayMs, () => this.#connect());
  }

  #connect(): void {
    const { clock, upstream, waits } = this.#options;
    this.#connected = true;
    this.#sink!.state('live', '');
    if (this.#lostAtMs >= 0) {
      const lengthMs = clock.nowMs() - this.#lostAtMs;
      this.#lostAtMs = -1;
      this.told.gapMs += lengthMs;
      this.#sink!.gap({ reason: 'upstream-lost', at: clock.wallMs(), lengthMs, missed: 0 });
    }
    upstream.connect(this, waits);
  }

  #cut(): void {
    this.#connected = false;
    this.#waiting = [];
    this.#options.upstream.disconnect(this);
  }

  #offerWaiting(): void {
    const sink = this.#sink;
    if (sink === null) return;
    const { clock, waits, acknowledged, upstream } = this.#options;
    let next = this.#waiting[0];
    for (; next !== undefined; next = this.#waiting[0]) {
      const { sent, history } = next;
      if (sink.offer(rawOf(sent, clock.wallMs(), history))) {
        this.told.accepted++;
        upstream.arrived(sent);
        sink.whenLogged!(() => acknowledged(sent));
      } else if (waits) {
        sink.whenSpace(this.#onSpace);
        return;
      } else {
        this.told.lost++;
        this.told.missed++;
        sink.lost(1);
      }
      this.#waiting.shift();
    }
  }
}
