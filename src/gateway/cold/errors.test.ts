import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { until } from '../../../test/support/until.ts';
import { systemClock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { errorHandler } from './errors.ts';

test('what fails because who asked has gone is no fault of ours; what fails otherwise is logged', async () => {
  const logged: unknown[] = [];
  const note = (_event: string, fields: unknown): void => void logged.push(fields);
  const log: Log = { info: note, warn: note, error: note };
  const app = fastify();
  app.setErrorHandler(errorHandler(log));
  const gone = new AbortController();
  let handled = 0;
  app.addHook('onError', async () => void handled++);
  app.get('/gone', async () => {
    gone.abort();
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    throw new Error('the reader is not there');
  });
  app.get('/fault', async () => {
    throw new Error('a fault');
  });
  await assert.rejects(app.inject({ url: '/gone', signal: gone.signal }), { name: 'AbortError' });
  await until('it has failed', () => handled === 1);
  const answer = await app.inject('/fault');
  assert.deepEqual([answer.statusCode, answer.json().error.code], [500, 'MEKS_INTERNAL']);
  assert.equal(logged.length, 1, 'the fault alone');
  await app.close();
});
