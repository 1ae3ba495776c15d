import { getHeapStatistics } from 'node:v8';
import { sampleGift } from '../../test/support/sample-gift.ts';
import { systemClock } from '../base/clock.ts';
import type { GiftEvent } from './events.ts';
import { encodeEventFrame } from './frames.ts';
import { frameHeaderBytes, writeFrameHeader } from './websocket-frame.ts';

// Goal: what it costs to make the WebSocket frame of an event, once for everybody: the text, its header, the bytes.
// Run: node src/protocol/frames.bench.ts. The check number is the sum of bytes written.

export interface FrameCost {
  readonly frameNs: number;
  readonly frameBytes: number;
  readonly check: number;
}

const gift: GiftEvent = {
  ...sampleGift(0),
  user: { id: '7201234567890123456', handle: 'a.gifter', name: 'A Gifter', avatar: 'https://pictures.example/1.webp' },
};

/** Costs of making `frames` frames of a gift into one buffer. */
export function runFrameBench(frames: number): FrameCost {
  const buffer = Buffer.alloc(4_096);
  let check = 0;
  const heap = getHeapStatistics().total_allocated_bytes;
  const start = systemClock.nowMs();
  for (let seq = 1; seq <= frames; seq++) {
    const text = encodeEventFrame(seq, gift);
    writeFrameHeader(buffer, 0, text.length);
    check += frameHeaderBytes(text.length) + buffer.write(text, frameHeaderBytes(text.length), 'latin1');
  }
  const frameNs = ((systemClock.nowMs() - start) / frames) * 1e6;
  return { frameNs, frameBytes: (getHeapStatistics().total_allocated_bytes - heap) / frames, check };
}

if (import.meta.main) {
  runFrameBench(100_000);
  console.table([runFrameBench(1_000_000)]);
}
