import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { shouldReconnect } from '../../protocol/close-codes.ts';
import type {
  EventFrame,
  HeartbeatFrame,
  HelloFrame,
  LaggedFrame,
  ServerFrame,
  SnapshotFrame,
} from '../../protocol/frames.ts';
import type { Position } from '../../protocol/position.ts';
import { applyEvent, type RoomView } from '../../protocol/room-view.ts';
import { demand } from './failure.ts';
import type { Peer } from './link.ts';
import type { RoomTruth } from './room-truth.ts';
import type { Trace } from './trace.ts';

// A dashboard of the simulated world: follows a room with the reducer that all clients have, and breaks the world off
// at the first frame that it should not have been given. Stricter than a real one, which would hang up and ask anew.
// Holds one view.

/** A dashboard as the world deals with it: this one, or the published client (test/simulation). */
export interface Dashboard {
  readonly room: string;
  readonly name: string;
  /** What it shows; null before its first snapshot. */
  readonly position: Position | null;
  readonly view: RoomView | null;
  /** Greeted and following: not waiting for a connection or a snapshot. */
  readonly following: boolean;
  start(): void;
}

export interface Door {
  /** Opens a connection to a room's stream; what cannot be opened is closed a little later. */
  connect(room: string, since: Position | null, peer: Peer, name: string): { close(): void };
}

export interface DashboardOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly trace: Trace;
  readonly door: Door;
  readonly room: string;
  readonly name: string;
  readonly truth: RoomTruth;
}

/** Without a word for so long, the connection counts as dead. */
const deadMs = 21_000;
const lookMs = 5_000;

export class SimulatedDashboard implements Dashboard, Peer {
  readonly room: string;
  readonly name: string;
  readonly #options: DashboardOptions;
  #position: Position | null = null;
  #view: RoomView | null = null;
  /** Counts within the epoch: position = base + delivered + missed. */
  #base = 0;
  #delivered = 0;
  #missed = 0;
  #phase: 'away' | 'dialling' | 'snapshot-due' | 'following' = 'away';
  /** Of the connection. */
  #epoch = '';
  #lagged: LaggedFrame | null = null;
  #connection: { close(): void } | null = null;
  #heardMs = 0;
  #attempt = 0;
  #watched = false;

  constructor(options: DashboardOptions) {
    this.#options = options;
    this.room = options.room;
    this.name = options.name;
  }

  get position(): Position | null {
    return this.#position;
  }

  get view(): RoomView | null {
    return this.#view;
  }

  get following(): boolean {
    return this.#phase === 'following';
  }

