import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { rawRequest } from '../../test/support/http-raw.ts';
import { until } from '../../test/support/until.ts';
import { WireClient } from '../../test/support/websocket-wire.ts';
import { systemClock } from '../base/clock.ts';

test('three hundred page loads at once are all answered, and a dashboard gets every event in order meanwhile', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-isolation-'));
  mkdirSync(path.join(folder, 'assets'));
  const files = { '/index.html': 2_000, '/assets/app.js': 180_000, '/assets/app.css': 20_000 };
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), 'x'.repeat(bytes));
  await withRig({ cold: true, pagesDirectory: folder }, async (rig) => {
    const client = await WireClient.open(rig.port, '/v1/rooms/main/stream');
    assert.equal((await rawRequest(rig.port, 'GET /')).status, 200);
    let published = 0;
    let loading = true;
    const tick = (): void => {
      rig.room.publish({ seq: ++published });
      if (loading) systemClock.after(2, tick);
    };
    tick();
    const load = async (): Promise<number[]> => {
      const answers = await Promise.all(Object.keys(files).map((name) => rawRequest(rig.port, `GET ${name}`)));
      return answers.map(({ status, body }) => (status === 200 ? body.length : -status));
    };
    const loads = await Promise.all(Array.from({ length: 300 }, load)).finally(() => (loading = false));
    for (const sizes of loads) assert.deepEqual(sizes, Object.values(files));
    await until('every event has come', () => client.messages().length === 1 + published);
    const seqs = client.messages().map((message) => message['seq']);
    assert.deepEqual(
      seqs.slice(1),
      Array.from({ length: published }, (_, index) => index + 1),
    );
    client.close();
    await assertSums(rig.gateway);
  });
  rmSync(folder, { recursive: true });
});
