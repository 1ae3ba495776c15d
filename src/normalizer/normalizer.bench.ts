// What one message costs: nanoseconds and bytes allocated, decode included. Prints a hash of the result, so that nobody
// makes it faster by changing what it means. Real recordings are measured beside the made ones where the folder named
// by MEKS_CAPTURES exists. Run: node src/normalizer/normalizer.bench.ts

import { fromBinary } from '@bufbuild/protobuf';
import { existsSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import { capturedMessages, webcastCapture } from '../../test/support/captured-messages.ts';
import { capture } from '../../test/support/captures.ts';
import { realSizeGift } from '../../test/support/webcast-messages.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { MeksEvent } from '../protocol/events.ts';
import type { RawMessage } from '../protocol/raw.ts';
import { handlingOf } from './handlers.ts';
import { Normalizer } from './normalizer.ts';
import { WireCheck } from './wire-check.ts';

export interface BenchResult {
  readonly name: string;
  readonly messages: number;
  readonly payloadBytes: number;
  readonly nsPerMessage: number;
  /** Heap allocated, garbage included. */
  readonly bytesPerMessage: number;
  readonly perSecond: number;
  readonly diamonds: number;
}

/** Gifts of `gifters` viewers, in streaks of twenty ticks. */
export function madeGifts(count: number, gifters = 200): RawMessage[] {
  return Array.from({ length: count }, (_, index) => {
    const round = Math.floor(index / (gifters * 20));
    const tick = Math.floor(index / gifters) % 20;
    return realSizeGift({
      msgId: String(7_400_000_000_000_000_000n + BigInt(index) * 911n),
      userId: String(6_800_000_000_000_000_000n + BigInt(index % gifters)),
      group: String(1_780_000_000_500 + round * 60_000 + (index % gifters)),
      total: tick + 1,
    });
  });
}

type Run = (messages: readonly RawMessage[]) => number;

/** Nanoseconds and bytes of `run` over `messages`, best of `rounds`. */
function measure(name: string, messages: readonly RawMessage[], rounds: number, run: Run): BenchResult {
  let best = Number.POSITIVE_INFINITY;
  let diamonds = 0;
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    diamonds = run(messages);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / messages.length);
  }
  let payloadBytes = 0;
  for (const { payload } of messages) payloadBytes += payload.length;
  return {
    name,
    messages: messages.length,
    payloadBytes: Math.round(payloadBytes / messages.length),
    nsPerMessage: Math.round(best),
    bytesPerMessage: allocated(messages, run),
    perSecond: Math.round(1e9 / best),
    diamonds,
  };
}

/** Bytes allocated per message, garbage included: V8 counts them. */
function allocated(messages: readonly RawMessage[], run: Run): number {
  const before = getHeapStatistics().total_allocated_bytes;
  run(messages);
  return Math.round((getHeapStatistics().total_allocated_bytes - before) / messages.length);
}

function normalizeAll(messages: readonly RawMessage[]): number {
  const normalizer = new Normalizer({ room: { id: 'bench' }, clock: new VirtualClock() });
  const out: MeksEvent[] = [];
  for (const message of messages) {
    out.length = 0;
    normalizer.normalize(message, out);
  }
  return normalizer.counters.get('diamondsCounted');
}

function decodeAll(messages: readonly RawMessage[]): number {
  for (const { method, payload } of messages) handlingOf(method)?.decode(payload);
  return 0;
}

function decodeByLibrary(messages: readonly RawMessage[]): number {
  for (const { method, payload } of messages) {
    const handling = handlingOf(method);
    if (handling !== undefined) fromBinary(handling.schema, payload, { readUnknownFields: false });
  }
  return 0;
}

function checkAll(messages: readonly RawMessage[]): number {
  const check = new WireCheck(10_000);
  for (const { method, payload } of messages) {
    const handling = handlingOf(method);
    if (handling !== undefined) check.check(handling.shape, handling.known, payload);
  }
  return 0;
}

/** The whole benchmark over `count` made gifts: small in tests, real when run by hand. */
export function bench(count: number, rounds: number): BenchResult[] {
  const gifts = madeGifts(count);
  const results = [
    measure('normalize, made gifts', gifts, rounds, normalizeAll),
    measure('  of which wire check', gifts, rounds, checkAll),
    measure('  of which decode', gifts, rounds, decodeAll),
    measure('  decode by the library', gifts, rounds, decodeByLibrary),
  ];
  const recorded = recordedMessages();
  const ofGifts = recorded.filter((message) => message.method === 'WebcastGiftMessage');
  for (const [name, messages] of [
    ['normalize, recorded gifts', ofGifts],
    ['normalize, recorded mix', recorded],
  ] as const)
    if (messages.length > 0)
      results.push(measure(name, repeated(messages, count), rounds, (some) => normalizeEach(some, messages.length)));
  return results;
}

function repeated(messages: readonly RawMessage[], count: number): RawMessage[] {
  return Array.from({ length: count }, (_, index) => messages[index % messages.length]!);
}

/** Each pass over the recording by a normalizer of its own: the second time everything would be a duplicate. */
function normalizeEach(messages: readonly RawMessage[], length: number): number {
  let diamonds = 0;
  for (let done = 0; done < messages.length; done += length)
    diamonds += normalizeAll(messages.slice(done, done + length));
  return diamonds;
}

function recordedMessages(): RawMessage[] {
  return existsSync(capture(webcastCapture)) ? capturedMessages().map(({ raw }) => raw) : [];
}

if (import.meta.main) {
  const { version, arch } = process;
  process.stdout.write(`node ${version} ${arch}\n`);
  for (const result of bench(20_000, 5)) process.stdout.write(`${JSON.stringify(result)}\n`);
}
