import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Feed } from '../../src/feed/feed.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { FakeSink } from '../support/fake-sink.ts';
import { until } from '../support/until.ts';

// What every feed owes the rest of the house, as one suite: order, each message once, back-pressure, interruption, end,
// stop and restart. It runs on every implementation and on a fake of thirty lines, which proves that the suite asks for
// nothing that only our feeds happen to do.

/** One source that is about to be played, and the feed that plays it. */
export interface FeedUnderTest {
  readonly feed: Feed;
  /** What the source holds, in order; a feed without an end gives at least these. */
  readonly expected: readonly RawMessage[];
  /** Lets time pass, for feeds on a virtual clock. Called again and again while the suite waits. */
  readonly pass?: () => void;
  /** Breaks the connection to the source for a moment. Absent: this feed has nothing that could break. */
  readonly interrupt?: () => void;
  readonly close?: () => Promise<void>;
}

export interface FeedKind {
  readonly name: string;
  /**
   * `length` is how many messages the suite wants to see. `ends`: the source stops after about so many; otherwise it
   * must go on.
   */
  make(options: { readonly length: number; readonly ends: boolean }): Promise<FeedUnderTest>;
  /** What does not apply to it, each with its reason. Left out, not skipped: under CI nothing may be skipped. */
  readonly exempt?: { readonly end?: string; readonly interruption?: string };
}

export function feedContract(kind: FeedKind): void {
  const title = (sentence: string): string => `${kind.name}: ${sentence}`;

  test(title('says connecting first and live before the first message'), async () => {
    await withFeed(kind, { length: 20, ends: false }, async ({ feed, pass }, sink) => {
      feed.start(sink);
      await wait('messages', () => sink.messages.length >= 20, pass);
      const first = sink.entries.findIndex((entry) => entry.kind === 'message');
      const before = sink.entries.slice(0, first).flatMap((entry) => (entry.kind === 'state' ? [entry.state] : []));
      assert.equal(before[0], 'connecting');
      assert.equal(before.at(-1), 'live');
    });
  });

  test(title('gives the messages of its source in order, each once, byte for byte'), async () => {
    await withFeed(kind, { length: 400, ends: false }, async ({ feed, expected, pass }, sink) => {
      feed.start(sink);
      await wait('messages', () => sink.messages.length >= 400, pass);
      assertSame(sink.messages, expected, 400);
      assert.ok(sink.entries.every((entry) => entry.kind !== 'lost'));
    });
  });

  test(title('waits for room and loses, repeats or turns around nothing'), async () => {
    await withFeed(kind, { length: 400, ends: false }, async ({ feed, expected, pass }, sink) => {
      let room = 0;
      sink.hasRoom = () => room-- > 0;
      feed.start(sink);
      await wait(
        'messages through a narrow sink',
        () => {
          // Never the same amount of room twice in a row, none at all now and then.
          room = (sink.offers * 7) % 5;
          sink.makeRoom();
          return sink.messages.length >= 400;
        },
        pass,
      );
      assert.ok(sink.refusals > 50, `${sink.refusals} refusals`);
      assertSame(sink.messages, expected, 400);
      assert.ok(sink.entries.every((entry) => entry.kind !== 'lost'));
    });
  });

  stopContract(kind, title);
  endContract(kind, title);
  interruptionContract(kind, title);
}

