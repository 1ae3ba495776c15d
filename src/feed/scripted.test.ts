import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../base/random.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { ScriptedFeed } from './scripted.ts';

test('messages come when they are due by the clock', async () => {
  const clock = new VirtualClock();
  const sink = new FakeSink();
  const feed = new ScriptedFeed({ clock, random: seededRandom(1) });
  const startAt = clock.wallMs();
  const lateMs: number[] = [];
  sink.hasRoom = () => {
    lateMs.push(clock.wallMs());
    return true;
  };
  feed.start(sink);
  clock.advance(30_000);
  await feed.stop();
  assert.ok(sink.messages.length > 5_000);
  for (const [index, raw] of sink.messages.entries()) {
    assert.ok(Math.abs(lateMs[index]! - raw.receivedAt) <= 1, `message ${index} came at ${lateMs[index]! - startAt}`);
  }
});

test('the truth follows what was taken, wherever the feed is stopped', async () => {
  for (const seed of [2, 3, 4, 5]) {
    const clock = new VirtualClock();
    const sink = new FakeSink();
    const feed = new ScriptedFeed({ clock, random: seededRandom(seed), faults: { outageEverySec: 5 } });
    sink.hasRoom = (offers) => offers % 5 !== 0;
    feed.start(sink);
    for (let turn = 0; turn < 3_000; turn++) {
      clock.advance(7);
      sink.makeRoom();
    }
    await feed.stop();
    assert.equal(feed.world!.truth.messages, sink.messages.length, `seed ${seed}`);
    assert.ok(sink.gaps.length > 0);
  }
});

test('a lost connection is told as a gap before its backlog', async () => {
  const clock = new VirtualClock();
  const sink = new FakeSink();
  const feed = new ScriptedFeed({ clock, random: seededRandom(6), faults: { outageEverySec: 10 } });
  feed.start(sink);
  clock.advance(40_000);
  await feed.stop();
  const at = sink.entries.findIndex((entry) => entry.kind === 'gap');
  const following = sink.entries[at + 1];
  assert.ok(following?.kind === 'message' && following.raw.history);
  assert.equal(sink.gaps[0]?.reason, 'upstream-lost');
});

test('each start is another LIVE, and the same feed gives the same ones again', async () => {
  const first: string[][] = [];
  for (let run = 0; run < 2; run++) {
    const clock = new VirtualClock();
    const feed = new ScriptedFeed({ clock, random: seededRandom(7) });
    const ids: string[] = [];
    for (let start = 0; start < 2; start++) {
      const sink = new FakeSink();
      feed.start(sink);
      clock.advance(3_000);
      await feed.stop();
      ids.push(sink.messages.map((raw) => raw.msgId).join(' '));
    }
    first.push(ids);
  }
  assert.deepEqual(first[0], first[1]);
  assert.notEqual(first[0]![0], first[0]![1]);
});
