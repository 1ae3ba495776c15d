import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Notice } from '../../web/client/client.ts';
import { StreamClient } from '../../web/client/client.ts';
import { livelyPace } from '../support/lively-programme.ts';
import { StreamServer } from '../support/stream-server.ts';
import { until } from '../support/until.ts';

// The headless client on Node's own WebSocket, over real sockets: what unit tests do with a fake one, once for real.

test("on Node's own WebSocket the client follows, survives cuts and a restart, and ends up equal to the server", async () => {
  const server = new StreamServer({
    heartbeatMs: 200,
    pace: { ...livelyPace, giftsPerSecond: 400, battleEverySec: 1 },
  });
  const url = await server.listen();
  const client = new StreamClient({ streamUrl: `${url}/v1/rooms/9001/stream` });
  const notices: Notice['kind'][] = [];
  let firstSeq = -1;
  client.onNotice((notice) => {
    notices.push(notice.kind);
    if (notice.kind === 'snapshot' && notice.first) firstSeq = client.position!.seq;
  });
  try {
    client.start();
    await until('the client is live', () => client.status.link === 'live');
    server.cut();
    await until('it has resumed', () => notices.includes('resumed'));
    server.lag(500);
    await until('it has been told of a lag', () => notices.includes('lagged'));
    await server.restart(100);
    await until('it has resumed again', () => notices.filter((kind) => kind === 'resumed').length === 2);
    server.paused = true;
    await until('it has everything', () => client.position?.seq === server.seq);
    assert.deepEqual(client.view, JSON.parse(JSON.stringify(server.view)));
    assert.equal(client.status.breaches, 0);
    const { delivered, missed } = client.status;
    assert.ok(missed >= 500);
    assert.equal(delivered + missed, server.seq - firstSeq);
  } finally {
    client.stop();
    await server.close();
  }
});
