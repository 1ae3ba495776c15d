import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { ServerFrame } from '../../src/protocol/frames.ts';
import { assertShows, liveStage, stage } from '../../test/support/client-stage.ts';
import { FakeBroker } from '../../test/support/fake-broker.ts';
import { isCurrent, StreamClient } from './client.ts';

// What a client says about itself: what time it is at the broker, how old what it shows is, and whether it is current.

test('in a busy room the clock is as right as the fastest frame, also when the page read hello late', () => {
  let delayMs = 400;
  const world = stage({ delayMs: () => delayMs });
  world.client.start();
  world.clock.advance(500);
  assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 400);
  delayMs = 3;
  for (let second = 0; second < 180; second++) {
    world.publish(1);
    world.clock.advance(1_000);
  }
  assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 3);
});

test('who slept knows the time and what is within a look, without a wait and without a loop', () => {
  for (const skippedMs of [45_000, -45_000]) {
    const world = liveStage();
    for (let second = 0; second < 30; second++) {
      world.publish(1);
      world.clock.advance(1_000);
    }
    // The monotonic clock stands still in a sleep; a clock that is set back must do no harm either.
    world.clock.jumpWall(skippedMs);
    world.clock.advance(1_100);
    assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 1);
    assert.equal(world.client.status.link, 'live');
    assertShows(world, 'epoch-1:33');
    assert.equal(world.broker.connections[0]!.closedByClient, 4492);
    world.clock.advance(120_000);
    assert.deepEqual([world.broker.dialled.length, world.client.status.missed], [2, 0]);
  }
});

test('a frame that waited for the machine to wake is not taken for news: it comes again, in order', () => {
  const world = liveStage();
  world.clock.advance(30_000);
  world.broker.connections[0]!.stalled = true;
  world.publish(2);
  world.clock.jumpWall(45_000);
  world.broker.connections[0]!.stalled = false;
  world.clock.advance(1);
  assert.deepEqual([world.client.status.link, world.client.serverTimeMs()], ['connecting', null]);
  world.clock.advance(2);
  assertShows(world, 'epoch-1:5');
  assert.deepEqual(
    world.events.map((event) => event.seq),
    [4, 5],
  );
  assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 1);
});

test('a connection that died in a sleep is no longer shown as live', () => {
  const world = liveStage();
  world.clock.advance(30_000);
  world.connection().freeze();
  world.publish(4);
  world.clock.jumpWall(90_000);
  world.clock.advance(1_100);
  assert.equal(world.client.status.link, 'live');
  assertShows(world, 'epoch-1:7');
});

test('a wall clock that is set again and again costs a resume in ten seconds at most', () => {
  const world = liveStage();
  for (let second = 0; second < 100; second++) {
    world.clock.jumpWall(5_000);
    world.clock.advance(1_000);
  }
  const dialled = world.broker.dialled.length;
  assert.ok(dialled > 1 && dialled <= 12, `${dialled} dialled`);
});

/** A client that is live until `meet` says what the next connections meet instead of the broker. */
function scriptedStage(): ScriptedStage {
  const clock = new VirtualClock();
  const broker = new FakeBroker({ clock });
  let script: Script | null = null;
  const connect: typeof broker.connect = (url, subprotocol, events) => {
    const next = script;
    if (next === null) return broker.connect(url, subprotocol, events);
    clock.soon(() => next((frame) => events.message(JSON.stringify(frame)), events.closed.bind(events)));
    return { close: () => undefined };
  };
  const environment = { clock, random: seededRandom(7), connect };
  const client = new StreamClient({ streamUrl: 'ws://broker/v1/rooms/room/stream', environment });
  client.start();
  clock.advance(100);
  assert.equal(client.status.link, 'live');
  return { clock, client, cut: () => broker.connections.at(-1)!.cut(), meet: (next) => void (script = next) };
}

interface ScriptedStage {
  readonly clock: VirtualClock;
  readonly client: StreamClient;
  readonly cut: () => void;
  readonly meet: (script: Script) => void;
}

type Script = (send: (frame: ServerFrame) => void, close: (code: number, reason: string) => void) => void;

const hello = { kind: 'hello', room: 'room', epoch: 'epoch-1', seq: 900, serverTime: 1, heartbeatMs: 5_000 } as const;

test('a hello that could not resume makes nothing current: only what it is followed by does', () => {
  const { clock, client, cut, meet } = scriptedStage();
  meet((_send, close) => close(1006, ''));
  cut();
  clock.advance(3_600_000);
  meet((send) => send({ ...hello, resumed: false }));
  client.retryNow();
  clock.advance(10);
  assert.deepEqual([client.status.link, isCurrent(client.status.link)], ['loading', false]);
  assert.ok(client.status.dataAgeMs! >= 3_600_000, `the data are ${client.status.dataAgeMs} ms old`);
});

test('the age of what is shown is not that of the last word: a refusal after half an hour makes nothing new', () => {
  const { clock, client, cut, meet } = scriptedStage();
  const cutAtMs = clock.wallMs();
  meet((_send, close) => close(1006, ''));
  cut();
  clock.advance(30 * 60_000);
  meet((send, close) => {
    send({ kind: 'error', code: 'MEKS_ROOM_UNKNOWN', message: 'there is no such room' });
    close(4501, 'unknown room');
  });
  client.retryNow();
  clock.advance(400);
  const { link, heardAgeMs, dataAgeMs, dataAtMs } = client.status;
  assert.equal(link, 'refused');
  assert.ok(heardAgeMs! <= 400, `heard ${heardAgeMs} ms ago`);
  assert.ok(dataAgeMs! >= 30 * 60_000, `the data are ${dataAgeMs} ms old`);
  assert.ok(Math.abs(dataAtMs! - cutAtMs) <= 100, 'and it is known of when they are');
  // Nobody watches for a sleep any more: the data grow older in one all the same.
  clock.jumpWall(3_600_000);
  assert.ok(client.status.dataAgeMs! >= 90 * 60_000);
});
