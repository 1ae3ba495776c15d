import { type Hold, Piece } from '../../base/byte-ring.ts';
import type { Clock, Timer } from '../../base/clock.ts';
import { Room } from '../../broker/simulation.ts';
import type { DeliveryStream } from '../../delivery/delivery.ts';
import type { Attachment } from '../../gateway/gateway.ts';
import { Ingest } from '../../ingest/ingest.ts';
import type { RecoveryVisitor, Snapshot } from '../../journal/journal.ts';
import { Normalizer } from '../../normalizer/normalizer.ts';
import type { CorrectionEvent } from '../../protocol/corrections.ts';
import type { MeksEvent } from '../../protocol/events.ts';
import type { LaggedFrame, SnapshotFrame } from '../../protocol/frames.ts';
import type { Link } from '../../protocol/link.ts';
import type { OperatorEvent } from '../../protocol/operator.ts';
import type { Position } from '../../protocol/position.ts';
import type { FeedGap } from '../../protocol/raw.ts';
import { textFrame } from '../../protocol/websocket-frame.ts';
import { FrameReader } from './frame-reader.ts';
import { PassingJournal } from './observed-journal.ts';

// Parts of the broker with one bug each: what plants.ts puts in the place of the real ones. Each is what somebody might
// well have written.

/** Dashboards see what the log has taken, not what it has written. */
export class UngatedJournal extends PassingJournal {
  override sendable(): number {
    return this.status().lastSeq + 1;
  }
}

/** A snapshot serves everybody who comes within five seconds, whatever was published since. */
export class CachingRoom extends Room {
  readonly #clock: Clock;
  #text = '';
  #madeMs = Number.NEGATIVE_INFINITY;

  constructor(options: ConstructorParameters<typeof Room>[0]) {
    super(options);
    this.#clock = options.clock;
  }

  override snapshotText(): string {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#madeMs > 5_000) {
      this.#text = super.snapshotText();
      this.#madeMs = nowMs;
    }
    return this.#text;
  }
}

/** `since` is taken for the first event that is wanted, not for the last that is known. */
export class RepeatingRoom extends Room {
  override attach(link: Link, since: Position | null): Attachment {
    return super.attach(link, since === null ? null : { ...since, seq: Math.max(0, since.seq - 1) });
  }
}

/** Positions are numbers: whose numbers they are is not asked. */
export class EpochlessRoom extends Room {
  override attach(link: Link, since: Position | null): Attachment {
    return super.attach(link, since === null ? null : { ...since, epoch: this.broadcast.epoch });
  }
}

/** Messages are acknowledged when they are published. */
export class HastyRoom extends Room {
  override whenLogged(run: () => void): void {
    run();
  }
}

/** A correction whose answer is late is carried out again. */
export class ZealousRoom extends Room {
  override act(event: CorrectionEvent | OperatorEvent): number {
    const seq = super.act(event);
    return event.kind === 'correction' && event.action === 'add' ? super.act(structuredClone(event)) : seq;
  }
}

/** A short interruption is nothing that anybody wants to know of. */
export class SilentRoom extends Room {
  override gap(gap: FeedGap): void {
    if (gap.reason !== 'upstream-lost') super.gap(gap);
  }
}

/** What was lost is told as a gap, and counted nowhere. */
export class UncountingIngest extends Ingest {
  override lost(count: number): void {
    this.gap({ reason: 'overload', at: 0, lengthMs: 0, missed: count });
  }
}

/** Streaks that were open when the process died are forgotten: their end is never told. */
export class ForgetfulNormalizer extends Normalizer {
  override restore(event: MeksEvent): void {
    if (event.kind === 'gift' && event.streak?.open === true) super.restore({ ...event, streak: null });
    else super.restore(event);
  }
}

/** Stops one record before the end of the log. */
export class ShortSightedVisitor implements RecoveryVisitor {
  readonly #visitor: RecoveryVisitor;
  #held: { readonly seq: number; readonly payload: Buffer; readonly atMs: number } | null = null;

  constructor(visitor: RecoveryVisitor) {
    this.#visitor = visitor;
  }

  load(snapshot: Snapshot): boolean {
    return this.#visitor.load(snapshot);
  }

