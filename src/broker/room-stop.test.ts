import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { Feed } from '../feed/feed.ts';
import { recoverLog, SimulatedDisk, SimulatedThread } from '../journal/simulation/simulation.ts';
import { HandFeed } from '../../test/support/hand-feed.ts';
import { giftOf } from '../../test/support/webcast-messages.ts';
import { RoomPast } from './room-past.ts';
import { Room } from './room.ts';

// A room that is stopped in the middle of a burst. Found by simulation: seed 25 of the first worlds.

function openRoom(clock: VirtualClock, feed: Feed): { readonly room: Room; readonly disk: SimulatedDisk } {
  const about = { clock, id: '7', handle: 'ours' };
  const disk = new SimulatedDisk(clock);
  const past = new RoomPast({ ...about, tailMax: 64, readLog: () => [] });
  const where = { disk, directory: 'rooms/7', room: '7' };
  const recovered = recoverLog({ ...where, newEpoch: () => 'first', wallMs: clock.wallMs() }, past);
  const thread = new SimulatedThread({ clock, latencyMs: 3, ringBytes: 1_048_576, reserveBytes: 65_536 });
  const room = new Room({
    ...about,
    feed,
    past,
    log: thread.open(recovered, { sync: { kind: 'interval', ms: 50 } }),
    lastSeq: 0,
    continued: false,
    ringRecordsMax: 64,
    recorder: null,
    onFault: (error) => assert.ifError(error),
    onMismatch: (problems) => assert.deepEqual(problems, []),
  });
  room.start();
  return { room, disk };
}

test('a room that is stopped in a burst publishes what it had taken, and nothing once its log is closed', async () => {
  const clock = new VirtualClock();
  const feed = new HandFeed();
  const { room } = openRoom(clock, feed);
  clock.advance(10);
  for (let id = 1; id <= 40; id++) assert.ok(feed.sink!.offer(giftOf({ msgId: String(id), group: '0' })));
  const stopped = room.stop();
  for (let turn = 0; turn < 20; turn++) {
    await Promise.resolve();
    clock.advance(5);
  }
  await stopped;
  assert.equal(room.counters.get('published'), 41, 'the gifts, and the event that tells of the LIVE');
  assert.equal(room.log.status().durableSeq, 41);
  assert.equal(room.admits(), false);
  clock.advance(10_000);
  assert.equal(room.counters.get('published'), 41);
});
