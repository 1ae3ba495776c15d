import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { closeReasons, reasonWithRetry } from '../../src/protocol/close-codes.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import { assertShows, liveStage, stage } from '../../test/support/client-stage.ts';
import { StreamClient } from './client.ts';

test('a client that is told when to come back comes back then, and after that when it thinks best', () => {
  const world = liveStage();
  world.connection().end(1001, reasonWithRetry(closeReasons.goingAway.reason, 3217));
  world.clock.advance(1);
  assert.ok(world.client.status.retryInMs! > 3200 && world.client.status.retryInMs! <= 3217);
  world.clock.advance(3200);
  assert.equal(world.client.status.link, 'down');
  world.clock.advance(100);
  assert.equal(world.client.status.link, 'live');
  world.connection().end(1001, closeReasons.goingAway.reason);
  world.clock.advance(1);
  assert.ok(world.client.status.retryInMs! <= 1000);
});

test('before anything is known there is no view, no position and no age', () => {
  const { client } = stage();
  assert.equal(client.view, null);
  assert.equal(client.position, null);
  assert.equal(client.status.dataAgeMs, null);
  assert.equal(client.status.source, null);
  assert.equal(client.serverTimeMs(), null);
});

test('a first connection shows the snapshot, then every event, exactly as the broker has it', () => {
  const world = liveStage();
  assertShows(world, 'epoch-1:3');
  world.publish(20);
  world.clock.advance(10);
  assertShows(world, 'epoch-1:23');
  assert.deepEqual(
    world.events.map((event) => event.seq),
    Array.from({ length: 20 }, (_, index) => index + 4),
  );
  assert.deepEqual(world.notices, [{ kind: 'snapshot', missed: 0, newEpoch: true, first: true }]);
});

test('a batch is told once, however many frames it had', () => {
  const world = liveStage();
  let calls = 0;
  const unsubscribe = world.client.subscribe(() => calls++);
  world.publish(50);
  world.clock.advance(10);
  assert.equal(calls, 1);
  unsubscribe();
  world.publish(1);
  world.clock.advance(10);
  assert.equal(calls, 1);
});

test('after a cut it goes on from where it was: nothing missed, nothing twice', () => {
  const world = liveStage();
  world.connection().cut();
  world.clock.advance(1);
  assert.equal(world.client.status.link, 'down');
  assert.ok(world.client.status.retryInMs! > 0);
  world.publish(5);
  world.clock.advance(1_000);
  assert.equal(world.broker.dialled.at(-1)!.split('?')[1], 'since=epoch-1%3A3');
  assert.equal(world.client.status.link, 'live');
  assertShows(world, 'epoch-1:8');
  assert.equal(world.client.status.missed, 0);
  assert.deepEqual(world.notices.slice(1), [
    { kind: 'lost', reason: 'the broker cannot be reached' },
    { kind: 'resumed', behind: 5 },
  ]);
});

test('falling off the ring is told with the exact count, and healed by a snapshot', () => {
  const world = liveStage({ ringMax: 16 });
  world.connection().stalled = true;
  world.publish(41);
  world.connection().stalled = false;
  world.clock.advance(10);
  assertShows(world, 'epoch-1:44');
  assert.equal(world.client.status.missed, 41);
  assert.deepEqual(world.notices.slice(1), [
    { kind: 'lagged', missed: 41 },
    { kind: 'snapshot', missed: 41, newEpoch: false, first: false },
  ]);
});

test('a new epoch replaces everything, even by a lower number', () => {
  const world = liveStage();
  world.publish(10);
  world.clock.advance(10);
  world.broker.restart(true);
  world.publish(2);
  world.clock.advance(2_000);
  assertShows(world, 'epoch-2:2');
  assert.equal(world.client.status.link, 'live');
});

test('a gap in the numbers is never shown: it hangs up and asks for the whole state', () => {
  const world = liveStage();
  const wrong = Object.assign({ seq: 5 }, world.broker.events[0]) as EventFrame;
  const first = world.connection();
  first.send(wrong);
  world.clock.advance(5);
  assert.equal(first.closedByClient, 4490);
  assert.equal(world.client.status.breaches, 1);
  assert.equal(world.client.position?.seq, 3);
  world.publish(2);
  world.clock.advance(2_000);
  assert.ok(!world.broker.dialled.at(-1)!.includes('since'));
  assertShows(world, 'epoch-1:5');
});

