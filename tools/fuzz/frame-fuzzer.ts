// Mutated Webcast frames over what reads them first: the frame decoder, then the normalizer. Nothing may throw, no
// event may break its bounds, and every frame and message must be in exactly one counter. Owns four normalizers: one
// with the bounds of a broker, three that forget ids at once so that messages reach their families again and again.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { seededRandom, type Random } from '../../src/base/random.ts';
import { readFrame } from '../../src/feed/tiktok/frames.ts';
import { Fields } from '../../src/feed/scripted/wire.ts';
import { handlingOf } from '../../src/normalizer/handlers.ts';
import { Normalizer } from '../../src/normalizer/normalizer.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { assertBounds } from '../../test/support/event-bounds.ts';
import { fieldsOf, mutate, mutateField, type WireField } from '../../test/support/mutation.ts';

/** What became of the frames and of the messages that they held. No payload is in it. */
export interface FuzzReport {
  readonly seed: number;
  readonly seeds: number;
  readonly frames: number;
  readonly frameOutcomes: Readonly<Record<FrameOutcome, number>>;
  readonly messages: number;
  readonly understood: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly unknown: number;
  readonly faults: number;
  readonly events: number;
  readonly quarantineReasons: Readonly<Record<string, number>>;
}

type FrameOutcome = 'messages' | 'entered' | 'heartbeat' | 'other' | 'unreadable';

interface Seed {
  readonly method: string;
  readonly payload: Uint8Array;
  readonly fields: readonly WireField[];
  /** Whole frames of it, plain and zipped. */
  readonly plain: Uint8Array;
  readonly zipped: Uint8Array;
}

/** Seeds beyond would need more than the 53 bits of a number together with that of the frame. */
const seedsMax = 2_097_152;

const startAt = 1_780_000_000_000;
/** Simulated time from one frame to the next: 5 million are nearly three days of a LIVE. */
const frameMs = 50;

export class FrameFuzzer {
  readonly #seed: number;
  readonly #seeds: readonly Seed[];
  /** Those of methods that MEKS reads: most of the frames are made of these. */
  readonly #read: readonly Seed[];
  readonly #clock = new VirtualClock(startAt);
  readonly #rooms: readonly Normalizer[];
  readonly #outcomes: Record<FrameOutcome, number> = { messages: 0, entered: 0, heartbeat: 0, other: 0, unreadable: 0 };
  #frames = 0;
  #messages = 0;

  constructor(messages: readonly RawMessage[], seed: number) {
    this.#seed = seed;
    this.#seeds = messages.map(seedOf);
    this.#read = this.#seeds.filter(({ method }) => handlingOf(method) !== undefined);
    const forgetful = { idsMax: 8, streaksMax: 200, quarantineMessagesMax: 20 };
    this.#rooms = [{}, forgetful, forgetful, forgetful].map(
      (limits, index) => new Normalizer({ room: { id: `room-${index}` }, clock: this.#clock, limits }),
    );
  }

  /** Reads frame number `index`: the same bytes for the same seed and seeds. Throws an assertion that names it. */
  frame(index: number): void {
    const random = seededRandom((this.#seed % seedsMax) * 4_294_967_296 + index);
    const bytes = this.#make(random);
    try {
      this.#feed(bytes, random);
    } catch (error) {
      // The bytes may be a real person's: they are made again by the same numbers, and not printed.
      throw new Error(`--seed ${this.#seed} --from ${index} --frames 1: ${String(error)}`, { cause: error });
    }
  }

  /** Asserts that everything offered is in one place, and says where. */
  report(): FuzzReport {
    const sum = { understood: 0, duplicates: 0, ignored: 0, quarantined: 0, unknown: 0, faults: 0, events: 0 };
    const quarantineReasons: Record<string, number> = {};
    for (const room of this.#rooms) {
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += room.counters.get(name);
      for (const [reason, count] of Object.entries(room.quarantine.countByReason()))
        quarantineReasons[reason] = (quarantineReasons[reason] ?? 0) + count;
    }
    const { understood, duplicates, ignored, quarantined, unknown } = sum;
    assert.equal(this.#messages, understood + duplicates + ignored + quarantined + unknown, 'messages add up');
    const frames = Object.values(this.#outcomes).reduce((all, count) => all + count, 0);
    assert.equal(this.#frames, frames, 'frames add up');
    return {
      seed: this.#seed,
      seeds: this.#seeds.length,
      frames,
      frameOutcomes: { ...this.#outcomes },
      messages: this.#messages,
      ...sum,
      quarantineReasons,
    };
  }

  /** A frame with something wrong in a message, in the list of messages, or in the frame itself. */
  #make(random: Random): Uint8Array {
    const seed = random.pick(random.chance(0.8) ? this.#read : this.#seeds);
    const other = random.pick(this.#seeds);
    const kind = random.int(20);
    if (kind < 11) {
      const payload = random.chance(0.6)
        ? mutateField(seed.fields, random)
        : mutate(seed.payload, other.payload, random);
      const list = listOf([{ method: seed.method, payload }], random);
      return frameOf(kind < 2 ? gzipSync(list, { level: 1 }) : list);
    }
    if (kind < 15) {
      const list = listOf([seed, other], random);
      const fields = random.chance(0.5) ? fieldsOf(list) : null;
      return frameOf(fields === null ? mutate(list, other.payload, random) : mutateField(fields, random));
    }
    return mutate(kind < 18 ? seed.plain : seed.zipped, other.plain, random);
  }

  #feed(bytes: Uint8Array, random: Random): void {
    this.#frames++;
    this.#clock.advance(frameMs);
    const frame = readFrame(bytes, this.#clock.wallMs());
    this.#outcomes[frame.kind]++;
    const room = this.#rooms[random.int(this.#rooms.length)]!;
    const events: MeksEvent[] = [];
    if (frame.kind === 'messages') {
      for (const raw of frame.messages) {
        this.#messages++;
        room.normalize(raw, events);
      }
    }
    if (this.#frames % 20 === 0) for (const one of this.#rooms) one.expire(events);
    assert.equal(room.counters.get('faults'), 0, room.quarantine.entries.at(-1)?.detail ?? '');
    for (const event of events) assertBounds(event);
  }
}

function seedOf({ method, payload }: RawMessage): Seed {
  const list = new Fields().part(1, messageOf(method, payload, '7300000000000000001')).bytes();
  const zipped = frameOf(gzipSync(list, { level: 1 }));
  return { method, payload, fields: fieldsOf(payload) ?? [], plain: frameOf(list), zipped };
}

function messageOf(method: string, payload: Uint8Array, msgId: string): Uint8Array {
  return new Fields().text(1, method).part(2, payload).id(3, msgId).bytes();
}

function listOf(messages: readonly { method: string; payload: Uint8Array }[], random: Random): Uint8Array {
  const list = new Fields();
  for (const { method, payload } of messages) {
    list.part(1, messageOf(method, payload, String(1 + random.int(4_000_000_000))));
  }
  return list.text(5, 'ext').int(9, 1).bytes();
}

function frameOf(payload: Uint8Array): Uint8Array {
  return new Fields().int(2, 7).text(6, 'pb').text(7, 'msg').part(8, payload).bytes();
}
