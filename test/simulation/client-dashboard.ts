import { parsePosition, type Position } from '../../src/protocol/position.ts';
import type { RoomView } from '../../src/protocol/room-view.ts';
import type { Dashboard, DashboardOptions } from '../../src/simulator/simulator.ts';
import { demand } from '../../src/simulator/world/failure.ts';
import { StreamClient } from '../../web/client/client.ts';

// The published client as a dashboard of a simulated world: its own state machine, its own reconnecting, nothing of it
// replaced but clock, chance and socket.

/** A person looks at a page that says "refused", and loads it again. */
const reloadMs = 15_000;

export class ClientDashboard implements Dashboard {
  readonly room: string;
  readonly name: string;
  readonly #client: StreamClient;
  readonly #options: DashboardOptions;

  constructor(options: DashboardOptions) {
    const { clock, random, door, room, name } = options;
    this.#options = options;
    this.room = room;
    this.name = name;
    this.#client = new StreamClient({
      streamUrl: `ws://broker/v1/rooms/${room}/stream`,
      environment: {
        clock,
        random,
        connect: (url, _subprotocol, events) => door.connect(room, sinceOf(url), events, name),
      },
    });
    this.#client.onEvent(() => this.#look());
    this.#client.onNotice(() => this.#look());
  }

  get position(): Position | null {
    return this.#client.position;
  }

  get view(): RoomView | null {
    return this.#client.view;
  }

  get following(): boolean {
    return this.#client.status.link === 'live';
  }

  start(): void {
    this.#client.start();
    this.#options.clock.after(reloadMs, () => this.#reload());
  }

  #reload(): void {
    this.#options.clock.after(reloadMs, () => this.#reload());
    if (this.#client.status.link === 'refused') this.#client.retryNow();
  }

  /** Something was shown: is it what is true there? */
  #look(): void {
    const { truth, trace } = this.#options;
    const { position, view, status } = this.#client;
    demand(status.breaches === 0, 'stream', () => `${this.name} accused the broker: ${status.reason}`);
    if (position === null || view === null) return;
    trace.number(position.seq);
    truth.seen(position.epoch, position.seq);
    truth.compare(position, view, this.name);
  }
}

function sinceOf(url: string): Position | null {
  const since = new URL(url).searchParams.get('since');
  return since === null ? null : parsePosition(since);
}
