import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Delivery, type DeliveryGate, type DeliveryStream, type RoomSnapshot } from '../../src/delivery/delivery.ts';
import { limits } from '../../src/protocol/limits.ts';
import type { Link } from '../../src/protocol/link.ts';
import { textFrame } from '../../src/protocol/websocket-frame.ts';
import { FrameReader } from './frame-reader.ts';

// A delivery with a stream that a test publishes on, a clock that it moves, and sockets that it makes stick.

/** A numbered stream with a gate, to be published on by a test. */
export interface StreamUnderTest {
  readonly stream: DeliveryStream;
  readonly gate: DeliveryGate;
  /** Number of the next event, as its publisher counts. */
  readonly head: number;
  publish(frame: Buffer): void;
  /** Events below it may be sent from now on. */
  pass(limit: number): void;
}

export interface DeliveryImplementation {
  readonly name: string;
  /** A stream whose ring holds so many records, a power of two. */
  makeStream(recordsMax: number): StreamUnderTest;
  /** How long a snapshot takes to come, in milliseconds; 0 = it is made at once. */
  readonly snapshotMs: number;
}

/** A socket that takes everything, or (stuck) nothing: what it holds is read later, as the kernel would. */
export class FakeLink implements Link {
  readonly frames: Record<string, unknown>[] = [];
  readonly #reader = new FrameReader();
  readonly deflates: boolean;
  #held: Uint8Array[] = [];
  stuck = false;
  writes = 0;
  pings = 0;
  /** What pings carried that have not been answered. */
  readonly marks: number[] = [];
  closed: number | null = null;
  closedBecause = '';
  /** What handing it something takes, by the clock of the world. */
  onWrite: (() => void) | null = null;

  /** `deflates`: it takes compressed frames. */
  constructor(deflates = false) {
    this.deflates = deflates;
  }

  /** Frames that came compressed. */
  get compressed(): number {
    return this.#reader.compressed;
  }

  write(bytes: Uint8Array): void {
    this.writes++;
    this.onWrite?.();
    if (this.stuck) this.#held.push(bytes);
    else this.frames.push(...this.#reader.push(bytes));
  }
  pendingBytes(): number {
    return this.#held.reduce((sum, bytes) => sum + bytes.length, 0);
  }
  unstick(): void {
    this.stuck = false;
    for (const bytes of this.#held) this.frames.push(...this.#reader.push(bytes));
    this.#held = [];
  }
  ping(mark = 0): void {
    this.pings++;
    this.marks.push(mark);
  }
  /** Answers the pings that came. */
  pong(attachment: { alive(mark?: number): void }): void {
    for (const mark of this.marks.splice(0)) attachment.alive(mark);
  }
  close(code: number, reason: string): void {
    this.closed = code;
    this.closedBecause = reason;
  }
  kinds(): unknown[] {
    return this.frames.map((frame) => frame['kind']);
  }
  seqs(): unknown[] {
    return this.frames.filter((frame) => frame['kind'] === 'share').map((frame) => frame['seq']);
  }
}

export class DeliveryWorld {
  readonly clock = new VirtualClock();
  readonly delivery: Delivery;
  readonly #under: StreamUnderTest;
  readonly #snapshotMs: number;
  #asked = false;
  #snapshot: RoomSnapshot | null = null;
  /** Where the gate stands; null = it lets everything through. */
  sendable: number | null = null;
  snapshotsMade = 0;

  constructor(
    implementation: DeliveryImplementation,
    recordsMax: number,
    stalledBytesMax: number = limits.stalledBytesMax.value,
    writeBytesMax: number = limits.writeBytesMax.value,
  ) {
    this.clock.advance(1000);
    this.#under = implementation.makeStream(recordsMax);
    this.#snapshotMs = implementation.snapshotMs;
    const { stream, gate } = this.#under;
    this.delivery = new Delivery({
      clock: this.clock,
      room: 'room',
      stream,
      gate,
      snapshots: { snapshot: () => this.#takeSnapshot() },
      stalledBytesMax,
      writeBytesMax,
      heartbeat: (seq) => JSON.stringify({ kind: 'heartbeat', seq }),
    });
  }

  get head(): number {
    return this.#under.head;
  }

  /** Bytes that are kept for sockets that have not drained. */
  get outsideBytes(): number {
    return this.#under.stream.outsideBytes;
  }

  publish(padding = ''): void {
    this.#under.publish(textFrame(JSON.stringify({ seq: this.head, kind: 'share', padding })));
    this.#under.pass(this.sendable ?? this.head);
  }

  /** Lets events below `limit` through, and no others until told otherwise. */
  pass(limit: number): void {
    this.sendable = limit;
    this.#under.pass(limit);
  }

  /** Lets a snapshot that was asked for come. */
  settle(): void {
    if (this.#snapshotMs > 0) this.clock.advance(this.#snapshotMs);
  }

  #takeSnapshot(): RoomSnapshot | null {
    const came = this.#snapshot;
    this.#snapshot = null;
    if (came !== null) return came;
    if (this.#snapshotMs === 0) return this.#makeSnapshot();
    if (!this.#asked)
      this.clock.after(this.#snapshotMs, () => {
        this.#asked = false;
        this.#snapshot = this.#makeSnapshot();
        this.delivery.wake();
      });
    this.#asked = true;
    return null;
  }

  #makeSnapshot(): RoomSnapshot {
    const seq = this.head - 1;
    this.snapshotsMade++;
    return { seq, bytes: textFrame(JSON.stringify({ kind: 'snapshot', epoch: 'epoch', seq })) };
  }
}
