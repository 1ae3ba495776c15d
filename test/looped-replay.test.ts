import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { systemClock } from '../src/base/clock.ts';
import { readPush } from '../src/feed/push.ts';
import { formatMessageLine, readRecording } from '../src/feed/recording.ts';
import { ReplayFeed } from '../src/feed/replay.ts';
import { ScriptedWorld } from '../src/feed/scripted.ts';
import { Normalizer } from '../src/normalizer/normalizer.ts';
import type { MeksEvent } from '../src/protocol/events.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { capture, needsCapture } from './support/captures.ts';
import { until } from './support/until.ts';
import { giftOf, messageTime } from './support/webcast-messages.ts';

// A recording that is played in a loop, from the file to the board: each round is another LIVE, counted like the first.

const folder = mkdtempSync(join(tmpdir(), 'meks-loop-'));
after(() => rmSync(folder, { recursive: true }));

function recordingOf(name: string, messages: readonly RawMessage[]): string {
  const path = join(folder, name);
  writeFileSync(path, messages.map(formatMessageLine).join(''));
  return path;
}

/** What came of one round. */
interface Round {
  readonly outcomes: Record<string, number>;
  readonly kinds: Record<string, number>;
  readonly session: readonly unknown[];
  readonly board: readonly (readonly [string, number])[];
  /** The phases that its battles went through. */
  readonly battles: readonly string[];
  readonly streaksJoined: number;
}

/**
 * Plays `rounds` rounds of `path`, of `length` messages each, into a room: with that log, where it was left in the
 * middle of a round.
 */
async function playRounds(
  path: string,
  length: number,
  rounds: number,
  log: readonly MeksEvent[] = [],
): Promise<Round[]> {
  const ranking = new Ranking({ room: { id: 'room', handle: 'ours' }, hostId: '' });
  const normalizer = new Normalizer({ room: { id: 'room' }, clock: systemClock });
  const done: Round[] = [];
  let seq = 0;
  for (const event of log) {
    normalizer.restore(event);
    ranking.apply(++seq, structuredClone(event));
  }
  const left = log.length > 0;
  const roundsMax = left ? rounds + 1 : rounds;
  let played = left ? length : 0;
  let counted = normalizer.counters.read();
  let events: MeksEvent[] = [];
  const take = (raw: RawMessage): void => {
    const out: MeksEvent[] = [];
    normalizer.normalize(raw, out);
    for (const event of out) ranking.apply(++seq, event);
    events.push(...out);
  };
  const endRound = (): void => {
    const now = normalizer.counters.read();
    done.push(roundOf(ranking, events, now, counted));
    events = [];
  };
  const roomTime = (): number => ranking.aging.time();
  const feed = new ReplayFeed({ path, speed: 'max', clock: systemClock, loop: true, roomTime });
  feed.start({
    offer: (raw) => {
      if (done.length === roundsMax) return false;
      // Between two rounds stands the end of the LIVE.
      const between = played === length;
      if (between) endRound();
      take(raw);
      if (between) {
        events = [];
        counted = normalizer.counters.read();
      }
      played = between ? 0 : played + 1;
      return true;
    },
    whenSpace: () => {},
    lost: () => {},
    gap: () => {},
    state: () => {},
  });
  await until(`${rounds} rounds are played`, () => done.length === roundsMax, 60_000);
  await feed.stop();
  return left ? done.slice(1) : done;
}

function roundOf(
  { view }: Ranking,
  events: readonly MeksEvent[],
  now: Readonly<Record<string, number>>,
  before: Readonly<Record<string, number>>,
): Round {
  const outcomes: Record<string, number> = {};
  for (const name of [
    'understood',
    'duplicates',
    'ignored',
    'quarantined',
    'unknown',
    'diamondsCounted',
    'alarmJoined',
  ])
    outcomes[name] = now[name]! - before[name]!;
  const kinds: Record<string, number> = {};
  for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const { status, diamonds, gifters, likes } = view.session;
  return {
    outcomes,
    kinds,
    session: [status, diamonds, gifters, likes],
    board: view.board.map((row) => [row.user.id, row.diamonds] as const),
    battles: events.flatMap((event) =>
      event.kind === 'battle' && event.change === 'state' && event.state !== null ? [event.phase] : [],
    ),
    streaksJoined: events.filter((event) => event.kind === 'gift' && event.streak?.joined === true).length,
  };
}

/** A made-up LIVE of so many messages: it is cut off in the middle of streaks. */
function scripted(count: number): RawMessage[] {
  const profile = { firstBattleSec: 5, battleEverySec: 60, battleSec: 15, burstSec: 5, punishSec: 5 };
  const world = new ScriptedWorld({ seed: 7, startAt: messageTime, profile, faults: { outageEverySec: 0 } });
  const messages: RawMessage[] = [];
  while (messages.length < count) messages.push(world.next()!.raw);
  return messages;
}

test('each round of a loop counts like the first: gifts, streaks, battles, boards', async () => {
  const messages = scripted(8_000);
  const [first, second, third] = await playRounds(recordingOf('evening.ndjson', messages), messages.length, 3);
  assert.ok(first!.battles.includes('open') && first!.battles.includes('finished'), String(first!.battles));
  assert.ok((first!.outcomes['diamondsCounted'] ?? 0) > 10_000);
  assert.deepEqual(second, first);
  assert.deepEqual(third, first);
});

test('after a restart in the middle of a round a loop goes on with the next one, which counts like all others', async () => {
  const messages = scripted(4_000);
  const path = recordingOf('night.ndjson', messages);
  const [first] = await playRounds(path, messages.length, 1);
  const normalizer = new Normalizer({ room: { id: 'room' }, clock: systemClock });
  const log: MeksEvent[] = [];
  for (const raw of messages.slice(0, 2_500)) normalizer.normalize(raw, log);
  assert.deepEqual(await playRounds(path, messages.length, 2, log), [first, first]);
});

test('a streak that is open when a round ends is none of the next round', async () => {
  const messages = [1, 2, 3].map((total) =>
    giftOf({ msgId: String(900 + total), total, price: 5, group: '1780000000777', at: messageTime + total * 1_000 }),
  );
  const rounds = await playRounds(recordingOf('open.ndjson', messages), messages.length, 2);
  assert.deepEqual(rounds[1], rounds[0]);
  assert.deepEqual(rounds[0]!.session.slice(0, 2), ['live', 15]);
});

test('what was pushed and names no LIVE begins anew with each round as well', async () => {
  const items = [1, 2, 3].map((count) => ({
    event: 'gift',
    data: {
      msgId: String(5_000 + count),
      userId: '77',
      giftId: 5655,
      diamondCount: 5,
      repeatCount: count,
      giftType: 4,
    },
  }));
  const { messages } = readPush(items, messageTime);
  const rounds = await playRounds(recordingOf('pushed.ndjson', messages), messages.length, 3);
  assert.deepEqual(rounds[0]!.session.slice(0, 2), ['live', 30]);
  assert.deepEqual(rounds.slice(1), [rounds[0], rounds[0]]);
});

test('a real recording counts alike in each round', needsCapture('webcast-2023-autumn.ndjson'), async () => {
  const path = capture('webcast-2023-autumn.ndjson');
  let length = 0;
  for await (const item of readRecording(path)) if (item.kind === 'message') length++;
  const [first, second] = await playRounds(path, length, 2);
  assert.deepEqual(second, first);
});
