import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { systemClock } from '../base/clock.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { capture, needsCapture } from '../../test/support/captures.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import type { FeedProblem } from './feed.ts';
import { readManifest, RecordingWriter } from './recording.ts';
import { formatGapLine, formatMessageLine } from './recording/format.ts';
import { ReplayFeed } from './replay.ts';
import type { ReplayOptions } from './replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-replay-'));
after(() => rmSync(folder, { recursive: true }));

const startAt = Date.UTC(2026, 4, 1, 20);

function message(index: number, offsetMs = index * 100): RawMessage {
  return {
    method: 'WebcastLikeMessage',
    payload: Buffer.from(`payload ${index} ${'x'.repeat(index % 97)}`),
    msgId: String(7_000_000_000_000_000_000n + BigInt(index)),
    receivedAt: startAt + offsetMs,
    history: index % 10 === 0,
  };
}

function recording(count: number): string {
  return Array.from({ length: count }, (_, index) => formatMessageLine(message(index))).join('');
}

let files = 0;
function fileWith(content: string | Uint8Array): string {
  const path = join(folder, `${++files}.ndjson`);
  writeFileSync(path, content);
  return path;
}

/** Plays `path` to its end as fast as it goes and returns what the sink and the log got. */
async function playAll(path: string, options: Partial<ReplayOptions> = {}, sink = new FakeSink()) {
  const problems: FeedProblem[] = [];
  const report = (problem: FeedProblem) => void problems.push(problem);
  const feed = new ReplayFeed({ path, speed: 'max', clock: systemClock, report, ...options });
  feed.start(sink);
  await until('the replay ends', () => {
    sink.makeRoom();
    return sink.states.some((state) => state === 'ended' || state === 'failed');
  });
  await feed.stop();
  assert.deepEqual(sink.violations, []);
  return { sink, problems, counters: feed.counters.read() };
}

function plain(raw: RawMessage) {
  return { ...raw, payload: Buffer.from(raw.payload).toString() };
}

test('a recording plays as it was written, whatever its compression', async () => {
  const text = recording(2_000);
  const expected = Array.from({ length: 2_000 }, (_, index) => plain(message(index)));
  for (const content of [
    text,
    gzipSync(text),
    zstdCompressSync(text),
    Buffer.concat([gzipSync(text.slice(0, 50)), gzipSync(text.slice(50))]),
  ]) {
    const { sink, counters } = await playAll(fileWith(content));
    assert.deepEqual(sink.messages.map(plain), expected);
    assert.deepEqual(sink.states, ['connecting', 'live', 'ended']);
    assert.equal(counters.messages, 2_000);
  }
});

test('malformed lines are skipped, counted and reported with their number; the rest plays', async () => {
  const good = formatMessageLine(message(1));
  const bad = [
    '{"method":"WebcastLikeMessage","recordedAt":"2026-05-01T20:00:00Z","b64":"not*base64"}',
    '{"method":"WebcastLikeMessage","recordedAt":"2026-05-01T20:00:00Z","b64":"AAAA*"}',
    '{"method":"WebcastLikeMessage","recordedAt":"2026-05-01T20:00:00Z"}',
    '{"method":"","recordedAt":1,"b64":""}',
    '{"method":"WebcastLikeMessage","recordedAt":"yesterday","b64":""}',
    '[1,2]',
    '{"gap":{"reason":"boredom","at":1,"lengthMs":1,"missed":0}}',
    '{"method":"Webcast',
  ];
  const { sink, problems, counters } = await playAll(fileWith(`${good}\n${bad.join('\n')}\n\r\n${good}`));
  assert.equal(sink.messages.length, 2);
  assert.deepEqual(
    { lines: counters.lines, messages: counters.messages, malformed: counters.malformed, empty: counters.empty },
    { lines: 12, messages: 2, malformed: 8, empty: 2 },
  );
  assert.equal(problems.length, 8);
  assert.match(problems[0]!.message, /line 3: `b64` is not base64/);
  assert.match(problems[7]!.message, /line 10: not JSON/);
});

test('a line longer than the limit is skipped without being held, and the next one is read', async () => {
  const long = `{"method":"WebcastLikeMessage","b64":"${'A'.repeat(limits.recordingLineBytesMax.value)}"}\n`;
  const { sink, problems } = await playAll(fileWith(long + formatMessageLine(message(7))));
  assert.deepEqual(sink.messages.map(plain), [plain(message(7))]);
  assert.match(problems[0]!.message, /line 1: longer than a line may be/);
});