  apply(seq: number, payload: Buffer, atMs: number): void {
    const held = this.#held;
    this.#held = { seq, payload: Buffer.from(payload), atMs };
    if (held !== null) this.#visitor.apply(held.seq, held.payload, held.atMs);
  }

  hole(from: number, to: number): void {
    this.#visitor.hole(from, to);
  }
}

/** Bytes that somebody holds are let go of at once. */
export class ForgetfulStream implements DeliveryStream {
  readonly epoch: string;
  readonly outsideBytes = 0;
  readonly #stream: DeliveryStream;

  constructor(stream: DeliveryStream) {
    this.epoch = stream.epoch;
    this.#stream = stream;
  }

  get head(): number {
    return this.#stream.head;
  }

  get oldest(): number {
    return this.#stream.oldest;
  }

  read(cursor: number, limit: number, piece: Piece): void {
    this.#stream.read(cursor, limit, piece);
  }

  hold(seq: number): Hold {
    const hold = this.#stream.hold(seq);
    this.#stream.release(hold, true);
    return hold;
  }

  release(): void {
    // It was let go of before.
  }
}

/** A clock that loses some of the timers that are set on it. */
export class LossyClock implements Clock {
  readonly #clock: Clock;
  readonly #loses: (delayMs: number) => boolean;

  constructor(clock: Clock, loses: (delayMs: number) => boolean) {
    this.#clock = clock;
    this.#loses = loses;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  nowMs(): number {
    return this.#clock.nowMs();
  }

  after(delayMs: number, run: () => void): Timer {
    return this.#loses(delayMs) ? { cancel: () => undefined } : this.#clock.after(delayMs, run);
  }

  soon(run: () => void): void {
    this.#clock.soon(run);
  }
}

/** Lets each frame through as it is; bugs are in what derives from it. */
class PassingLink implements Link {
  readonly link: Link;

  constructor(link: Link) {
    this.link = link;
  }

  write(bytes: Uint8Array): void {
    this.link.write(bytes);
  }

  pendingBytes(): number {
    return this.link.pendingBytes();
  }

  ping(mark?: number): void {
    this.link.ping(mark);
  }

  close(code: number, reason: string): void {
    this.link.close(code, reason);
  }
}

/** The text of a frame that is written alone, as control frames are. */
function textOf(bytes: Uint8Array): string {
  let text = '';
  new FrameReader((read) => void (text = read)).push(Buffer.from(bytes));
  return text;
}

/** `lagged` counts one event too many: the bounds of an interval, subtracted wrongly. */
export class MiscountingLink extends PassingLink {
  override write(bytes: Uint8Array): void {
    const text = bytes.length < 200 ? textOf(bytes) : '';
    if (!text.startsWith('{"kind":"lagged"')) return super.write(bytes);
    const frame = JSON.parse(text) as LaggedFrame;
    return super.write(textFrame(JSON.stringify({ ...frame, missed: frame.missed + 1 })));
  }
}

/** What is written while something waits is lost when that has drained. */
export class ForgetfulLink extends PassingLink {
  override write(bytes: Uint8Array): void {
    if (this.link.pendingBytes() === 0) super.write(bytes);
  }
}

/** Behind the snapshot that heals a lagged reader, the stream goes on with the oldest event that is still held. */
export class RewindingLink extends PassingLink {
  readonly #room: Room;
  #lagged = false;

  constructor(link: Link, room: Room) {
    super(link);
    this.#room = room;
  }

  override write(bytes: Uint8Array): void {
    super.write(bytes);
    const text = textOf(bytes);
    if (this.#lagged && text.startsWith('{"kind":"snapshot"')) {
      this.#lagged = false;
      this.#rewind((JSON.parse(text) as SnapshotFrame).seq);
    }
    if (text.startsWith('{"kind":"lagged"')) this.#lagged = true;
  }

  #rewind(seq: number): void {
    const { broadcast } = this.#room;
    const piece = new Piece();
    for (let cursor = broadcast.oldest; cursor <= seq; cursor = piece.next) {
      broadcast.read(cursor, seq + 1, piece);
      super.write(Buffer.from(piece.bytes));
    }
  }
}
