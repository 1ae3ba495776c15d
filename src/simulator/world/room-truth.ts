import { isDeepStrictEqual } from 'node:util';
import type { Position } from '../../protocol/position.ts';
import type { MeksEvent } from '../../protocol/events.ts';
import { applyEvent, emptyRoomView, type RoomView } from '../../protocol/room-view.ts';
import { demand } from './failure.ts';
import { Recount } from './recount.ts';

// What is true of a room: every event that it has published and that its log must still hold, the state that follows
// from them, and what a dashboard has to show at each position. Takes the events where they are handed to the log, and
// gives up those that a death of the process or of the machine may have taken. Bounded by the length of a world.

/** Every so many events the whole view is kept, to be compared with what dashboards show there. */
const sampleEvery = 64;

export interface PublishedEvent {
  readonly epoch: string;
  readonly payload: Buffer;
  readonly event: MeksEvent;
}

export class RoomTruth {
  readonly room: { readonly id: string; readonly handle: string };
  /** Event of seq `index + 1`. */
  readonly events: PublishedEvent[] = [];
  /** Seq by message id of the events made of it. */
  readonly seqOfMessage = new Map<string, number>();
  /** The epoch under way; '' before the first. */
  epoch = '';
  /** The log has held every event from here on whenever it came back: what a restart can remember. */
  rememberedFromSeq = 1;
  /** Highest seq of this epoch that a dashboard has shown. */
  #seenSeq = 0;
  #view: RoomView;
  #recount = new Recount();
  /** By seq: a digest of the view after that event. */
  #digests: number[] = [];
  #samples = new Map<number, string>();

  constructor(room: { readonly id: string; readonly handle: string }) {
    this.room = room;
    this.#view = emptyRoomView(room);
    this.#digests[0] = digestOf(this.#view);
  }

  get lastSeq(): number {
    return this.events.length;
  }

  /** The state after the last event. Read it, never write. */
  get view(): RoomView {
    return this.#view;
  }

  /** The room hands an event to its log. */
  published(epoch: string, seq: number, bytes: Uint8Array): MeksEvent {
    const { lastSeq } = this;
    demand(seq === lastSeq + 1, 'numbering', () => `room ${this.room.id} published seq ${seq} after ${lastSeq}`);
    const payload = Buffer.from(bytes);
    const { seq: written, ...event } = JSON.parse(payload.toString()) as { seq: number } & MeksEvent;
    demand(written === seq, 'numbering', () => `the event of seq ${seq} says that it is ${written}`);
    this.#take({ epoch, payload, event });
    return event;
  }

  /** The log ends at `lastSeq`: what came after it never was. */
  rollBack(lastSeq: number): void {
    if (lastSeq >= this.lastSeq) return;
    const kept = this.events.splice(0).slice(0, lastSeq);
    this.seqOfMessage.clear();
    this.#view = emptyRoomView(this.room);
    this.#recount = new Recount();
    this.#digests = [digestOf(this.#view)];
    this.#samples.clear();
    for (const event of kept) this.#take(event);
  }

  get seenSeq(): number {
    return this.#seenSeq;
  }

  /** A dashboard shows this position. */
  seen(epoch: string, seq: number): void {
    if (epoch === this.epoch && seq > this.#seenSeq) this.#seenSeq = seq;
  }

  /** The room goes on in this epoch after what its log holds. */
  begin(epoch: string): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.#seenSeq = 0;
  }

  /** Holds what somebody shows at a position against what is true there. */
  compare({ epoch, seq }: Position, view: RoomView, who: string): void {
    // What came of an epoch that is over, and was lost with it, is shown until the next snapshot.
    if (epoch !== this.epoch && this.events[seq - 1]?.epoch !== epoch) return;
    const where = (): string => `${who} at seq ${seq}`;
    demand(seq <= this.lastSeq, 'never-was', () => `${where()}: only ${this.lastSeq} were published`);
    demand(this.#digests[seq] === digestOf(view), 'never-was', () => `${where()} shows a state that never was`);
    const sample = this.#samples.get(seq);
    if (sample === undefined || textOf(view) === sample) return;
    const same = isDeepStrictEqual(JSON.parse(textOf(view)), JSON.parse(sample));
    demand(same, 'never-was', () => `${where()} shows a view that never was: ${difference(textOf(view), sample)}`);
  }

  /** The same to the last field, for a view at the newest position. */
  compareWhole(view: RoomView, who: string): void {
    const [shown, known] = [textOf(view), textOf(this.#view)];
    if (shown === known) return;
    const same = isDeepStrictEqual(JSON.parse(shown), JSON.parse(known));
    demand(same, 'never-was', () => `${who} at the newest seq ${this.lastSeq} differs: ${difference(shown, known)}`);
  }

  /** Holds the newest state against a count by hand. */
  recount(): void {
    this.#recount.compare(this.#view, `room ${this.room.id} at seq ${this.lastSeq}`);
  }

  #take(published: PublishedEvent): void {
    const seq = this.events.push(published);
    const { event } = published;
    const colon = event.id.indexOf(':');
    const key = colon < 0 ? event.id : event.id.slice(0, colon);
    if (event.kind === 'gift') {
      const before = this.seqOfMessage.get(key);
      const twice = before !== undefined && event.streak === null && before >= this.rememberedFromSeq;
      demand(!twice, 'once', () => `gift ${key} was published at seq ${before} and again at ${seq}`);
    }
    if (event.kind === 'correction')
      demand(!this.seqOfMessage.has(key), 'once', () => `correction ${key} was made again at seq ${seq}`);
    if (event.kind !== 'gap') this.seqOfMessage.set(key, seq);
    applyEvent(this.#view, seq, event);
    this.#recount.apply(seq, event);
    this.#digests[seq] = digestOf(this.#view);
    if (seq % sampleEvery === 0) this.#samples.set(seq, textOf(this.#view));
  }
}

/** How the source is doing is no event's doing, and so no part of the truth at a position. */
function textOf(view: RoomView): string {
  return JSON.stringify({ ...view, source: '' });
}

function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return `…${a.slice(Math.max(0, at - 60), at + 60)}… instead of …${b.slice(Math.max(0, at - 60), at + 60)}…`;
}

/** Numbers of the view that nearly every event moves, mixed into one. */
function digestOf(view: RoomView): number {
  const { session, board, battle, gaps } = view;
  let digest = 17;
  const mix = (value: number): void => void (digest = (Math.imul(digest, 31) + (value | 0)) | 0);
  mix(session.diamonds);
  mix(session.gifts);
  mix(session.gifters);
  mix(session.likes);
  mix(session.follows);
  mix(session.shares);
  mix(session.viewers);
  mix(session.startSeq);
  mix(gaps.count);
  mix(gaps.missed);
  for (let row = 0; row < board.length && row < 4; row++) {
    mix(board[row]!.diamonds);
    mix(board[row]!.seq);
  }
  mix(view.recentGifts.at(-1)?.seq ?? 0);
  if (battle !== null) {
    mix(battle.scoredAt % 1_000_000_007);
    for (const side of battle.sides) {
      mix(side.diamonds ?? -1);
      mix(side.points ?? -1);
    }
  }
  return digest;
}
