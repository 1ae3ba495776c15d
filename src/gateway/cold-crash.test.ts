import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MessagePort } from 'node:worker_threads';
import { withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { codeOf, rawRequest } from '../../test/support/http-raw.ts';
import { until } from '../../test/support/until.ts';
import { WireClient } from '../../test/support/websocket-wire.ts';
import type { ThreadUser } from '../base/supervised-thread.ts';

/** Ends the cold thread from outside. */
class Executioner implements ThreadUser {
  readonly name = 'end';
  lives = 0;
  ends = 0;
  #port: MessagePort | null = null;
  started(port: MessagePort): void {
    this.lives++;
    this.#port = port;
  }
  stopped(): void {
    this.ends++;
  }
  end(how: 'throw' | 'exit'): void {
    this.#port?.postMessage(how);
  }
}

test('when the cold thread dies HTTP is answered 503 until it is back, and no dashboard notices', async () => {
  const executioner = new Executioner();
  await withRig({ cold: true, users: [executioner] }, async (rig) => {
    const client = await WireClient.open(rig.port, '/v1/rooms/main/stream');
    assert.equal((await rawRequest(rig.port, 'GET /v1/rooms')).status, 200);
    let published = 0;
    for (const [index, how] of (['throw', 'exit'] as const).entries()) {
      executioner.end(how);
      await until('it has ended', () => executioner.ends === index + 1);
      const answer = await rawRequest(rig.port, 'GET /v1/rooms');
      assert.deepEqual([answer.status, codeOf(answer)], [503, 'MEKS_COLD_THREAD_DOWN']);
      rig.room.publish({ seq: ++published, kind: 'chat' });
      await until('it lives again', () => executioner.lives === index + 2);
      assert.equal((await rawRequest(rig.port, 'GET /v1/rooms')).status, 200);
      const metrics = (await rawRequest(rig.port, 'GET /metrics')).body.toString();
      assert.match(metrics, /^meks_gateway_connections 1$/m);
    }
    await until('every event came', () => client.messages().length === 1 + published);
    assert.equal(client.raw.closed, false);
    assert.equal(rig.cold?.restarts, 2);
    client.close();
    await assertSums(rig.gateway);
  });
});