function stopContract(kind: FeedKind, title: (sentence: string) => string): void {
  test(title('offers nothing after stop has resolved, and stopping again is no harm'), async () => {
    await withFeed(kind, { length: 400, ends: false }, async ({ feed, pass }, sink) => {
      feed.start(sink);
      await wait('messages', () => sink.messages.length > 10, pass);
      await feed.stop();
      const count = sink.entries.length;
      await turns(pass);
      assert.equal(sink.entries.length, count);
      await feed.stop();
      assert.equal(sink.entries.length, count);
    });
  });

  test(title('stops while it waits for room, and room that comes later changes nothing'), async () => {
    await withFeed(kind, { length: 400, ends: false }, async ({ feed, pass }, sink) => {
      sink.hasRoom = (offers) => offers < 5;
      feed.start(sink);
      await wait('a refusal', () => sink.refusals > 0, pass);
      await feed.stop();
      const count = sink.entries.length;
      const { offers } = sink;
      sink.makeRoom();
      await turns(pass);
      assert.equal(sink.entries.length, count);
      assert.equal(sink.offers, offers);
    });
  });

  test(title('can be stopped before it was started'), async () => {
    await withFeed(kind, { length: 10, ends: false }, async ({ feed }, sink) => {
      await feed.stop();
      assert.equal(sink.entries.length, 0);
    });
  });

  test(title('starts again after it was stopped, into another sink'), async () => {
    await withFeed(kind, { length: 200, ends: false }, async ({ feed, pass }, sink) => {
      feed.start(sink);
      await wait('messages', () => sink.messages.length >= 50, pass);
      await feed.stop();
      const count = sink.entries.length;
      const second = new FakeSink();
      feed.start(second);
      await wait('messages after the restart', () => second.messages.length >= 50, pass);
      await feed.stop();
      assert.equal(sink.entries.length, count, 'the first sink is left alone');
      assert.equal(second.states[0], 'connecting');
      assert.deepEqual(second.violations, []);
    });
  });
}

function endContract(kind: FeedKind, title: (sentence: string) => string): void {
  if (kind.exempt?.end !== undefined) return;
  test(title('says once that the LIVE has ended, after its last message'), async () => {
    await withFeed(kind, { length: 150, ends: true }, async ({ feed, expected, pass }, sink) => {
      feed.start(sink);
      await wait('the end', () => sink.states.includes('ended'), pass);
      await turns(pass);
      const last = sink.entries.findLastIndex((entry) => entry.kind === 'message');
      const end = sink.entries.findIndex((entry) => entry.kind === 'state' && entry.state === 'ended');
      assert.ok(end > last, 'nothing comes after the end');
      assert.equal(sink.states.filter((state) => state === 'ended').length, 1);
      assertSame(sink.messages, expected, expected.length);
    });
  });
}

function interruptionContract(kind: FeedKind, title: (sentence: string) => string): void {
  if (kind.exempt?.interruption !== undefined) return;
  test(title('tells an interruption as a gap, and goes on by itself'), async () => {
    await withFeed(kind, { length: 300, ends: false }, async ({ feed, pass, interrupt }, sink) => {
      assert.ok(interrupt !== undefined, 'a feed that cannot be interrupted says why in `exempt`');
      feed.start(sink);
      await wait('messages', () => sink.messages.length >= 30, pass);
      const before = sink.messages.length;
      interrupt();
      await wait('the gap', () => sink.gaps.length > 0, pass);
      await wait('messages after the gap', () => sink.messages.length > before + 30, pass);
      assert.equal(sink.gaps.length, 1);
      assert.ok(sink.gaps[0]!.at > 0);
    });
  });
}

async function withFeed(
  kind: FeedKind,
  options: { length: number; ends: boolean },
  run: (made: FeedUnderTest, sink: FakeSink) => Promise<void>,
): Promise<void> {
  const made = await kind.make(options);
  const sink = new FakeSink();
  try {
    await run(made, sink);
    await made.feed.stop();
    assert.deepEqual(sink.violations, []);
  } finally {
    await made.feed.stop();
    await made.close?.();
  }
}

async function wait(name: string, holds: () => boolean, pass: (() => void) | undefined): Promise<void> {
  await until(name, () => {
    pass?.();
    return holds();
  });
}

/** Gives whatever is still scheduled the chance to happen. */
async function turns(pass: (() => void) | undefined): Promise<void> {
  for (let turn = 0; turn < 20; turn++) {
    pass?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function assertSame(actual: readonly RawMessage[], expected: readonly RawMessage[], count: number): void {
  const plain = (raw: RawMessage): string =>
    `${raw.method} ${raw.msgId} ${Buffer.from(raw.payload).toString('base64')}`;
  for (let index = 0; index < count; index++) {
    assert.equal(plain(actual[index]!), plain(expected[index]!), `message ${index}`);
  }
}