test('an event that cannot be applied takes the view away rather than leave half of it', () => {
  const world = liveStage();
  const broken = { seq: 4, kind: 'gift', count: 1, diamonds: 1, standing: { diamonds: 1, rank: 1, gifters: 1 } };
  world.connection().send(broken as unknown as EventFrame);
  world.clock.advance(5);
  assert.equal(world.client.view, null);
  world.clock.advance(2_000);
  assertShows(world, 'epoch-1:3');
});

test('silence makes it stale, and the next word makes it live again', () => {
  const world = liveStage();
  world.connection().stalled = true;
  world.clock.advance(9_000);
  assert.equal(world.client.status.link, 'stale');
  assert.ok(world.client.status.dataAgeMs! > 8_000);
  world.connection().stalled = false;
  world.publish(1);
  world.clock.advance(10);
  assert.equal(world.client.status.link, 'live');
  assert.deepEqual(
    world.notices.map((notice) => notice.kind),
    ['snapshot', 'stale'],
  );
});

test('silence that lasts is a dead connection: it dials again and resumes', () => {
  const world = liveStage();
  const first = world.connection();
  first.freeze();
  world.publish(4);
  world.clock.advance(30_000);
  assert.equal(first.closedByClient, 4491);
  assert.equal(world.client.status.link, 'live');
  assertShows(world, 'epoch-1:7');
});

test('an upgrade that never says hello is given up and tried again', () => {
  const world = stage();
  const connect = world.broker.connect;
  let mute = true;
  const environment = {
    clock: world.clock,
    random: seededRandom(1),
    connect: (url: string, subprotocol: string, events: Parameters<typeof connect>[2]) =>
      mute ? { close: () => undefined } : connect(url, subprotocol, events),
  };
  const client = new StreamClient({ streamUrl: 'ws://broker/stream', environment });
  client.start();
  world.clock.advance(9_999);
  assert.equal(client.status.link, 'connecting');
  mute = false;
  world.clock.advance(2_000);
  assert.equal(client.status.link, 'live');
});

test('a code that says "do not come back" is obeyed until a person asks again', () => {
  const world = stage();
  world.broker.refuseWith = 4506;
  world.client.start();
  world.clock.advance(600_000);
  assert.equal(world.client.status.link, 'refused');
  assert.equal(world.broker.dialled.length, 1);
  world.broker.refuseWith = null;
  world.client.retryNow();
  world.clock.advance(10);
  assert.equal(world.client.status.link, 'live');
});

test('attempts back off while the broker is away, and a person may cut the wait short', () => {
  const world = stage();
  world.broker.refuseWith = 1006;
  world.client.start();
  world.clock.advance(120_000);
  const dialled = world.broker.dialled.length;
  assert.ok(dialled > 8 && dialled < 25, `${dialled} attempts in two minutes`);
  world.broker.refuseWith = null;
  world.client.retryNow();
  world.clock.advance(10);
  assert.equal(world.client.status.link, 'live');
});

test('stop closes the socket and nothing comes any more; start comes back where it was', () => {
  const world = liveStage();
  world.client.stop();
  assert.equal(world.connection().closedByClient, 1000);
  world.publish(3);
  world.clock.advance(60_000);
  assertShows(world, 'epoch-1:3');
  world.client.start();
  world.clock.advance(10);
  assertShows(world, 'epoch-1:6');
});

test("the broker's clock is known to within the fastest frame's delay", () => {
  let delayMs = 80;
  const world = stage({ delayMs: () => delayMs });
  world.client.start();
  world.clock.advance(200);
  assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 80);
  delayMs = 3;
  world.clock.advance(6_000);
  assert.equal(world.client.serverTimeMs(), world.clock.wallMs() - 3);
});

test("upstream's state is what the last word about it was, with its age", () => {
  const world = liveStage();
  const base = { kind: 'heartbeat', seq: 3, serverTime: 0 } as const;
  world.connection().send({ ...base, source: 'silent', sourceAgeMs: 4_000 });
  world.clock.advance(501);
  assert.equal(world.client.status.source, 'silent');
  assert.equal(world.client.status.sourceAgeMs, 4_500);
  world.publish(1);
  world.clock.advance(101);
  assert.equal(world.client.status.sourceAgeMs, 100);
});
