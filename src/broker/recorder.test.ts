import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { silentLog } from '../base/log.ts';
import type { Feed } from '../feed/feed.ts';
import { PushFeed, readPush } from '../feed/push.ts';
import { ReplayFeed } from '../feed/replay.ts';
import { NullJournal } from '../journal/journal.ts';
import { until } from '../../test/support/until.ts';
import { makeRecorder, type Recorder } from './recorder.ts';
import { RoomPast } from './room-past.ts';
import { Room } from './room.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-recorder-'));
after(() => rmSync(folder, { recursive: true }));

function openRoom(feed: Feed, recorder: Recorder | null): Room {
  const about = { clock: systemClock, id: '7', handle: 'ours' };
  const room = new Room({
    ...about,
    feed,
    past: new RoomPast({ ...about, tailMax: 64, readLog: () => [] }),
    log: new NullJournal('epoch'),
    lastSeq: 0,
    continued: false,
    ringRecordsMax: 64,
    recorder,
    onFault: (error) => assert.ifError(error),
    onMismatch: (problems) => assert.deepEqual(problems, []),
  });
  room.start();
  return room;
}

test('a push that was repeated counts once, live and in the recording of it', async () => {
  const feed = new PushFeed({ clock: systemClock, token: 'a-token-of-this-test' });
  const room = openRoom(feed, makeRecorder('7', folder, systemClock, silentLog));
  const data = { userId: '7', uniqueId: 'bo', giftId: 5655, giftName: 'Rose', diamondCount: 5, repeatCount: 3 };
  const named = ['order-1017', '0', '-5', '-a'].map((id) => JSON.stringify({ event: 'gift', id, data })).join('\n');
  const unnamed = JSON.stringify({ event: 'gift', data: { ...data, repeatCount: 4 } });
  // The second time dates the gift, and so its bytes, anew.
  for (const receivedAt of [1_780_000_000_000, 1_780_000_009_000]) {
    await feed.take(readPush(named, receivedAt), true);
    await feed.take(readPush(unnamed, receivedAt, 'key-of-the-push'), true);
  }
  await room.stop();
  assert.equal(room.ranking.view.session.diamonds, 4 * 15 + 20);
  const recording = path.join(folder, '7', readdirSync(path.join(folder, '7'))[0]!);
  const replayed = openRoom(new ReplayFeed({ path: recording, speed: 'max', clock: systemClock }), null);
  await until('it has been played', () => replayed.ranking.view.source === 'ended');
  await replayed.stop();
  assert.equal(replayed.ranking.view.session.diamonds, 4 * 15 + 20);
});
