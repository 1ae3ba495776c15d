import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { WebSocketServer } from 'ws';
import { systemClock } from '../../base/clock.ts';
import type { Clock } from '../../base/clock.ts';
import { FakeSink } from '../../../test/support/fake-sink.ts';
import { eventMessages } from '../../../test/support/tikfinity-server.ts';
import { until } from '../../../test/support/until.ts';
import { tikfinityDialect } from '../tikfinity/dialect.ts';
import type { ConnectionEnd } from './connection.ts';
import { makeUpstreamCounters } from './counters.ts';
import { Intake } from './intake.ts';
import { JsonConnection } from './json-connection.ts';
import { defaultTiming } from './timing.ts';
import type { UpstreamTiming } from './timing.ts';

const message = JSON.stringify(eventMessages(1, 1).items[0]);

/**
 * A connection whose service answers the first pings, sends one message after the first and is quiet from then on.
 * `stall` lets time pass unnoticed.
 */
async function scene(
  context: TestContext,
  { timing, pongsMax = Number.POSITIVE_INFINITY }: { timing: Partial<UpstreamTiming>; pongsMax?: number },
) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, autoPong: false });
  server.on('connection', (socket) => {
    let pings = 0;
    socket.on('ping', () => {
      if (pings++ < pongsMax) socket.pong();
      if (pings === 1) socket.send(message);
    });
  });
  await once(server, 'listening');
  let stalledMs = 0;
  const clock: Clock = {
    wallMs: () => systemClock.wallMs(),
    nowMs: () => systemClock.nowMs() + stalledMs,
    after: (delayMs, run) => systemClock.after(delayMs, run),
    soon: (run) => systemClock.soon(run),
  };
  const ends: ConnectionEnd[] = [];
  const sink = new FakeSink();
  const counters = makeUpstreamCounters();
  const connection = new JsonConnection(
    `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    {
      clock,
      timing: { ...defaultTiming, ...timing },
      renewMs: timing.renewMs ?? defaultTiming.renewMs,
      intake: new Intake(sink),
      counters,
      report: () => {},
      onListening: () => {},
      onLive: () => {},
      onFlow: () => {},
      onEnd: (end) => void ends.push(end),
    },
    tikfinityDialect,
  );
  context.after(async () => {
    connection.close();
    await new Promise((resolve) => server.close(resolve));
  });
  await until('the message', () => sink.messages.length === 1);
  const beats = (count: number): Promise<void> => until(`${count} pings`, () => counters.get('heartbeats') >= count);
  const sinceMs = async (kind: 'lost' | 'silent'): Promise<number> => {
    await until('the end', () => ends.length === 1);
    const end = ends[0]!;
    assert.ok(end.kind === kind, end.kind);
    return end.sinceMs;
  };
  return { server, clock, sink, ends, beats, sinceMs, stall: (ms: number) => void (stalledMs += ms) };
}

test('a loss reaches back to the last pong, and not to the last message', async (context) => {
  for (const code of [0, 1001]) {
    const { server, clock, beats, sinceMs } = await scene(context, { timing: { heartbeatMs: 10 } });
    await beats(20);
    const markMs = clock.nowMs();
    await beats(60);
    const cutMs = clock.nowMs();
    for (const socket of server.clients) {
      if (code === 0) socket.terminate();
      else socket.close(code);
    }
    const lostMs = await sinceMs('lost');
    assert.ok(lostMs < clock.nowMs() - markMs, `${lostMs} ms, of which ${clock.nowMs() - cutMs} since the cut`);
  }
});

test('a stall of this process is no silence, but what a half-open connection lost may reach back over it', async (context) => {
  const timing = { heartbeatMs: 10, deadMs: 300 };
  const { beats, sinceMs, stall } = await scene(context, { timing, pongsMax: 1 });
  stall(60_000);
  await beats(5);
  assert.ok((await sinceMs('lost')) >= 60_300);
});

test('what comes at the end of a stall does not put off by the length of it that a connection is half-open', async (context) => {
  const timing = { heartbeatMs: 100, deadMs: 300 };
  const { server, sink, sinceMs, stall } = await scene(context, { timing, pongsMax: 1 });
  stall(60_000);
  for (const socket of server.clients) socket.send(message);
  await until('it came', () => sink.messages.length === 2);
  assert.ok((await sinceMs('lost')) < 60_000);
});

test('silence is counted from the last message, whatever answers pings', async (context) => {
  const timing = { heartbeatMs: 10, silentMs: 100, renewMs: 400 };
  const { sinceMs } = await scene(context, { timing });
  assert.ok((await sinceMs('silent')) >= 400);
});

test('who has never answered a ping is not taken for half-open', async (context) => {
  const timing = { heartbeatMs: 10, deadMs: 50 };
  const { ends, beats } = await scene(context, { timing, pongsMax: 0 });
  await beats(20);
  assert.deepEqual(ends, []);
});
