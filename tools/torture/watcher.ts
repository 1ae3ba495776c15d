import type { EventFrame, ServerFrame, SnapshotFrame } from '../../src/protocol/frames.ts';
import { applyEvent, type RoomView } from '../../src/protocol/room-view.ts';

// Dashboards for the torture: they resume where they were, keep their view as any client does, and what all of them
// have seen is kept once, byte for byte.

/** What all dashboards have seen in all lives of a broker. */
export class Witness {
  /** Text of the event of each seq, by `epoch:seq`. */
  readonly texts = new Map<string, string>();
  readonly problems: string[] = [];
  seen = 0;

  event(epoch: string, frame: EventFrame, text: string): void {
    const key = `${epoch}:${frame.seq}`;
    const before = this.texts.get(key);
    if (before !== undefined && before !== text) this.problems.push(`${key} was seen as two different events`);
    this.texts.set(key, text);
    this.seen = Math.max(this.seen, frame.seq);
  }
}

/** One dashboard through the lives of the broker. */
export class Watcher {
  epoch = '';
  seq = 0;
  resumed = 0;
  snapshots = 0;
  missed = 0;
  connections = 0;
  last: SnapshotFrame | null = null;
  view: RoomView | null = null;
  /** Monotonic time of the last frame, for whoever looks for silence. */
  heardMs = 0;
  readonly #witness: Witness;
  #socket: WebSocket | null = null;

  constructor(witness: Witness) {
    this.#witness = witness;
  }

  get connected(): boolean {
    return this.#socket !== null;
  }

  connect(port: number, room: string, fresh: boolean): void {
    this.disconnect();
    const since = fresh || this.epoch === '' ? '' : `?since=${this.epoch}:${this.seq}`;
    const socket = new WebSocket(`ws://127.0.0.1:${port}/v1/rooms/${room}/stream${since}`, ['meks.v1']);
    this.#socket = socket;
    this.connections++;
    this.heardMs = performance.now();
    socket.addEventListener('message', ({ data }) => {
      // A socket that was let go of may still have frames in it.
      if (this.#socket === socket) this.#frame(String(data));
    });
    socket.addEventListener('error', () => {});
    socket.addEventListener('close', () => {
      if (this.#socket === socket) this.#socket = null;
    });
  }

  disconnect(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
  }

  #frame(text: string): void {
    this.heardMs = performance.now();
    const frame = JSON.parse(text) as ServerFrame;
    if (frame.kind === 'hello') {
      if (frame.resumed) this.resumed++;
      this.epoch = frame.epoch;
    } else if (frame.kind === 'snapshot') {
      this.snapshots++;
      this.last = frame;
      this.view = structuredClone(frame.view);
      if (frame.epoch === this.epoch && frame.seq < this.seq)
        this.#witness.problems.push(`a snapshot at ${frame.seq} came after ${this.seq}`);
      this.seq = frame.seq;
    } else if (frame.kind === 'lagged') {
      this.missed += frame.missed;
    } else if ('seq' in frame && frame.kind !== 'heartbeat') {
      if (frame.seq !== this.seq + 1) this.#witness.problems.push(`seq ${frame.seq} came after ${this.seq}`);
      this.seq = frame.seq;
      this.#witness.event(this.epoch, frame, text);
      if (this.view !== null) applyEvent(this.view, frame.seq, frame);
    }
  }
}
