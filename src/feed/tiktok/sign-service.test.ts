import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { FeedProblem } from '../feed.ts';
import { makeUpstreamCounters } from '../upstream/counters.ts';
import type { ConnectPlan } from '../upstream/plan.ts';
import { defaultTiming } from '../upstream/timing.ts';
import { SignService } from './sign-service.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A sign service that gives these answers one by one, then status 500, and takes `tookMs` of `clock` for each. */
async function scene(context: TestContext, keys: readonly string[], answers: Answer[], tookMs: number) {
  const clock = new VirtualClock();
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    clock.advance(tookMs);
    asked.push(request.headers['x-api-key'] as string | undefined);
    const { status, headers = {} } = answers.shift() ?? { status: 500 };
    response.writeHead(status, headers).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const problems: FeedProblem[] = [];
  const service = new SignService({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    keys,
    clock,
    timing: { ...defaultTiming, httpMs: 600_000 },
    counters: makeUpstreamCounters(),
    report: (problem) => void problems.push(problem),
  });
  const sign = (): Promise<ConnectPlan> => service.sign('7300000000000000001', new AbortController().signal);
  return { clock, asked, problems, sign };
}

function waitOf(plan: ConnectPlan): number {
  assert.ok(plan.kind === 'failed', plan.kind);
  return plan.waitMs;
}

test('keys whose rest is over at once are asked once each, and not before a second has passed', async (context) => {
  for (const headers of [{ 'x-ratelimit-reset': '1699999999' }, { 'retry-after': '0' }]) {
    const refusals = Array.from({ length: 50 }, () => ({ status: 429, headers }));
    const { asked, sign } = await scene(context, ['key-one-aaa', 'key-two-bbb'], refusals, 10);
    assert.equal(waitOf(await sign()), 990, 'the first key is back a second after it was refused');
    assert.deepEqual(asked, ['key-one-aaa', 'key-two-bbb']);
  }
});

test('a key that has rested while another was asked is not asked a second time', async (context) => {
  const refusals = Array.from({ length: 50 }, () => ({ status: 429, headers: { 'retry-after': '1' } }));
  const { asked, sign } = await scene(context, ['key-one-aaa', 'key-two-bbb'], refusals, 5_000);
  assert.equal(waitOf(await sign()), 0, 'the pause is that of any failure');
  assert.deepEqual(asked, ['key-one-aaa', 'key-two-bbb']);
});

test('a key that was not accepted is asked again after ten minutes, then twenty, at most an hour', async (context) => {
  for (const keys of [['key-one-aaa'], []]) {
    const refusals = Array.from({ length: 6 }, (_, index) => ({ status: index % 2 === 0 ? 403 : 401 }));
    const { clock, asked, problems, sign } = await scene(context, keys, refusals, 0);
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      waits.push(waitOf(await sign()) / 60_000);
      assert.equal(waitOf(await sign()), waits[round]! * 60_000, 'nobody is asked meanwhile');
      assert.equal(asked.length, round + 1);
      clock.advance(waits[round]! * 60_000);
    }
    assert.deepEqual(waits, [10, 20, 40, 60, 60, 60]);
    assert.match(problems[0]!.message, /is not accepted: set a valid one; it is tried again in 600 s/);
    assert.equal(waitOf(await sign()), 0, 'the seventh answer is another one');
    assert.equal(asked.length, 7);
  }
});

test('while a key rests, the reason is told with it, also in later attempts', async (context) => {
  const { sign } = await scene(context, ['key-one-aaa'], [{ status: 403 }], 0);
  for (let attempt = 0; attempt < 2; attempt++) {
    const plan = await sign();
    assert.ok(plan.kind === 'failed');
    assert.match(plan.detail, /all keys .* rest; last: key 1 \(…aaa\) is not accepted: set a valid one; .* in 600 s/);
  }
});
