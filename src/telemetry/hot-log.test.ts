import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { until } from '../../test/support/until.ts';
import { Counters } from '../base/counters.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { limits } from '../protocol/limits.ts';
import { HotLog, logCounterSpec } from './hot-log.ts';
import type { LogLine } from './telemetry-messages.ts';

interface Rig {
  readonly log: HotLog;
  readonly counters: Counters<keyof typeof logCounterSpec>;
  /** Lines that arrived on the other side; `take` says that they were written. */
  readonly arrived: LogLine[];
  readonly connect: () => { take: (lines: number) => void; cut: () => void };
}

function rig(): Rig {
  const counters = new Counters(logCounterSpec);
  const log = new HotLog(new VirtualClock(1000), counters);
  const arrived: LogLine[] = [];
  const connect: Rig['connect'] = () => {
    const { port1, port2 } = new MessageChannel();
    const taken = new Int32Array(new SharedArrayBuffer(4));
    port2.on('message', (line: LogLine) => arrived.push(line));
    log.started(port1, taken);
    const cut = (): void => {
      port1.close();
      log.stopped();
    };
    return { take: (lines) => void Atomics.add(taken, 0, lines), cut };
  };
  return { log, counters, arrived, connect };
}

test('a line arrives with its level, its name, its fields and the time at which it happened', async () => {
  const { log, arrived, connect } = rig();
  const { cut } = connect();
  log.warn('feed.lost', { room: 'a', waitMs: 100 });
  await until('it arrives', () => arrived.length === 1);
  assert.deepEqual(arrived, [
    { kind: 'line', level: 'warn', event: 'feed.lost', time: 1000, fields: { room: 'a', waitMs: 100 } },
  ]);
  cut();
});

test('lines that are written before there is a thread wait for it, in order', async () => {
  const { log, arrived, connect } = rig();
  log.info('first');
  log.error('second');
  const { cut } = connect();
  log.info('third');
  await until('they arrive', () => arrived.length === 3);
  assert.deepEqual(
    arrived.map(({ event }) => event),
    ['first', 'second', 'third'],
  );
  cut();
});

test('when too many lines are under way, further ones are dropped and counted, and the next that passes says how many', async () => {
  const { log, counters, arrived, connect } = rig();
  const { take, cut } = connect();
  const linesMax = limits.logLinesPendingMax.value;
  for (let line = 0; line < linesMax + 5; line++) log.info('line');
  assert.deepEqual([counters.get('lines'), counters.get('linesDropped')], [linesMax, 5]);
  take(10);
  log.info('after');
  await until('they arrive', () => arrived.length === linesMax + 2);
  const [told, after] = arrived.slice(-2);
  assert.deepEqual([told?.event, told?.fields, after?.event], ['log.dropped', { lines: 5 }, 'after']);
  assert.equal(counters.get('lines') + counters.get('linesDropped'), linesMax + 5 + 2);
  cut();
});

test('what waits for a thread is bounded in the same way', () => {
  const { log, counters } = rig();
  for (let line = 0; line < limits.logLinesPendingMax.value + 3; line++) log.info('line');
  assert.equal(counters.get('linesDropped'), 3);
});

test('lines that a thread had not taken when it ended are counted as lost, and the count begins anew', () => {
  const { log, counters, connect } = rig();
  const first = connect();
  for (let line = 0; line < 5; line++) log.info('line');
  first.take(2);
  assert.equal(log.pending(), 3);
  first.cut();
  assert.deepEqual([counters.get('linesLost'), log.pending()], [3, 0]);
  log.info('meanwhile');
  const second = connect();
  assert.equal(log.pending(), 1);
  second.cut();
});
