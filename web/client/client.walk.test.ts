import assert from 'node:assert/strict';
import test from 'node:test';
import type { Random } from '../../src/base/random.ts';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { FakeBroker } from '../../test/support/fake-broker.ts';
import { LivelyRoom } from '../../test/support/lively-room.ts';
import { StreamClient } from './client.ts';

// Worlds of faults in virtual time: a broker that restarts, loses its epoch, refuses; networks that cut, freeze and
// stall. After every step the client shows a state that was, never an earlier one of the same epoch; what it was given
// and what it was told it missed add up; and once the faults stop it shows what the broker has.

const worlds = 100;
const stepsPerWorld = 150;

interface World {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly broker: FakeBroker;
  readonly room: LivelyRoom;
  readonly client: StreamClient;
}

function makeWorld(seed: number): World {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const broker = new FakeBroker({ clock, ringMax: 8 + random.int(40), delayMs: () => random.exponential(20) });
  const room = new LivelyRoom({ random: random.fork(), giftersMax: 60 });
  const environment = { clock, random: random.fork(), connect: broker.connect };
  return { clock, random, broker, room, client: new StreamClient({ streamUrl: 'ws://broker/stream', environment }) };
}

function publish({ broker, room, random, clock }: World): void {
  const atMs = clock.wallMs();
  const score = random.chance(0.1) ? room.score(atMs) : null;
  if (score !== null) broker.publish(score);
  else if (random.chance(0.01)) broker.publish(room.startBattle(atMs, 300));
  else if (random.chance(0.2)) broker.publish(room.murmur(atMs));
  else broker.publish(room.gift(broker.seq + 1, atMs));
}

function disturb({ broker, random }: World): void {
  const connection = broker.connections.at(-1);
  const roll = random.int(7);
  if (roll === 0) broker.restart(false);
  else if (roll === 1) broker.restart(true);
  else if (roll === 2) broker.refuseWith = broker.refuseWith === null ? 1006 : null;
  else if (connection === undefined) return;
  else if (roll === 3) connection.cut();
  else if (roll === 4) connection.freeze();
  else connection.stalled = !connection.stalled;
}

function watchOrder(world: World, where: string): () => void {
  let shown = world.client.position;
  return () => {
    const now = world.client.position;
    if (now === null) return;
    if (shown !== null && shown.epoch === now.epoch)
      assert.ok(now.seq >= shown.seq, `back from ${shown.seq} to ${now.seq} ${where}`);
    shown = now;
    const truth = world.broker.viewAt.get(`${now.epoch}:${now.seq}`);
    assert.ok(truth !== undefined, `position ${now.epoch}:${now.seq} never was ${where}`);
    // Text first: a thousand times cheaper, and equal but for the order of keys.
    if (JSON.stringify(world.client.view) === truth) return;
    assert.deepEqual(world.client.view, JSON.parse(truth), `a view that never was ${where}`);
  };
}

test('through any faults a client shows only what was, never goes back, and ends up where the broker is', () => {
  const seen = { resumes: 0, lags: 0, snapshots: 0, breaches: 0 };
  for (let seed = 1; seed <= worlds; seed++) {
    const world = makeWorld(seed);
    const { clock, random, broker, client } = world;
    const where = `(seed ${seed})`;
    const check = watchOrder(world, where);
    let received = 0;
    client.onEvent(() => received++);
    client.start();
    for (let count = 0; count < stepsPerWorld; count++) {
      for (let more = random.int(6); more > 0; more--) publish(world);
      if (random.chance(0.08)) disturb(world);
      clock.advance(random.exponential(random.chance(0.1) ? 5_000 : 60));
      check();
    }
    broker.refuseWith = null;
    for (const connection of broker.connections) connection.stalled = false;
    clock.advance(60_000);
    check();
    const status = client.status;
    assert.equal(status.link, 'live', `not live after the faults ${where}`);
    assert.deepEqual(client.position, { epoch: broker.epoch, seq: broker.seq }, where);
    assert.equal(status.breaches, 0, `a broker in order was accused ${where}: ${status.reason}`);
    assert.ok(received >= status.delivered, where);
    for (const name of ['resumes', 'lags', 'snapshots', 'breaches'] as const) seen[name] += status[name];
  }
  assert.ok(seen.resumes > worlds / 2 && seen.lags > worlds / 4, `too calm to prove anything: ${JSON.stringify(seen)}`);
});
