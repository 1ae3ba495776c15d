import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NatsReader } from './nats-reader.ts';
import { websocketFrame } from './tape.ts';
import { eventId } from './world.ts';

const payload = (index: number): string =>
  `{"seq":${index + 1},"kind":"gift","id":"${eventId(index)}","filler":"${'x'.repeat(300 + index)}"}`;
const text = [
  'INFO {"server_id":"x"}\r\n',
  'PONG\r\n',
  ...[0, 1, 2].map((i) => `MSG room 1 ${payload(i).length}\r\n${payload(i)}\r\n`),
];
const protocolBytes = Buffer.from(text.join(''));

/** The stream cut into frames of `frameBytes`, as the server does without regard to messages. */
function framed(frameBytes: number): Buffer {
  const frames: Buffer[] = [];
  for (let at = 0; at < protocolBytes.length; at += frameBytes) {
    frames.push(websocketFrame(protocolBytes.subarray(at, at + frameBytes), 0x82, false));
  }
  return Buffer.concat(frames);
}

test('messages are found whatever the frames and the reads cut', () => {
  for (const frameBytes of [1, 7, 100, 126, 400, 5_000]) {
    for (const readBytes of [1, 3, 250, 100_000]) {
      const seen: string[] = [];
      const reader = new NatsReader(1, {
        event: (_dashboard, index, seq) => seen.push(`event ${index} ${seq}`),
        message: (_dashboard, bytes, start, end) =>
          seen.push(Buffer.from(bytes.subarray(start, end)).toString().trim()),
        control: () => assert.fail('no control frames'),
      });
      const bytes = framed(frameBytes);
      for (let at = 0; at < bytes.length; at += readBytes) {
        reader.read(0, bytes, at, Math.min(bytes.length, at + readBytes), 1);
      }
      assert.deepEqual(
        seen,
        ['INFO {"server_id":"x"}', 'PONG', 'event 0 1', 'event 1 2', 'event 2 3'],
        `${frameBytes} ${readBytes}`,
      );
    }
  }
});
