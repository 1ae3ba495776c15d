import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { Dashboard } from '../support/dashboard.ts';
import { ServeProcess } from '../support/serve-process.ts';

// The whole way, with real parts: a recording of a burst (Webcast bytes), the real process, 300 real sockets.
// What came is compared with the script's own account of what was given, which no code of the broker has touched.

const seed = 20_261;
const trickleSec = 4;
const burstSec = 10;
const room = 'replay';

interface Script {
  readonly path: string;
  readonly messages: number;
  readonly diamonds: number;
  readonly board: readonly (readonly [string, number])[];
}

/** Writes the recording and adds up, beside it, what each person gave. */
function writeScript(folder: string): Script {
  const world = new ScriptedWorld({
    seed,
    startAt: 1_790_000_000_000,
    profile: { battleSec: burstSec, burstSec, firstBattleSec: trickleSec, battleEverySec: 60 },
    faults: { outageEverySec: 6 },
  });
  const lines: string[] = [];
  for (let step = world.next(); step !== null && step.atMs < (trickleSec + burstSec) * 1000; step = world.next()) {
    const { method, payload, msgId, history } = step.raw;
    const recordedAt = new Date(1_790_000_000_000 + step.atMs).toISOString();
    lines.push(JSON.stringify({ method, recordedAt, msgId, history, b64: Buffer.from(payload).toString('base64') }));
  }
  const path = join(folder, 'burst.ndjson');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const { truth } = world;
  const board = [...truth.diamondsByUser].sort(([, one], [, other]) => other - one);
  return { path, messages: lines.length, diamonds: truth.diamonds, board };
}

test('300 dashboards get a burst from the real process: nothing lost, doubled or out of order, every board equal to a recount', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'meks-burst-'));
  const script = writeScript(folder);
  const broker = await ServeProcess.start('--replay', script.path, '--no-journal', '--ring', '1024');
  const dashboards: Dashboard[] = [];
  try {
    for (let index = 0; index < 300; index++) dashboards.push(new Dashboard({ port: broker.port, room }));
    const slow = new Dashboard({ port: broker.port, room });
    await Promise.all([slow, ...dashboards].map((one) => one.until('a snapshot', ({ snapshots }) => snapshots > 0)));
    slow.stall();
    const isOver = async (): Promise<boolean> => {
      const { rooms } = (await broker.json('/v1/rooms')) as { rooms: { source: string }[] };
      return rooms[0]!.source === 'ended';
    };
    while (!(await isOver())) await new Promise((resolve) => setTimeout(resolve, 200));
    const { seq } = (await broker.json(`/v1/rooms/${room}/snapshot`)) as { seq: number };
    await Promise.all(dashboards.map((one) => one.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq)));
    slow.read();
    await slow.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq);

    const account = { lost: 0, duplicated: 0, disordered: 0, lagged: 0 };
    for (const one of dashboards)
      for (const key of Object.keys(account) as (keyof typeof account)[]) account[key] += one[key];
    assert.deepEqual(account, { lost: 0, duplicated: 0, disordered: 0, lagged: 0 });
    assert.ok(slow.lagged > 0, 'the one that stopped reading was told that it lagged');
    assert.equal(slow.lost + slow.duplicated + slow.disordered, 0);
    const shown = JSON.stringify(dashboards[0]!.view);
    for (const one of [slow, ...dashboards]) {
      one.view!.source = dashboards[0]!.view!.source;
      assert.equal(JSON.stringify(one.view), shown, 'every dashboard shows the same');
    }
    const view = dashboards[0]!.view!;
    assert.equal(view.session.diamonds, script.diamonds);
    const rows = view.board.map((row) => [row.user.id, row.diamonds]);
    const totals = new Map(script.board);
    for (const [id, diamonds] of rows) assert.equal(diamonds, totals.get(String(id)));
    assert.deepEqual(
      rows.map(([, diamonds]) => diamonds),
      script.board.slice(0, rows.length).map(([, diamonds]) => diamonds),
    );
    t.diagnostic(
      `${script.messages} messages, ${seq} events, ${dashboards.length + 1} dashboards, slow missed ${slow.missed}`,
    );
  } finally {
    for (const one of dashboards) one.close();
    assert.equal(await broker.stop(), 0);
    rmSync(folder, { recursive: true });
  }
});
