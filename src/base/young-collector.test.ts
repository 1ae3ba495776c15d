import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from './virtual-clock.ts';
import { YoungCollector } from './young-collector.ts';

function make(): { clock: VirtualClock; world: { made: number; collections: number }; collector: YoungCollector } {
  const clock = new VirtualClock();
  const world = { made: 0, collections: 0 };
  const collector = new YoungCollector({ clock, made: () => world.made, collect: () => void world.collections++ });
  collector.start();
  return { clock, world, collector };
}

test('the start is collected twice, and then nothing is', () => {
  const { clock, world } = make();
  clock.advance(10_000);
  assert.equal(world.collections, 2);
});

test('a crowd is collected once no more come', () => {
  const { clock, world } = make();
  clock.advance(1_000);
  for (let come = 0; come < 20; come++) {
    world.made += 15;
    clock.advance(100);
    assert.equal(world.collections, 2, 'they still come');
  }
  clock.advance(10_000);
  assert.equal(world.collections, 4);
});

test('a few are not worth it, until they have become many', () => {
  const { clock, world } = make();
  clock.advance(1_000);
  for (let come = 0; come < 31; come++) {
    world.made++;
    clock.advance(1_000);
  }
  assert.equal(world.collections, 2);
  world.made++;
  clock.advance(1_000);
  assert.equal(world.collections, 4);
});

test('a stopped one collects nothing', () => {
  const { clock, world, collector } = make();
  collector.stop();
  clock.advance(10_000);
  assert.equal(world.collections, 0);
});
