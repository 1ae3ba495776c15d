import { limits } from '../protocol/limits.ts';
import { anyMark } from '../protocol/link.ts';
import type { Connections } from './connections.ts';

// Whether a connection reads what it is sent. That its socket takes bytes says nothing: the kernels at both ends take
// megabytes for a reader that is seconds or minutes behind, and shows what is long past as if it were now. What such
// a reader is sent also keeps memory of the kernel busy that it shares with everybody else's (Linux fills pages of a
// thread's sockets in turn: one that is read slowly pins what lies beside it). So every connection that is sent much is
// asked, with a ping, and a pong says that everything before the ping was read (RFC 6455 §5.5.3: messages and
// control frames arrive in order).
//
// Owns no memory: the columns written, read, asked and askedMs of the table. One ping at a time is outstanding; pings
// of one flush are bounded by a share of the connections, so that their pongs do not come back in one crowd.

/** Of connections, this share may be asked in one flush: so asking all of them takes a tenth of a second and more. */
const askedShare = 32;
/** A ping counts among what is written: so each asks about more than the one before. */
const pingBytes = 6;
/** Pings carry their place in the stream of bytes, cut to what four bytes hold. */
const marks = 2 ** 32;

export class ReadWindow {
  readonly #connections: Connections;
  #asksLeft = 0;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** Before a flush. */
  begin(): void {
    this.#asksLeft = 1 + Math.floor(this.#connections.size / askedShare);
  }

  /** Whether the connection is to be left alone, for it has not read what it was sent. Asks it when that is due. */
  holds(slot: number, nowMs: number): boolean {
    if (this.#unread(slot) < limits.unreadBytesMin.value) return false;
    const full = this.full(slot);
    const late = nowMs - this.#connections.askedMs[slot]! >= limits.unreadMs.value;
    if (this.#owes(slot)) return full || late;
    if (full || (late && this.#asksLeft > 0)) {
      this.#asksLeft--;
      this.ask(slot, nowMs);
    }
    return full;
  }

  /** Whether no more may be written to it for now, however much is ready. */
  full(slot: number): boolean {
    return this.#unread(slot) >= limits.unreadBytesMax.value;
  }

  /** Sends a ping, unless one has not been answered yet. */
  ask(slot: number, nowMs: number): void {
    if (this.#owes(slot)) return;
    const { links, written, asked, askedMs } = this.#connections;
    written[slot]! += pingBytes;
    asked[slot] = written[slot]!;
    askedMs[slot] = nowMs;
    links[slot]!.ping(asked[slot] % marks);
  }

  /** A pong came, with what its ping carried. True when it answers the question. */
  answered(slot: number, mark: number): boolean {
    const { read, asked } = this.#connections;
    if (!this.#owes(slot) || (mark !== anyMark && asked[slot]! % marks !== mark)) return false;
    read[slot] = asked[slot]!;
    return true;
  }

  /** Since when the connection owes an answer about at least unreadBytesMin, monotonic ms; 0 = it does not. */
  owesSinceMs(slot: number): number {
    const much = this.#unread(slot) >= limits.unreadBytesMin.value;
    return much && this.#owes(slot) ? this.#connections.askedMs[slot]! : 0;
  }

  #unread(slot: number): number {
    return this.#connections.written[slot]! - this.#connections.read[slot]!;
  }

  /** Whether a ping has not been answered yet. */
  #owes(slot: number): boolean {
    return this.#connections.asked[slot]! > this.#connections.read[slot]!;
  }
}