test('only the first malformed lines of a file are reported, all are counted', async () => {
  const { problems, counters } = await playAll(fileWith('nonsense\n'.repeat(500)));
  assert.equal(counters.malformed, 500);
  assert.equal(problems.length, 10);
});

test('a file that is not there is refused at once, with its name and the remedy', () => {
  const feed = new ReplayFeed({ path: join(folder, 'absent.ndjson'), speed: 1, clock: systemClock });
  assert.throws(
    () => feed.start(new FakeSink()),
    (error) =>
      error instanceof MeksError &&
      error.code === 'MEKS_FILE_UNREADABLE' &&
      /absent\.ndjson.*give a/.test(error.message),
  );
});

test('a recording cut off by a crash plays up to the cut and says so', async () => {
  const text = recording(3_000);
  const whole = gzipSync(text);
  const { sink, problems } = await playAll(fileWith(whole.subarray(0, whole.length - 40)));
  assert.ok(sink.messages.length > 2_000, `${sink.messages.length} messages`);
  assert.deepEqual(
    sink.messages.map(plain),
    Array.from({ length: sink.messages.length }, (_, index) => plain(message(index))),
  );
  assert.equal(problems[0]?.code, 'recording-torn');
  assert.equal(sink.states.at(-1), 'ended');
});

test('damaged compressed data fails the replay after what came before it', async () => {
  const damaged = gzipSync(recording(20_000), { level: 1 });
  damaged.fill(0x55, damaged.length / 2, damaged.length / 2 + 200);
  const { sink, problems } = await playAll(fileWith(damaged));
  assert.equal(sink.states.at(-1), 'failed');
  assert.ok(sink.messages.length > 0);
  assert.equal(problems.at(-1)?.code, 'recording-unreadable');
});

test('a sink without room makes the replay wait; nothing is lost or turned around', async () => {
  const sink = new FakeSink();
  sink.hasRoom = (offers) => offers % 3 !== 0;
  await playAll(fileWith(recording(1_000)), {}, sink);
  assert.deepEqual(
    sink.messages.map(plain),
    Array.from({ length: 1_000 }, (_, index) => plain(message(index))),
  );
  assert.ok(sink.refusals > 300);
});

test('messages come at their recorded distances, divided by the speed', async () => {
  const path = fileWith(
    [0, 100, 400, 350, 1_400].map((offset, index) => formatMessageLine(message(index, offset))).join(''),
  );
  for (const speed of [1, 4]) {
    const clock = new VirtualClock();
    const sink = new FakeSink();
    const times: number[] = [];
    const feed = new ReplayFeed({ path, speed, clock });
    sink.hasRoom = () => times.push(clock.nowMs()) > 0;
    feed.start(sink);
    await until('the first message is there', () => sink.messages.length === 1);
    for (let ms = 0; ms < 2_000; ms++) clock.advance(1);
    await until('the replay ends', () => {
      clock.advance(1);
      return sink.states.at(-1) === 'ended';
    });
    const first = times[0]!;
    assert.deepEqual(
      times.map((at) => Math.ceil(at - first)),
      [0, 100, 400, 400, 1_400].map((at) => at / speed),
    );
  }
});

test('a long pause of the recording is cut to the maximum', async () => {
  const clock = new VirtualClock();
  const sink = new FakeSink();
  const path = fileWith(formatMessageLine(message(0, 0)) + formatMessageLine(message(1, 86_400_000)));
  const feed = new ReplayFeed({ path, speed: 1, clock, pauseMsMax: 5_000 });
  feed.start(sink);
  await until('the first message is there', () => sink.messages.length === 1);
  clock.advance(4_999);
  assert.equal(sink.messages.length, 1);
  clock.advance(2);
  assert.equal(sink.messages.length, 2);
  await feed.stop();
});

test('a gap in the recording is told between the messages where it was', async () => {
  const gap = { reason: 'upstream-lost' as const, at: startAt + 50, lengthMs: 1_800, missed: 0 };
  const { sink } = await playAll(
    fileWith(formatMessageLine(message(0)) + formatGapLine(gap) + formatMessageLine(message(1))),
  );
  assert.deepEqual(
    sink.entries.map((entry) => entry.kind),
    ['state', 'state', 'message', 'gap', 'message', 'state'],
  );
  assert.deepEqual(sink.gaps, [gap]);
});

