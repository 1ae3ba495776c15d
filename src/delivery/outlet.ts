import type { Counters } from '../base/counters.ts';
import { limits } from '../protocol/limits.ts';
import type { Connections } from './connections.ts';
import type { deliveryCounterSpec } from './counters.ts';
import type { ReadWindow } from './read-window.ts';
import type { DeliveryStream } from './stream.ts';

// What goes to a connection's socket, and whether it went. Owns no memory of its own: the columns stalledSinceMs,
// stalledBytes and holds of the table. A write that the kernel does not take at once holds what it shows of the ring
// until it has drained; nothing more is written before that.

export interface OutletParts {
  readonly connections: Connections;
  readonly stream: DeliveryStream;
  readonly window: ReadWindow;
  readonly counters: Counters<keyof typeof deliveryCounterSpec>;
}

export class Outlet {
  readonly #connections: Connections;
  readonly #stream: DeliveryStream;
  readonly #window: ReadWindow;
  readonly #counters: Counters<keyof typeof deliveryCounterSpec>;

  constructor(parts: OutletParts) {
    this.#connections = parts.connections;
    this.#stream = parts.stream;
    this.#window = parts.window;
    this.#counters = parts.counters;
  }

  /** Hands bytes to the connection's socket. Notes when it does not take them at once. */
  write(slot: number, bytes: Uint8Array, nowMs: number): void {
    const link = this.#connections.links[slot]!;
    link.write(bytes);
    this.#connections.written[slot]! += bytes.length;
    this.#counters.add('writes');
    this.#counters.add('bytes', bytes.length);
    const pendingBytes = link.pendingBytes();
    if (pendingBytes > 0) this.#connections.stall(slot, pendingBytes, nowMs);
  }

  /** The same with bytes of the ring, from event `seq` on. */
  writeShared(slot: number, bytes: Uint8Array, seq: number, nowMs: number): void {
    this.write(slot, bytes, nowMs);
    const { stalledSinceMs, holds } = this.#connections;
    if (stalledSinceMs[slot] !== 0) holds[slot] = this.#stream.hold(seq);
  }

  /** True when the connection can take more now. Notices progress of one that could not. */
  drained(slot: number, nowMs: number): boolean {
    const { links, stalledSinceMs, stalledBytes } = this.#connections;
    if (stalledSinceMs[slot] === 0) return true;
    const pendingBytes = links[slot]!.pendingBytes();
    if (pendingBytes > 0) {
      // More than before is no progress: pongs to a peer that pings and reads nothing.
      if (pendingBytes < stalledBytes[slot]!) this.#connections.stall(slot, pendingBytes, nowMs);
      else stalledBytes[slot] = pendingBytes;
      return false;
    }
    stalledSinceMs[slot] = 0;
    this.#release(slot, true);
    return true;
  }

  /** Whether the connection has taken, or read, nothing of what it was sent for too long. */
  stalled(slot: number, nowMs: number): boolean {
    const sinceMs = this.#connections.stalledSinceMs[slot]!;
    if (sinceMs !== 0 && !this.drained(slot, nowMs) && nowMs - sinceMs > limits.stallMs.value) return true;
    const owesSinceMs = this.#window.owesSinceMs(slot);
    return owesSinceMs !== 0 && nowMs - owesSinceMs > limits.stallMs.value;
  }

  /** The connection leaves. A socket that closes may still have bytes to send: they stay as they are in the ring. */
  left(slot: number): void {
    this.#release(slot, this.#connections.stalledSinceMs[slot] === 0);
  }

  #release(slot: number, read: boolean): void {
    const { holds } = this.#connections;
    const hold = holds[slot]!;
    if (hold !== null) this.#stream.release(hold, read);
    holds[slot] = null;
  }
}
