import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { Normalizer } from '../../src/normalizer/normalizer.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import { textFrame } from '../../src/protocol/websocket-frame.ts';
import { FrameReader } from '../../src/simulator/world/frame-reader.ts';
import { LiveScript } from '../../src/simulator/world/live-script.ts';

// The parts of a world that could make it say nothing: a LIVE that nobody understands, frames that are not read.

test('what a simulated LIVE says is understood, down to its battles', () => {
  const clock = new VirtualClock();
  const script = new LiveScript({
    random: seededRandom(3),
    wallMs: () => clock.wallMs(),
    room: 1,
    people: 30,
    junk: false,
  });
  const normalizer = new Normalizer({ room: { id: '1' }, clock });
  const events: MeksEvent[] = [];
  for (let count = 0; count < 3_000; count++) {
    clock.advance(200);
    const { method, payload, msgId } = script.next(count % 2 === 0);
    normalizer.normalize({ method, payload, msgId: String(msgId), receivedAt: clock.wallMs(), history: false }, events);
  }
  const { messages, understood, quarantined, unknown, clamped, faults } = normalizer.counters.read();
  assert.deepEqual({ quarantined, unknown, clamped, faults }, { quarantined: 0, unknown: 0, clamped: 0, faults: 0 });
  assert.equal(messages, 3_000);
  assert.ok(understood > 2_900, `${understood} understood`);
  const kinds = new Set(events.map((event) => event.kind));
  for (const kind of ['gift', 'battle', 'score', 'like', 'viewers', 'follow', 'share', 'join', 'chat', 'room'] as const)
    assert.ok(kinds.has(kind), kind);
});

test('frames are read whole, whatever pieces they come in', () => {
  const texts = ['', 'a', 'x'.repeat(125), 'y'.repeat(126), 'z'.repeat(3_000), '❤', 'w'.repeat(66_000)];
  const bytes = Buffer.concat(texts.map((text) => textFrame(text)));
  for (const size of [17, 1_000, 4_096, bytes.length]) {
    const read: string[] = [];
    const reader = new FrameReader((text) => read.push(text));
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
    assert.deepEqual(read, texts, `in pieces of ${size}`);
  }
});
