import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { seededRandom } from '../src/base/random.ts';
import type { Outcome } from '../src/cli/playground/room-run.ts';
import { RoomRun } from '../src/cli/playground/room-run.ts';
import { runOnce } from '../src/cli/playground/run.ts';
import { readRecording } from '../src/feed/recording.ts';
import { TiktokFeed } from '../src/feed/tiktok.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { WebcastServer } from '../src/simulator/webcast-server.ts';
import { webcastCapture } from './support/captured-messages.ts';
import { capture, needsCapture } from './support/captures.ts';
import { FakeSink } from './support/fake-sink.ts';
import { fieldsOf } from './support/mutation.ts';
import type { WireField } from './support/mutation.ts';
import { until } from './support/until.ts';

// Recorded payloads as a Webcast server would send them, through real sockets and the real feed: what comes out is what
// the playground makes of the same file, and no id loses a digit.

const servers: WebcastServer[] = [];
after(() => Promise.all(servers.map((server) => server.close())));

interface Recorded {
  readonly raw: RawMessage;
  readonly room: string;
}

/** Each message under a number of its own, by which it is known again after the socket. */
async function recorded(): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const item of readRecording(capture(webcastCapture))) {
    if (item.kind !== 'message') continue;
    const { roomId, uniqueId } = item.origin;
    const room = roomId !== '' && roomId !== '0' ? roomId : `@${uniqueId}`;
    all.push({ raw: item.raw, room });
  }
  return all;
}

async function overSockets(messages: readonly RawMessage[], gzip: boolean): Promise<RawMessage[]> {
  let next = 0;
  const source = { next: () => (next < messages.length ? { atMs: 0, raw: messages[next++]! } : null) };
  const server = await WebcastServer.listen({ clock: systemClock, random: seededRandom(1), source, pace: 'max', gzip });
  servers.push(server);
  const feed = new TiktokFeed({
    source: { kind: 'direct-url', url: server.socketUrl },
    clock: systemClock,
    random: seededRandom(2),
    // A recorded end of a LIVE is one for the feed as well: it comes back for what is left.
    timing: { retryMs: 5, retryMsMax: 20, offlineMs: 5, offlineMsMax: 10, endedMs: 1 },
    afterEnd: 'poll',
  });
  const sink = new FakeSink();
  feed.start(sink);
  await until('every message', () => new Set(sink.messages.map(({ msgId }) => msgId)).size === messages.length);
  await feed.stop();
  const first = new Map<string, RawMessage>();
  for (const raw of sink.messages) if (!first.has(raw.msgId)) first.set(raw.msgId, raw);
  return [...first.values()];
}

function plain({ method, result, published, notes }: Outcome): unknown {
  return { method, result, notes, events: published.map(({ event }) => event) };
}

for (const gzip of [true, false]) {
  test(
    `recorded payloads over sockets, ${gzip ? 'zipped' : 'plain'}, come out as through the playground, byte for byte`,
    needsCapture(webcastCapture),
    async () => {
      const given = await recorded();
      assert.equal(given.length, 1150);
      const numbered = given.map(({ raw }, index) => Object.assign({}, raw, { msgId: String(index + 1) }));
      const came = await overSockets(numbered, gzip);
      const expected: unknown[] = [];
      const complain = (message: string): void => assert.fail(message);
      const outcome = (one: Outcome): void => void expected.push(plain(one));
      const printer = { outcome, settled: () => {}, end: () => {} };
      await runOnce({ files: [capture(webcastCapture)], printer, complain, progress: () => {} });
      const rooms = new Map<string, RoomRun>();
      for (const [index, raw] of came.entries()) {
        const { room, raw: original } = given[index]!;
        assert.equal(raw.msgId, String(index + 1), 'the order is kept');
        assert.deepEqual(Buffer.from(raw.payload), Buffer.from(original.payload));
        const run = rooms.get(room) ?? new RoomRun(room, original.receivedAt);
        rooms.set(room, run);
        run.settleUntil(original.receivedAt);
        const { receivedAt, msgId } = original;
        const now = run.message({ ...raw, receivedAt, msgId }, { file: '', line: 0, room });
        assert.deepEqual(plain(now), expected[index], `message ${index + 1}`);
      }
      assert.equal(came.length, expected.length);
    },
  );
}

test(
  'every id of 16 digits or more in an event stands in the bytes of its message',
  needsCapture(webcastCapture),
  async () => {
    let ids = 0;
    let beyondNumbers = 0;
    const raws = await recorded();
    let index = 0;
    const outcome = ({ published }: Outcome): void => {
      const inBytes = longNumbers(raws[index++]!.raw.payload);
      for (const { event } of published) {
        for (const id of JSON.stringify({ ...event, state: null }).match(/(?<![0-9])[0-9]{16,19}(?![0-9])/g) ?? []) {
          assert.ok(inBytes.has(id), `an id of a ${event.kind} is not the one that was sent`);
          ids++;
          if (String(Number(id)) !== id) beyondNumbers++;
        }
      }
    };
    const printer = { outcome, settled: () => {}, end: () => {} };
    await runOnce({ files: [capture(webcastCapture)], printer, complain: assert.fail, progress: () => {} });
    assert.ok(ids > 1_000 && beyondNumbers > 500, `${ids} ids, ${beyondNumbers} of them beyond a number's digits`);
  },
);

function longNumbers(payload: Uint8Array): Set<string> {
  const found = new Set(
    Buffer.from(payload)
      .toString('latin1')
      .match(/[0-9]{16,19}/g) ?? [],
  );
  const walk = (fields: readonly WireField[]): void => {
    for (const { wire, value, parts } of fields) {
      if (parts !== null) walk(parts);
      if (wire !== 0) continue;
      let number = 0n;
      for (const [at, byte] of value.entries()) number |= BigInt(byte & 127) << BigInt(7 * at);
      found.add(String(number));
    }
  };
  walk(fieldsOf(payload) ?? []);
  return found;
}