test('a looping replay gives each round message ids of its own, and stops when told', async () => {
  const sink = new FakeSink();
  const feed = new ReplayFeed({ path: fileWith(recording(50)), speed: 'max', clock: systemClock, loop: true });
  feed.start(sink);
  await until('four rounds are played', () => sink.messages.length >= 200);
  await feed.stop();
  const count = sink.messages.length;
  const ids = new Set(sink.messages.map((raw) => raw.msgId));
  assert.equal(ids.size, count);
  assert.ok([...ids].every((id) => /^[0-9]{19}$/.test(id)));
  await new Promise<void>((resolve) => systemClock.soon(resolve));
  assert.equal(sink.messages.length, count);
});

test('ids that a pusher chose are kept, and are others in each further round, however alike they are', async () => {
  const own = ['order-1017', 'key.1', `${'x'.repeat(40)}-of-monday-000000001`, `${'y'.repeat(40)}-of-monday-000000001`];
  const lines = own.map((msgId, index) => formatMessageLine({ ...message(index), msgId }));
  const sink = new FakeSink();
  const feed = new ReplayFeed({ path: fileWith(lines.join('')), speed: 'max', clock: systemClock, loop: true });
  feed.start(sink);
  await until('three rounds are played', () => sink.messages.length >= 12);
  await feed.stop();
  const ids = sink.messages.map(({ msgId }) => msgId);
  assert.deepEqual(ids.slice(0, 4), own);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(
    ids.every((id) => id.length <= 64),
    'none is cut later on',
  );
});

test('what is wrong with a recording is reported in the first round of a loop, and counted in all', async () => {
  const sink = new FakeSink();
  const problems: FeedProblem[] = [];
  const whole = gzipSync(`nonsense\n${recording(50)}`);
  const feed = new ReplayFeed({
    path: fileWith(whole.subarray(0, whole.length - 4)),
    speed: 'max',
    clock: systemClock,
    loop: true,
    report: (problem) => void problems.push(problem),
  });
  feed.start(sink);
  await until('four rounds are played', () => feed.counters.get('rounds') >= 4);
  await feed.stop();
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['malformed-line', 'recording-torn'],
  );
  assert.ok(feed.counters.get('malformed') >= 4 && feed.counters.get('torn') >= 4);
});

test('a segment that a crash or a full disk never let begin does not keep the others from being played', async () => {
  const path = mkdtempSync(join(folder, 'cut-'));
  const writer = new RecordingWriter({ folder: path, room: 'ours', clock: systemClock });
  writer.write(message(1));
  await writer.finish();
  const manifest = readManifest(path);
  const lost = { file: '0002.ndjson.zst', messages: 0, bytes: 0, firstAt: 0, lastAt: 0 };
  const withLost = (complete: boolean) =>
    JSON.stringify({ ...manifest, segments: [...manifest.segments, { ...lost, complete }] });
  writeFileSync(join(path, 'manifest.json'), withLost(false));
  const { sink } = await playAll(path);
  assert.deepEqual(sink.messages.map(plain), [plain(message(1))]);
  writeFileSync(join(path, 'manifest.json'), withLost(true));
  assert.throws(() => new ReplayFeed({ path, speed: 1, clock: systemClock }).start(new FakeSink()), {
    code: 'MEKS_FILE_UNREADABLE',
  });
});

test('a looping replay of a file without messages ends', async () => {
  const { sink } = await playAll(fileWith('nonsense\n'), { loop: true });
  assert.deepEqual(sink.states, ['connecting', 'ended']);
});

test('real recorded payloads play byte for byte', needsCapture('webcast-2023-autumn.ndjson'), async () => {
  const path = capture('webcast-2023-autumn.ndjson');
  const { sink, counters } = await playAll(path);
  const recorded = readFileSync(path, 'utf8').trim().split('\n');
  assert.equal(counters.malformed, 0);
  assert.equal(sink.messages.length, recorded.length);
  for (const [index, line] of recorded.entries()) {
    const { method, b64 } = JSON.parse(line);
    const raw = sink.messages[index]!;
    assert.equal(raw.method, method);
    assert.equal(Buffer.from(raw.payload).toString('base64'), b64);
  }
});
