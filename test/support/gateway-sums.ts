import assert from 'node:assert/strict';
import type { Gateway } from '../../src/gateway/gateway.ts';
import { until } from './until.ts';

/** The gateway's counters add up, as src/gateway/counters.ts says they do, once everything has come to rest. */
export async function assertSums(gateway: Gateway): Promise<void> {
  const sums = (): Record<string, number> => {
    const counted = gateway.counters.read();
    return {
      upgrades: counted.upgrades - counted.opened - counted.upgradesRefused - counted.upgradesAbandoned,
      streams: counted.opened - counted.closed - counted.connections,
      requests: counted.requests - counted.requestsAnswered - counted.requestsAborted,
    };
  };
  const rest = JSON.stringify({ upgrades: 0, streams: 0, requests: 0 });
  await until('the counters are at rest', () => JSON.stringify(sums()) === rest).catch(() => undefined);
  assert.equal(JSON.stringify(sums()), rest);
}
