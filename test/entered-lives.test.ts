import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../src/base/virtual-clock.ts';
import { enteredMessage, pausedMessage } from '../src/feed/upstream/entered.ts';
import { Normalizer } from '../src/normalizer/normalizer.ts';
import type { MeksEvent } from '../src/protocol/events.ts';
import type { RawMessage } from '../src/protocol/raw.ts';
import { battleAction } from '../src/protocol/webcast/values.ts';
import { WebcastLinkMicBattleSchema } from '../src/protocol/webcast/webcast_pb.ts';
import { Ranking } from '../src/ranking/ranking.ts';
import { FakeSink } from './support/fake-sink.ts';
import { until } from './support/until.ts';
import { commonOf, giftOf, hostId, messageTime, rawOf } from './support/webcast-messages.ts';
import { scene } from './support/webcast-scene.ts';

// What the feed knows of the LIVE that it has entered, from the sockets to the board: nothing of a LIVE counts for the
// one before, though its first messages are few.

const [yesterday, today] = ['7400000000000000100', '7400000000000000200'];

function giftIn(roomId: string, msgId: string, price: number): RawMessage {
  return giftOf({ msgId, price, group: '0' }, { common: { ...commonOf(msgId), roomId } });
}

function openIn(roomId: string, msgId: string, battleId: string): RawMessage {
  const startTimeMs = String(messageTime - 30_000);
  return rawOf(WebcastLinkMicBattleSchema, {
    common: { ...commonOf(msgId), roomId },
    battleId,
    action: battleAction.open,
    battleSettings: { battleId, startTimeMs, duration: 301, status: 1, battleType: 1 },
    anchorsInfo: [hostId, '2'].map((key) => ({ key, value: { user: { userId: key } } })),
  });
}

/** Takes what the feed brings to the board, as a room does. */
class BoardSink extends FakeSink {
  readonly ranking = new Ranking({ room: { id: 'room', handle: 'ours' }, hostId });
  readonly #normalizer = new Normalizer({ room: { id: 'room' }, clock: new VirtualClock() });

  override offer(raw: RawMessage): boolean {
    const events: MeksEvent[] = [];
    this.#normalizer.normalize(raw, events);
    for (const event of events) this.ranking.apply(this.ranking.seq + 1, event);
    return super.offer(raw);
  }
}

test('a LIVE begins with its first message, and keeps its battle, though the end of the one before was not heard', async (context) => {
  const sink = new BoardSink();
  const { server } = await scene(context, {
    source: 'signed',
    sink,
    server: { roomId: yesterday, backlogMax: 10 },
    length: 0,
  });
  const { view } = sink.ranking;
  await until('the first connection', () => server.counters.get('enters') === 1);
  server.send([giftIn(yesterday, '1', 10)]);
  await until('a gift', () => view.session.diamonds === 10);
  assert.deepEqual([view.session.liveId, view.session.status], [yesterday, 'live']);
  server.disconnect();
  await until('the same LIVE again', () => server.counters.get('enters') === 2);
  server.send([giftIn(yesterday, '2', 1)]);
  await until('a gift', () => view.session.diamonds === 11);
  server.finish();
  server.disconnect();
  await until('nobody is live', () => sink.states.at(-1) === 'offline');
  assert.equal(view.session.status, 'ended', 'the lookup says so of this very LIVE');
  server.begin(today, { next: () => null });
  server.send([openIn(today, '3', '99'), giftIn(today, '4', 5_000), giftIn(today, '5', 4_000)]);
  await until('the backlog', () => sink.ranking.counters.get('gifts') === 4);
  assert.deepEqual([view.session.liveId, view.session.diamonds], [today, 9_000]);
  assert.deepEqual([view.battle!.battleId, view.battle!.sides[0]!.diamonds], ['99', 9_000]);
  assert.equal(sink.ranking.counters.get('sessions'), 1);
  assert.equal(sink.livesEntered, 2, 'a connection that is made anew says nothing again');
});

test('a LIVE that was paused or resumed while nobody listened is known to be', async (context) => {
  const sink = new BoardSink();
  const { server } = await scene(context, {
    source: 'signed',
    sink,
    length: 0,
    prepare: (server) => void (server.paused = true),
  });
  const { session } = sink.ranking.view;
  const comeBack = async (paused: boolean): Promise<void> => {
    const enters = server.counters.get('enters');
    server.paused = paused;
    server.disconnect();
    await until('the LIVE again', () => server.counters.get('enters') > enters);
  };
  await until('a LIVE that is paused', () => session.status === 'paused');
  await comeBack(false);
  await until('a LIVE that goes on', () => session.status === 'live');
  await comeBack(true);
  await until('a LIVE that is paused', () => session.status === 'paused');
  server.brokenRoutes.add('info');
  const told = sink.ranking.seq;
  await comeBack(false);
  server.send([giftIn(server.roomId, '1', 10)]);
  await until('a gift', () => session.diamonds === 10);
  assert.equal(session.status, 'paused', 'what nobody can tell stays as it was');
  assert.equal(sink.ranking.seq, told + 1);
});

test('a broker that is started again in a LIVE that is paused goes on with that, until a lookup says otherwise', () => {
  const clock = new VirtualClock();
  const before: MeksEvent[] = [];
  const normalizer = new Normalizer({ room: { id: 'room' }, clock });
  normalizer.normalize(enteredMessage(today, messageTime), before);
  normalizer.normalize(pausedMessage(today, true, messageTime), before);
  assert.deepEqual(topics(before), ['live', 'paused']);
  for (const [paused, expected] of [
    [true, []],
    [false, ['resumed']],
  ] as const) {
    const next = new Normalizer({ room: { id: 'room' }, clock });
    for (const event of before) next.restore(event);
    const after: MeksEvent[] = [];
    next.normalize(enteredMessage(today, messageTime + 60_000), after);
    next.normalize(pausedMessage(today, paused, messageTime + 60_000), after);
    assert.deepEqual(topics(after), expected);
  }
});

function topics(events: readonly MeksEvent[]): string[] {
  return events.map((event) => (event.kind === 'room' ? event.topic : event.kind));
}
