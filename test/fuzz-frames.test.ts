import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ScriptedWorld } from '../src/feed/scripted.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { FrameFuzzer } from '../tools/fuzz/frame-fuzzer.ts';
import type { FuzzReport } from '../tools/fuzz/frame-fuzzer.ts';
import { capturedMessages, webcastCapture } from './support/captured-messages.ts';
import { needsCapture } from './support/captures.ts';

// The short form of `node tools/fuzz-frames.ts`: what reads upstream's bytes first survives whatever they are.

const frames = 15_000;
const seed = Number(process.env['FUZZ_SEED'] ?? 20_260_501);

function fuzzed(messages: readonly RawMessage[]): FuzzReport {
  const fuzzer = new FrameFuzzer(messages, seed);
  for (let index = 0; index < frames; index++) fuzzer.frame(index);
  return fuzzer.report();
}

/** The mutations neither spare everything nor break everything: each counter has its share. */
function assertBite(report: FuzzReport): void {
  assert.equal(report.frames, frames);
  assert.equal(report.faults, 0);
  const { understood, duplicates, ignored, quarantined, unknown } = report;
  for (const [name, count] of Object.entries({ understood, duplicates, ignored, quarantined, unknown }))
    assert.ok(count > frames / 1_000, `seed ${seed}: ${count} ${name}`);
  assert.ok(report.frameOutcomes.unreadable > frames / 10);
}

test(`${frames} mutated frames of a scripted LIVE: no crash, every frame and message counted in one place`, () => {
  const world = new ScriptedWorld({ seed: 1, startAt: 1_780_000_000_000 });
  const messages = Array.from({ length: 400 }, () => world.next()!.raw);
  // Something that MEKS knows and does not read: the scripted LIVE has none of it.
  const toasts = messages.slice(0, 40).map((raw) => Object.assign({}, raw, { method: 'WebcastToastMessage' }));
  assertBite(fuzzed([...messages, ...toasts]));
});

test(`${frames} mutated frames of recorded LIVEs: the same`, needsCapture(webcastCapture), () => {
  assertBite(fuzzed(capturedMessages().map(({ raw }) => raw)));
});

test('a frame is made again by its seed and number alone, so that a failure can be repeated', () => {
  const world = new ScriptedWorld({ seed: 1, startAt: 1_780_000_000_000 });
  const messages = Array.from({ length: 50 }, () => world.next()!.raw);
  const outcomeOf = (index: number): string => {
    const fuzzer = new FrameFuzzer(messages, seed);
    fuzzer.frame(index);
    return JSON.stringify(fuzzer.report());
  };
  for (let index = 0; index < 20; index++) assert.equal(outcomeOf(index), outcomeOf(index));
});
