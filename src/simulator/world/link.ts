import type { Clock } from '../../base/clock.ts';
import type { Link } from '../../protocol/link.ts';
import { FrameReader } from './frame-reader.ts';

// One connection between broker and dashboard with the two buffers that matter: what the kernel has not taken yet
// (references to the broker's memory, as with a real socket) and what is on its way. Bytes are copied where the kernel
// would. Bounded by `kernelBytes`, beside what the broker leaves unsent.

/** The dashboard's end, as the client's own environment has it. */
export interface Peer {
  message(text: string): void;
  closed(code: number, reason: string): void;
}

/** How a dashboard reads: everything, so many bytes a second, nothing for now, or never again without a word. */
export type Reading =
  | { readonly kind: 'all' }
  | { readonly kind: 'slow'; readonly bytesPerSec: number }
  | { readonly kind: 'stalled' }
  | { readonly kind: 'gone' };

export interface LinkOptions {
  readonly clock: Clock;
  readonly peer: Peer;
  readonly latencyMs: number;
  readonly kernelBytes: number;
  /** The dashboard has answered a ping. */
  readonly alive: (mark?: number) => void;
  /** The broker learns that the dashboard's end is closed. */
  readonly left: () => void;
  /** Nothing more goes either way. */
  readonly ended: () => void;
}

/** A ping with its mark, on the wire. */
const pingBytes = 6;
/** How often a slow dashboard reads. */
const slowEveryMs = 50;
/** As limits.closeMs: a peer that does not answer the close is cut off. */
const closeMs = 5_000;

export class SimulatedLink implements Link {
  readonly #options: LinkOptions;
  readonly #reader = new FrameReader((text) => this.#options.peer.message(text));
  readonly #onPump = (): void => this.#pump();
  #reading: Reading = { kind: 'all' };
  /** Handed over, not taken by the kernel: views of the broker's memory. */
  #unsent: Uint8Array[] = [];
  #unsentBytes = 0;
  /** On their way. */
  #kernel: Buffer[] = [];
  #kernelBytes = 0;
  #pumping = false;
  /** Bytes handed over and bytes read, since the beginning. */
  #handedBytes = 0;
  #readBytes = 0;
  #answeredBytes = 0;
  /** Pings among what was handed over, and behind how much of it. */
  readonly #pings: { readonly at: number; readonly mark: number | undefined }[] = [];
  /** The broker's end is gone: nothing more is written, what the kernel has may still arrive. */
  #closing: { readonly code: number; readonly reason: string } | null = null;
  #ended = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  get reading(): Reading {
    return this.#reading;
  }

  set reading(reading: Reading) {
    this.#reading = reading;
    this.#schedule(0);
  }

  write(bytes: Uint8Array): void {
    if (this.#ended || this.#closing !== null) return;
    this.#unsent.push(bytes);
    this.#unsentBytes += bytes.length;
    this.#handedBytes += bytes.length;
    this.#fill();
    this.#schedule(this.#options.latencyMs);
  }

  pendingBytes(): number {
    return this.#unsentBytes;
  }

  /** Bytes handed over that the dashboard has not read. */
  unreadBytes(): number {
    return this.#handedBytes - this.#readBytes;
  }

  /** Bytes handed over behind the last ping that it has answered. */
  unansweredBytes(): number {
    return this.#handedBytes - this.#answeredBytes;
  }

  /** Comes behind what was handed over before it. */
  ping(mark?: number): void {
    if (this.#ended || this.#closing !== null) return;
    this.#pings.push({ at: this.#handedBytes, mark });
    this.#handedBytes += pingBytes;
    this.#schedule(this.#options.latencyMs);
  }

  close(code: number, reason: string): void {
    if (this.#ended || this.#closing !== null) return;
    this.#closing = { code, reason };
    this.#options.clock.after(closeMs, () => this.#end(1006, ''));
    this.#schedule(this.#options.latencyMs);
  }

  /** The broker's process is gone. `arrives`: what the kernel had taken still does. */
  die(arrives: boolean): void {
    if (this.#ended) return;
    this.#unsent = [];
    this.#unsentBytes = 0;
    if (arrives && this.#reading.kind !== 'gone') while (this.#kernel.length > 0) this.#read(this.#kernel.shift()!);
    this.#end(1006, 'reset');
  }

  /** The dashboard hangs up; the broker learns of it a little later, unless its network is gone. */
  hangUp(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { clock, left, ended, latencyMs } = this.#options;
    ended();
    if (this.#reading.kind !== 'gone') clock.after(latencyMs, left);
  }

  /** The connection breaks: both ends are told. */
  cut(): void {
    if (this.#ended) return;
    this.#end(1006, 'reset');
    this.#options.left();
  }

  #end(code: number, reason: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#unsent = [];
    this.#unsentBytes = 0;
    this.#kernel = [];
    this.#options.ended();
    if (this.#reading.kind !== 'gone') this.#options.peer.closed(code, reason);
  }

  /** The kernel takes what fits: a copy. */
  #fill(): void {
    while (this.#unsent.length > 0 && this.#kernelBytes < this.#options.kernelBytes) {
      const first = this.#unsent[0]!;
      const taken = Math.min(first.length, this.#options.kernelBytes - this.#kernelBytes);
      this.#kernel.push(Buffer.from(first.subarray(0, taken)));
      this.#kernelBytes += taken;
      this.#unsentBytes -= taken;
      if (taken === first.length) this.#unsent.shift();
      else this.#unsent[0] = first.subarray(taken);
    }
  }

  #schedule(inMs: number): void {
    if (this.#pumping || this.#ended) return;
    this.#pumping = true;
    this.#options.clock.after(inMs, this.#onPump);
  }

  #pump(): void {
    this.#pumping = false;
    if (this.#ended || this.#reading.kind === 'stalled' || this.#reading.kind === 'gone') return;
    const reading = this.#reading;
    let left = reading.kind === 'all' ? Number.POSITIVE_INFINITY : (reading.bytesPerSec * slowEveryMs) / 1_000;
    while (this.#kernel.length > 0 && left > 0 && !this.#ended) {
      const first = this.#kernel[0]!;
      const taken = Math.min(first.length, Math.ceil(left));
      if (taken === first.length) this.#kernel.shift();
      else this.#kernel[0] = first.subarray(taken);
      this.#kernelBytes -= taken;
      left -= taken;
      this.#read(first.subarray(0, taken));
    }
    if (this.#ended) return;
    this.#pong();
    this.#fill();
    if (this.#kernel.length > 0) this.#schedule(reading.kind === 'slow' ? slowEveryMs : this.#options.latencyMs);
    else if (this.#closing !== null) this.#end(this.#closing.code, this.#closing.reason);
  }

  #read(bytes: Buffer): void {
    this.#readBytes += bytes.length;
    if (!this.#ended) this.#reader.push(bytes);
  }

  #pong(): void {
    const { clock, alive, latencyMs } = this.#options;
    while (this.#pings.length > 0 && this.#pings[0]!.at <= this.#readBytes) {
      const { at, mark } = this.#pings.shift()!;
      this.#readBytes += pingBytes;
      this.#answeredBytes = at + pingBytes;
      clock.after(latencyMs, () => void (this.#ended || alive(mark)));
    }
  }
}
