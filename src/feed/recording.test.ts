import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { seededRandom } from '../base/random.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import { readManifest, RecordingWriter } from './recording.ts';
import { ReplayFeed } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-recording-'));
after(() => rmSync(folder, { recursive: true }));

const random = seededRandom(11);

function message(index: number, bytes = 200): RawMessage {
  const payload = Uint8Array.from({ length: bytes }, () => random.int(256));
  return {
    method: 'WebcastChatMessage',
    payload,
    msgId: String(index),
    receivedAt: 1_777_000_000_000 + index,
    history: index % 7 === 0,
  };
}

async function replay(path: string): Promise<FakeSink> {
  const sink = new FakeSink();
  const feed = new ReplayFeed({ path, speed: 'max', clock: systemClock });
  feed.start(sink);
  await until('the replay ends', () => sink.states.at(-1) === 'ended');
  return sink;
}

function plain(raw: RawMessage) {
  return { ...raw, payload: Buffer.from(raw.payload).toString('hex') };
}

test('what was recorded plays back the same, over as many segments as it took', async () => {
  const path = join(folder, 'round-trip');
  const writer = new RecordingWriter({ folder: path, room: 'ana.live', clock: systemClock, segmentBytesMax: 100_000 });
  const messages = Array.from({ length: 2_000 }, (_, index) => message(index));
  const gap = { reason: 'silence' as const, at: 1_777_000_001_000, lengthMs: 60_000, missed: 0 };
  for (const [index, raw] of messages.entries()) {
    if (index === 1_000) writer.writeGap(gap);
    assert.ok(writer.write(raw));
  }
  await writer.close();
  const manifest = readManifest(path);
  assert.ok(manifest.segments.length > 4);
  assert.ok(manifest.segments.every((segment) => segment.complete));
  assert.equal(
    manifest.segments.reduce((sum, segment) => sum + segment.messages, 0),
    2_000,
  );
  assert.equal(manifest.room, 'ana.live');
  const sink = await replay(path);
  assert.deepEqual(sink.messages.map(plain), messages.map(plain));
  assert.deepEqual(sink.gaps, [gap]);
});

test('a recording that was never closed plays up to its last flush', async () => {
  const path = join(folder, 'crashed');
  const clock = new VirtualClock();
  const writer = new RecordingWriter({ folder: path, room: 'ana.live', clock });
  for (let index = 0; index < 300; index++) writer.write(message(index));
  clock.advance(1_000);
  // What a crash would leave behind is what is on the disk now.
  await until('the flushed block is on the disk', () => readdirSync(path).length === 2);
  const copy = new FakeSink();
  await until('all flushed messages can be read', () => {
    if (copy.messages.length === 300) return true;
    if (copy.states.at(-1) === 'connecting') return false;
    copy.entries.length = 0;
    new ReplayFeed({ path, speed: 'max', clock: systemClock }).start(copy);
    return false;
  });
  assert.equal(readManifest(path).segments[0]?.complete, false);
  await writer.close();
});

test('messages that the disk cannot take in time are left out, counted, and a gap line says how many', async () => {
  const path = join(folder, 'overload');
  const clock = new VirtualClock();
  const told: number[] = [];
  const onBehind = (count: number): void => void told.push(count);
  const writer = new RecordingWriter({ folder: path, room: 'ana.live', clock, onBehind });
  let skipped = 0;
  const big = message(0, 100_000);
  // No turn of the loop passes, so nothing drains.
  for (let index = 0; index < 150; index++) if (!writer.write({ ...big, msgId: String(index) })) skipped++;
  assert.ok(skipped > 1, 'the limit was reached');
  assert.deepEqual(told, [1], 'told once, at the first');
  clock.advance(60_000);
  if (!writer.write(message(999))) skipped++;
  assert.deepEqual(told, [1, skipped], 'and again after a minute in which it goes on');
  assert.ok(writer.counters.get('bytes') <= limits.recordingPendingBytesMax.value + 300_000);
  await until('there is room again', () => writer.write(message(1_000)) || skipped++ < 0);
  await writer.close();
  const { written, skipped: counted } = writer.counters.read();
  assert.equal(counted, skipped);
  const sink = await replay(path);
  assert.equal(sink.messages.length, written);
  assert.equal(
    sink.gaps.reduce((sum, gap) => sum + gap.missed, 0),
    skipped,
  );
  assert.equal(readManifest(path).skipped, skipped);
});

test('a folder that holds a recording already is refused', async () => {
  const path = join(folder, 'taken');
  await new RecordingWriter({ folder: path, room: 'ana.live', clock: systemClock }).close();
  assert.throws(
    () => new RecordingWriter({ folder: path, room: 'ana.live', clock: systemClock }),
    (error) => error instanceof MeksError && error.code === 'MEKS_FILE_UNWRITABLE' && /new folder/.test(error.message),
  );
});

test('a manifest that points out of its folder is refused', () => {
  const path = mkdtempSync(join(folder, 'hostile-'));
  const segments = [{ file: '../../../etc/passwd' }];
  writeFileSync(join(path, 'manifest.json'), JSON.stringify({ format: 'meks-recording', version: 1, segments }));
  const feed = new ReplayFeed({ path, speed: 'max', clock: systemClock });
  assert.throws(
    () => feed.start(new FakeSink()),
    (error) => error instanceof MeksError && error.code === 'MEKS_FILE_MALFORMED',
  );
});

test('a disk that refuses stops the recording once, and everything after counts as skipped', async () => {
  const path = join(folder, 'refused');
  const errors: MeksError[] = [];
  const writer = new RecordingWriter({
    folder: path,
    room: 'ana.live',
    clock: systemClock,
    onFailure: (error) => void errors.push(error),
  });
  writeFileSync(join(path, '0001.ndjson.zst'), 'in the way');
  writer.write(message(1));
  await until('the failure is told', () => errors.length > 0);
  assert.equal(writer.write(message(2)), false);
  assert.equal(errors.length, 1);
  assert.equal(errors[0]?.code, 'MEKS_FILE_UNWRITABLE');
  assert.equal(writer.counters.get('skipped'), 1);
  await writer.close();
});
