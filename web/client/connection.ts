import type { ClientEnvironment, Socket, SocketEvents } from './environment.ts';

// One socket and the watch over its silence. Used once: a new connection is a new object, so that nothing of an old one
// can be taken for the new one's. Owns one socket and one timer.

/** A connection that has not said hello after this long is given up. */
const helloWaitMs = 10_000;

/** What is spoken on a connection: a room's events, or one of its boards. */
export interface Language<Frame> {
  readonly subprotocol: string;
  /** The frame that `text` is, or why it is none. Never throws. */
  readonly parse: (text: string) => Parsed<Frame>;
}

export type Parsed<Frame> =
  | { readonly kind: 'frame'; readonly frame: Frame }
  | { readonly kind: 'bad'; readonly why: string };

/** What a connection tells its client. After `closed`, and after `hangUp`, nothing more comes. */
export interface ConnectionEvents<Frame> {
  frame(frame: Frame): void;
  malformed(why: string): void;
  silent(kind: 'quiet' | 'dead'): void;
  closed(code: number, reason: string, upMs: number): void;
}

export class Connection<Frame> implements SocketEvents {
  readonly #environment: ClientEnvironment;
  readonly #url: string;
  readonly #events: ConnectionEvents<Frame>;
  readonly #language: Language<Frame>;
  #socket: Socket | null = null;
  #watch: { cancel(): void } | null = null;
  #greetedAtMs: number | null = null;
  #heardAtMs = 0;
  #quietMs = helloWaitMs;
  #told: 'nothing' | 'quiet' = 'nothing';
  #ended = false;

  constructor(environment: ClientEnvironment, url: string, language: Language<Frame>, events: ConnectionEvents<Frame>) {
    this.#environment = environment;
    this.#url = url;
    this.#language = language;
    this.#events = events;
  }

  open(): void {
    this.#heardAtMs = this.#environment.clock.nowMs();
    this.#watchUntil(this.#heardAtMs + helloWaitMs);
    this.#socket = this.#environment.connect(this.#url, this.#language.subprotocol, this);
  }

  /** Hello was read: from now on something comes at least every `heartbeatMs`. */
  expect(heartbeatMs: number): void {
    this.#greetedAtMs ??= this.#environment.clock.nowMs();
    this.#quietMs = heartbeatMs * 1.5 + 1_000;
    this.#rewatch();
  }

  hangUp(code: number, reason: string): void {
    this.#end();
    this.#socket?.close(code, reason);
  }

  message(text: string): void {
    if (this.#ended) return;
    this.#heardAtMs = this.#environment.clock.nowMs();
    if (this.#told === 'quiet') this.#rewatch();
    const parsed = this.#language.parse(text);
    if (parsed.kind === 'frame') this.#events.frame(parsed.frame);
    else this.#events.malformed(parsed.why);
  }

  closed(code: number, reason: string): void {
    if (this.#ended) return;
    const upMs = this.#greetedAtMs === null ? 0 : this.#environment.clock.nowMs() - this.#greetedAtMs;
    this.#end();
    this.#events.closed(code, reason, upMs);
  }

  #end(): void {
    this.#ended = true;
    this.#watch?.cancel();
  }

  #rewatch(): void {
    this.#told = 'nothing';
    this.#watch?.cancel();
    this.#watchUntil(this.#heardAtMs + this.#quietMs);
  }

  #watchUntil(atMs: number): void {
    this.#watch = this.#environment.clock.after(atMs - this.#environment.clock.nowMs(), this.#look);
  }

  /** One timer a connection, not one a frame: it looks how long ago the last frame was and sets itself again. */
  readonly #look = (): void => {
    if (this.#ended) return;
    const greeted = this.#greetedAtMs !== null;
    const deadAtMs = this.#heardAtMs + (greeted ? this.#quietMs * 2.5 : helloWaitMs);
    const quietAtMs = this.#heardAtMs + this.#quietMs;
    const nowMs = this.#environment.clock.nowMs();
    if (nowMs >= deadAtMs) {
      this.#events.silent('dead');
    } else if (nowMs >= quietAtMs) {
      if (this.#told === 'nothing') this.#events.silent('quiet');
      this.#told = 'quiet';
      this.#watchUntil(deadAtMs);
    } else {
      this.#watchUntil(quietAtMs);
    }
  };
}
