import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OldCollector } from './old-collector.ts';
import { VirtualClock } from './virtual-clock.ts';

const megabyte = 1024 * 1024;

function make(): { clock: VirtualClock; world: World; collector: OldCollector } {
  const clock = new VirtualClock();
  const world: World = { done: 0, usedBytes: 30 * megabyte, collections: 0 };
  const collector = new OldCollector({
    clock,
    done: () => world.done,
    usedBytes: () => world.usedBytes,
    collect: () => {
      world.collections++;
      world.usedBytes = 31 * megabyte;
    },
  });
  collector.start();
  clock.advance(10_000);
  return { clock, world, collector };
}

interface World {
  done: number;
  usedBytes: number;
  collections: number;
}

test('a heap that has grown is collected once nothing was done between two looks, and then left alone', () => {
  const { clock, world } = make();
  world.usedBytes += 40 * megabyte;
  for (let look = 0; look < 5; look++) {
    world.done++;
    clock.advance(10_000);
  }
  assert.equal(world.collections, 0, 'events still come');
  clock.advance(10_000);
  assert.equal(world.collections, 1);
  clock.advance(100_000);
  assert.equal(world.collections, 1, 'nothing has grown since');
});

test('what has grown by little is not worth a collection, until it has become much', () => {
  const { clock, world } = make();
  world.usedBytes += 31 * megabyte;
  clock.advance(100_000);
  assert.equal(world.collections, 0);
  world.usedBytes += megabyte;
  clock.advance(10_000);
  assert.equal(world.collections, 1);
});

test('growth is counted from what was left after the last collection', () => {
  const { clock, world } = make();
  for (let day = 1; day <= 3; day++) {
    world.usedBytes += 60 * megabyte;
    clock.advance(10_000);
    assert.equal(world.collections, day);
  }
});

test('a stopped one collects nothing', () => {
  const { clock, world, collector } = make();
  collector.stop();
  world.usedBytes += 100 * megabyte;
  clock.advance(100_000);
  assert.equal(world.collections, 0);
});

test('buffers are counted as well: they lie outside of the heap, and go with it', () => {
  const clock = new VirtualClock();
  let collections = 0;
  const collector = new OldCollector({ clock, done: () => 0, collect: () => collections++ });
  collector.start();
  clock.advance(20_000);
  assert.equal(collections, 0);
  const held = Buffer.alloc(64 * megabyte);
  clock.advance(10_000);
  assert.equal(collections, 1, `${held.length} bytes are held`);
  collector.stop();
});
