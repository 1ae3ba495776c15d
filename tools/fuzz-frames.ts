// `node tools/fuzz-frames.ts --frames N --seed S [--from N] [--out FILE]`: mutated frames by the million over the frame
// decoder and the normalizer. The seeds are recorded messages where there are any (MEKS_CAPTURES), else scripted ones.
// Prints what became of them, and ends with 1 at the first crash, event out of bounds, uncounted message or growing
// memory.

import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ScriptedWorld } from '../src/feed/scripted.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { capturedMessages, webcastCapture } from '../test/support/captured-messages.ts';
import { capture } from '../test/support/captures.ts';
import { FrameFuzzer } from './fuzz/frame-fuzzer.ts';

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '200000' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    out: { type: 'string' },
  },
});
const frames = Number(values.frames);
const from = Number(values.from);
const recorded = existsSync(capture(webcastCapture));
const fuzzer = new FrameFuzzer(recorded ? capturedMessages().map(({ raw }) => raw) : scripted(), Number(values.seed));

/** Memory may grow by this much after the first tenth: caches that fill, and the collector's mood. */
const growthBytesMax = 96 * 1_048_576;

function scripted(): RawMessage[] {
  const world = new ScriptedWorld({ seed: 1, startAt: 1_780_000_000_000 });
  return Array.from({ length: 600 }, () => world.next()!.raw);
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1_048_576);
}

const startedMs = performance.now();
let settledBytes = 0;
let highestBytes = 0;
for (let index = 0; index < frames; index++) {
  fuzzer.frame(from + index);
  // Turns of the loop, as real frames come: what an inflater that failed still holds is let go of between turns.
  if (index % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  if (index % 10_000 !== 0) continue;
  const { rss } = process.memoryUsage();
  if (index <= frames / 10) settledBytes = Math.max(settledBytes, rss);
  else highestBytes = Math.max(highestBytes, rss);
  if (process.stderr.isTTY) process.stderr.write(`\r${index.toLocaleString('en')} frames, ${megabytes(rss)} MB `);
}
const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
const result = {
  command: `node tools/fuzz-frames.ts --frames ${frames} --seed ${values.seed}`,
  seedsFrom: recorded ? 'recorded messages' : 'scripted messages',
  node: process.version,
  ...fuzzer.report(),
  seconds,
  memory: {
    peakMb: megabytes(process.resourceUsage().maxRSS * 1024),
    afterTheFirstTenthMb: megabytes(settledBytes),
    highestAfterwardsMb: megabytes(highestBytes),
  },
};
const text = `${JSON.stringify(result, null, 2)}\n`;
process.stdout.write(text);
if (values.out !== undefined) writeFileSync(values.out, text);
// A short run is over before the caches are full.
if (frames >= 1_000_000 && highestBytes - settledBytes > growthBytesMax) {
  process.stderr.write(`memory grew from ${megabytes(settledBytes)} to ${megabytes(highestBytes)} MB\n`);
  process.exitCode = 1;
}
