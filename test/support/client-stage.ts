import assert from 'node:assert/strict';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import type { Notice } from '../../web/client/client.ts';
import { StreamClient } from '../../web/client/client.ts';
import type { FakeConnection } from './fake-broker.ts';
import { FakeBroker } from './fake-broker.ts';
import { LivelyRoom } from './lively-room.ts';

// A client and a broker in memory, in virtual time, with what the client told.

export interface Stage {
  readonly clock: VirtualClock;
  readonly broker: FakeBroker;
  readonly client: StreamClient;
  readonly notices: Notice[];
  readonly events: EventFrame[];
  publish(count: number): void;
  /** The broker's end of the running connection. */
  connection(): FakeConnection;
}

/** A client that has not been started. */
export function stage(options: { ringMax?: number; delayMs?: () => number } = {}): Stage {
  const clock = new VirtualClock();
  const random = seededRandom(7);
  const broker = new FakeBroker({ clock, ...options });
  const environment = { clock, random, connect: broker.connect };
  const client = new StreamClient({ streamUrl: 'ws://broker/v1/rooms/room/stream', environment });
  const room = new LivelyRoom({ random, giftersMax: 20 });
  const [notices, events]: [Notice[], EventFrame[]] = [[], []];
  client.onNotice((notice) => notices.push(notice));
  client.onEvent((event) => events.push(event));
  return {
    clock,
    broker,
    client,
    notices,
    events,
    publish(count) {
      for (let at = 0; at < count; at++) broker.publish(room.gift(broker.seq + 1, clock.wallMs()));
    },
    connection: () => broker.connections.at(-1)!,
  };
}

/** A stage whose client is live at seq 3. */
export function liveStage(options: { ringMax?: number } = {}): Stage {
  const world = stage(options);
  world.publish(3);
  world.client.start();
  world.clock.advance(100);
  assert.equal(world.client.status.link, 'live');
  return world;
}

/** The client is at `position` (`epoch:seq`) and shows exactly what the broker had there. */
export function assertShows(world: Stage, position: string): void {
  const shown = world.client.position;
  assert.equal(`${shown?.epoch}:${shown?.seq}`, position);
  assert.deepEqual(world.client.view, JSON.parse(world.broker.viewAt.get(position)!));
}