  start(): void {
    const { clock, door } = this.#options;
    this.#phase = 'dialling';
    this.#heardMs = clock.nowMs();
    this.#connection = door.connect(this.room, this.#position, this, this.name);
    if (!this.#watched) this.#watch();
  }

  message(text: string): void {
    const { clock, trace } = this.#options;
    this.#heardMs = clock.nowMs();
    const frame = JSON.parse(text) as ServerFrame;
    trace.number(text.length);
    switch (frame.kind) {
      case 'hello':
        this.#hello(frame);
        break;
      case 'snapshot':
        this.#snapshot(frame);
        break;
      case 'lagged':
        this.#lag(frame);
        break;
      case 'heartbeat':
        this.#heartbeat(frame);
        break;
      case 'error':
        break;
      default:
        this.#event(frame);
    }
  }

  closed(code: number): void {
    this.#phase = 'away';
    this.#connection = null;
    const { clock, random } = this.#options;
    this.#attempt++;
    // A room that was removed may come back: somebody loads the page again.
    const waitMs = shouldReconnect(code) ? Math.min(15_000, 500 * 2 ** this.#attempt) : 15_000;
    clock.after(waitMs * (0.5 + random.next() / 2), () => {
      if (this.#phase === 'away') this.start();
    });
  }

  /** The connection is given up, and made anew after a while. */
  #leave(): void {
    this.#connection?.close();
    this.closed(1006);
  }

  #watch(): void {
    const { clock } = this.#options;
    this.#watched = true;
    clock.after(lookMs, () => this.#watch());
    if (this.#phase !== 'away' && clock.nowMs() - this.#heardMs > deadMs) this.#leave();
  }

  #breaks(why: string): never {
    const shown = this.#position === null ? 'nothing' : `${this.#position.epoch}:${this.#position.seq}`;
    demand(false, 'stream', () => `${this.name}, showing ${shown}: ${why}`);
    throw new Error('unreachable');
  }

  #hello(frame: HelloFrame): void {
    if (this.#phase !== 'dialling') this.#breaks('a second hello');
    this.#attempt = 0;
    this.#lagged = null;
    this.#epoch = frame.epoch;
    this.#phase = frame.resumed ? 'following' : 'snapshot-due';
    if (!frame.resumed) return;
    const since = this.#position;
    if (since === null) this.#breaks('resumed without having been asked to');
    if (since.epoch !== frame.epoch) this.#breaks(`resumed in epoch ${frame.epoch}`);
    if (since.seq > frame.seq) this.#breaks(`resumed at ${frame.seq}`);
  }

  #snapshot(frame: SnapshotFrame): void {
    const { truth } = this.#options;
    if (this.#phase !== 'snapshot-due') this.#breaks('a snapshot out of turn');
    if (frame.epoch !== this.#epoch) this.#breaks(`a snapshot of epoch ${frame.epoch}`);
    const shown = this.#position;
    const sameEpoch = shown !== null && shown.epoch === frame.epoch;
    if (sameEpoch && frame.seq < shown.seq) this.#breaks(`a snapshot of ${frame.seq}: back in time`);
    const skipped = sameEpoch ? frame.seq - shown.seq : 0;
    const lagged = this.#lagged;
    this.#lagged = null;
    if (lagged !== null && lagged.missed !== skipped) this.#breaks(`lagged by ${lagged.missed}, missed ${skipped}`);
    if (!sameEpoch) {
      this.#base = frame.seq;
      this.#delivered = 0;
      this.#missed = 0;
    }
    this.#missed += skipped;
    this.#view = frame.view;
    this.#move(frame.epoch, frame.seq);
    this.#phase = 'following';
    truth.seen(frame.epoch, frame.seq);
  }

  #lag(frame: LaggedFrame): void {
    const shown = this.#position;
    if (this.#phase !== 'following' || shown === null) this.#breaks('lagged out of turn');
    const { from, to, missed } = frame;
    if (from !== shown.seq + 1 || to - from + 1 !== missed) this.#breaks(`lagged ${from} to ${to} (${missed})`);
    this.#lagged = frame;
    this.#phase = 'snapshot-due';
  }

  #heartbeat(frame: HeartbeatFrame): void {
    if (this.#phase === 'dialling') this.#breaks('a heartbeat before hello');
    const shown = this.#position;
    if (this.#phase !== 'following' || shown === null) return;
    if (frame.seq > shown.seq) this.#breaks(`a heartbeat says that ${frame.seq} was sent`);
    this.#view!.source = frame.source;
  }

  #event(frame: EventFrame): void {
    const { seq } = frame;
    const shown = this.#position;
    if (this.#phase !== 'following' || shown === null) this.#breaks(`event ${seq} out of turn`);
    if (seq !== shown.seq + 1) this.#breaks(`event ${seq}`);
    applyEvent(this.#view!, seq, frame);
    this.#delivered++;
    this.#options.truth.seen(shown.epoch, seq);
    this.#move(shown.epoch, seq);
  }

  #move(epoch: string, seq: number): void {
    const { truth, trace } = this.#options;
    this.#position = { epoch, seq };
    trace.number(seq);
    const sum = this.#base + this.#delivered + this.#missed;
    demand(
      sum === seq,
      'accounting',
      () => `${this.name}: ${this.#base} + ${this.#delivered} delivered + ${this.#missed} missed is not ${seq}`,
    );
    truth.compare({ epoch, seq }, this.#view!, this.name);
  }
}
