import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import { framesByTurn } from '../../test/support/frames-by-turn.ts';
import { FakeSink } from '../../test/support/fake-sink.ts';
import { until } from '../../test/support/until.ts';
import { control, ids, scene, worldSource } from '../../test/support/webcast-scene.ts';
import { WebcastServer } from './webcast-server.ts';

// The real TikTok feed against the scripted server, over real sockets, when all goes well.

test('messages arrive whole and in order, frames of every size mixed', async (context) => {
  const { sink, given } = await scene(context);
  await until('2,000 messages', () => sink.messages.length >= 2_000);
  for (const [index, raw] of sink.messages.slice(0, 2_000).entries()) {
    assert.equal(raw.msgId, given[index]!.msgId);
    assert.deepEqual(Buffer.from(raw.payload), Buffer.from(given[index]!.payload));
  }
});

test('every frame is acknowledged with what it asked back, and heartbeats are kept', async (context) => {
  const { server, sink, feed } = await scene(context, { length: 500 });
  await until('all messages', () => sink.messages.length === 500);
  await until('all acknowledgements', () => server.counters.get('acks') === server.counters.get('frames'));
  await until('three heartbeats', () => server.counters.get('heartbeats') >= 3);
  assert.equal(server.counters.get('acksWrong'), 0);
  assert.equal(server.counters.get('garbage'), 0);
  assert.equal(feed.counters.get('acks'), server.counters.get('frames'));
});

test('a frame is acknowledged only after the sink took all of it and the log has it', async (context) => {
  const sink = new FakeSink();
  const logged: (() => void)[] = [];
  let room = 10;
  sink.hasRoom = () => room-- > 0;
  Object.assign(sink, { whenLogged: (run: () => void) => void logged.push(run) });
  const { server } = await scene(context, { length: 300, sink });
  await until('a refusal', () => sink.refusals > 0);
  room = 300;
  sink.makeRoom();
  await until('all messages', () => {
    sink.makeRoom();
    return sink.messages.length === 300;
  });
  assert.equal(server.counters.get('acks'), 0, 'nothing is in the log yet');
  for (const run of logged) run();
  await until('all acknowledgements', () => server.counters.get('acks') === server.counters.get('frames'));
});

test('a sink without room stops the reading, and time spent waiting is no silence', async (context) => {
  const sink = new FakeSink();
  sink.hasRoom = (offers) => offers < 50;
  const { feed } = await scene(context, { sink, timing: { deadMs: 150, silentMs: 100, renewMs: 200 } });
  await until('a refusal', () => sink.refusals > 0);
  const heartbeats = feed.counters.get('heartbeats');
  await until('twenty more heartbeats', () => feed.counters.get('heartbeats') >= heartbeats + 20);
  assert.equal(feed.counters.get('interruptions'), 0);
  assert.ok(feed.counters.get('frames') < 300, 'reading has stopped');
  sink.hasRoom = () => true;
  sink.makeRoom();
  await until('messages go on', () => sink.messages.length > 500);
  assert.deepEqual(sink.gaps, []);
});

test('a backlog is read in pieces, and the loop goes round in between', async (context) => {
  const sink = new FakeSink();
  const state = { open: false };
  sink.hasRoom = () => state.open;
  const { server, feed } = await scene(context, { length: 6_000, sink });
  await until('a backlog', () => server.counters.get('messages') >= 5_000);
  state.open = true;
  sink.makeRoom();
  const turns = await framesByTurn(
    () => feed.counters.get('frames'),
    () => sink.offers >= 6_000 + sink.refusals,
  );
  const most = Math.max(...turns);
  assert.ok(most <= 200, `${most} frames in one turn: 64, and what a chunk of the socket holds`);
  assert.ok(turns.length > 5, `${turns.length} turns`);
  assert.deepEqual(sink.violations, []);
});

test('the end in the middle of a battle is told after the last message, and is no gap', async (context) => {
  const { server, sink } = await scene(context, { length: 1_500, afterEnd: 'stop' });
  await until('a running battle', () => sink.messages.some((raw) => raw.method === 'WebcastLinkMicArmies'));
  server.send([control(3)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  assert.equal(sink.entries.at(-1)?.kind, 'state');
  assert.equal(sink.entries.at(-2)?.kind, 'message');
  assert.equal(sink.messages.at(-1)?.method, 'WebcastControlMessage');
  await until('the goodbye', () => server.clients === 0);
  assert.deepEqual(sink.gaps, []);
});

test('a suspension is an end, a pause is not, and neither is an end in the backlog', async (context) => {
  const { server, sink } = await scene(context, { length: 50, afterEnd: 'stop' });
  await until('messages', () => sink.messages.length === 50);
  server.send([control(1), control(3, true)]);
  await until('both', () => sink.messages.length === 52);
  assert.equal(sink.states.at(-1), 'live');
  server.send([control(4)]);
  await until('the end', () => sink.states.at(-1) === 'ended');
  const last = sink.entries.at(-1);
  assert.ok(last?.kind === 'state' && last.detail.includes('suspended'));
});

test('a port in use is told with the remedy', async (context) => {
  const { server } = await scene(context);
  const port = Number(new URL(server.httpUrl).port);
  await assert.rejects(
    WebcastServer.listen({ clock: systemClock, random: seededRandom(1), source: worldSource(1), pace: 'max', port }),
    /MEKS_PORT_IN_USE|cannot listen on port \d+: give another/,
  );
});

test('by the clock, messages leave the server when they are due', async (context) => {
  const source = worldSource(3);
  const { sink } = await scene(context, { server: { source, pace: 'clock' } });
  await until('the messages of half a second', () => sink.messages.length >= 8);
  assert.deepEqual(ids(sink.messages), ids(source.given).slice(0, sink.messages.length));
  assert.ok(source.given.length < 200, 'it did not run ahead');
});
