import type { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { EventFrame, ServerFrame } from '../../src/protocol/frames.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import { parsePosition } from '../../src/protocol/position.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { applyEvent, emptyRoomView } from '../../src/protocol/room-view.ts';

// A broker in memory, in virtual time, that keeps the promises of `meks.v1`: the other end for tests of clients. It
// keeps the view at every position, as text, so that "the client shows what was" is one comparison. Bounded by its
// test.

/** What a fake connection tells its client: the shape of the client's own socket events. */
export interface FakeSocketEvents {
  message(text: string): void;
  closed(code: number, reason: string): void;
}

export interface FakeBrokerOptions {
  readonly clock: VirtualClock;
  readonly heartbeatMs?: number;
  /** Events that a connection may fall behind before it lags. */
  readonly ringMax?: number;
  /** Virtual milliseconds under way, for the next frame. Order is kept whatever it says. */
  readonly delayMs?: () => number;
}

export class FakeBroker {
  readonly clock: VirtualClock;
  readonly heartbeatMs: number;
  readonly ringMax: number;
  readonly delayMs: () => number;
  readonly connections: FakeConnection[] = [];
  /** The view as JSON at every position of the running epoch, by `epoch:seq`. */
  readonly viewAt = new Map<string, string>();
  /** What the next upgrades meet: null = they are accepted, else they are closed with this code. */
  refuseWith: number | null = null;
  /** Every URL that was dialled. */
  readonly dialled: string[] = [];
  epoch = 'epoch-1';
  events: MeksEvent[] = [];
  view: RoomView = emptyRoomView({ id: 'room', handle: 'room' });
  #epochs = 1;

  constructor(options: FakeBrokerOptions) {
    this.clock = options.clock;
    this.heartbeatMs = options.heartbeatMs ?? 5_000;
    this.ringMax = options.ringMax ?? 64;
    this.delayMs = options.delayMs ?? (() => 1);
    this.#remember();
  }

  get seq(): number {
    return this.events.length;
  }

  publish(event: MeksEvent): void {
    this.events.push(event);
    applyEvent(this.view, this.seq, event);
    this.#remember();
    for (const connection of this.connections) connection.drain();
  }

  /** Stops with 1001 and comes back; `newEpoch`: what was not synced is gone, and the count starts afresh. */
  restart(newEpoch: boolean): void {
    for (const connection of this.connections.splice(0)) connection.end(1001, 'server is stopping');
    if (!newEpoch) return;
    this.epoch = `epoch-${++this.#epochs}`;
    this.events = [];
    this.view = emptyRoomView({ id: 'room', handle: 'room' });
    this.#remember();
  }

  /** The client's `connect`: fits its environment. */
  readonly connect = (url: string, _subprotocol: string, events: FakeSocketEvents): FakeConnection['socket'] => {
    this.dialled.push(url);
    const connection = new FakeConnection(this, events);
    if (this.refuseWith !== null) {
      connection.end(this.refuseWith, '');
      return connection.socket;
    }
    this.connections.push(connection);
    connection.greet(new URL(url, 'ws://broker').searchParams.get('since'));
    return connection.socket;
  };

  #remember(): void {
    this.viewAt.set(`${this.epoch}:${this.seq}`, JSON.stringify(this.view));
  }
}

export class FakeConnection {
  readonly #broker: FakeBroker;
  readonly #events: FakeSocketEvents;
  #cursor = 0;
  #lastArrivalMs = 0;
  #beatAtMs = 0;
  #open = true;
  #stalled = false;
  /** The code that the client closed with; null while it has not. */
  closedByClient: number | null = null;

  constructor(broker: FakeBroker, events: FakeSocketEvents) {
    this.#broker = broker;
    this.#events = events;
  }

  greet(since: string | null): void {
    const { epoch, seq, ringMax, heartbeatMs, clock } = this.#broker;
    const position = since === null ? null : parsePosition(since);
    const resumed =
      position !== null && position.epoch === epoch && position.seq <= seq && seq - position.seq <= ringMax;
    this.#cursor = resumed ? position.seq : seq;
    this.send({ kind: 'hello', room: 'room', epoch, seq, resumed, serverTime: clock.wallMs(), heartbeatMs });
    if (!resumed) this.#sendSnapshot();
    this.drain();
    this.#beatAtMs = clock.nowMs();
    this.#beat();
  }

  /** True: the broker sends nothing, as to a socket that does not drain. */
  get stalled(): boolean {
    return this.#stalled;
  }

  set stalled(stalled: boolean) {
    this.#stalled = stalled;
    this.drain();
  }

  /** Sends what is ready, or says what was missed. */
  drain(): void {
    if (this.#stalled || !this.#open) return;
    const { events, seq, ringMax } = this.#broker;
    const missed = seq - this.#cursor;
    if (missed > ringMax) {
      this.send({ kind: 'lagged', missed, from: this.#cursor + 1, to: seq });
      this.#cursor = seq;
      this.#sendSnapshot();
    }
    while (this.#cursor < seq) {
      const event = events[this.#cursor++]!;
      this.send(Object.assign({ seq: this.#cursor }, event) as EventFrame);
    }
  }

  /** Any frame at all, as it is: tests use it to break the order. */
  send(frame: ServerFrame): void {
    const text = JSON.stringify(frame);
    this.#later(() => this.#events.message(text));
  }

  /** Ends the connection from the broker's side, after what is under way. */
  end(code: number, reason: string): void {
    if (!this.#open) return;
    this.#later(() => {
      this.#open = false;
      this.#events.closed(code, reason);
    });
  }

  /** The network drops: nothing that is under way arrives. */
  cut(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#broker.clock.soon(() => this.#events.closed(1006, ''));
  }

  /** Both ends stop hearing each other, and nobody is told. */
  freeze(): void {
    this.#open = false;
  }

  /** The client's side of the socket. */
  readonly socket = { close: (code: number, _reason: string) => this.#hungUp(code) };

  #hungUp(code: number): void {
    this.closedByClient = code;
    this.#open = false;
  }

  #sendSnapshot(): void {
    const { epoch, view } = this.#broker;
    this.send({ kind: 'snapshot', epoch, seq: this.#cursor, view });
  }

  #beat(): void {
    const { clock, heartbeatMs } = this.#broker;
    clock.after(heartbeatMs / 5, () => {
      if (!this.#open) return;
      const { source } = this.#broker.view;
      const beat = { kind: 'heartbeat', seq: this.#cursor, serverTime: clock.wallMs(), source } as const;
      if (!this.#stalled && clock.nowMs() - this.#beatAtMs >= heartbeatMs) {
        this.#beatAtMs = clock.nowMs();
        this.send({ ...beat, sourceAgeMs: 0 });
      }
      this.#beat();
    });
  }

  #later(run: () => void): void {
    const { clock, delayMs } = this.#broker;
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, clock.nowMs() + delayMs());
    clock.after(this.#lastArrivalMs - clock.nowMs(), () => {
      if (this.#open) run();
    });
  }
}
