import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RoomView } from '../../src/protocol/room-view.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { Dashboard } from '../support/dashboard.ts';
import { ServeProcess } from '../support/serve-process.ts';

// The whole way, with real parts: a recording of a burst (Webcast bytes), the real process, 300 real sockets.
// What came is compared with the script's own account of what was given, which no code of the broker has touched.

const seed = 20_261;
const startAt = 1_790_000_000_000;
const room = 'replay';

interface Script {
  readonly path: string;
  readonly messages: number;
  readonly diamonds: number;
  readonly board: readonly (readonly [string, number])[];
}

/** Writes a recording of a trickle and a burst, and adds up, beside it, what each person gave. */
function writeScript(folder: string, trickleSec: number, burstSec: number): Script {
  const profile = { battleSec: burstSec, burstSec, firstBattleSec: trickleSec, battleEverySec: burstSec + 50 };
  const world = new ScriptedWorld({ seed, startAt, profile, faults: { outageEverySec: 6 } });
  const lines: string[] = [];
  for (let step = world.next(); step !== null && step.atMs < (trickleSec + burstSec) * 1000; step = world.next()) {
    const { method, payload, msgId, history } = step.raw;
    const recordedAt = new Date(startAt + step.atMs).toISOString();
    lines.push(JSON.stringify({ method, recordedAt, msgId, history, b64: Buffer.from(payload).toString('base64') }));
  }
  const path = join(folder, 'burst.ndjson');
  writeFileSync(path, `${lines.join('\n')}\n`);
  const { truth } = world;
  const board = [...truth.diamondsByUser].sort(([, one], [, other]) => other - one);
  return { path, messages: lines.length, diamonds: truth.diamonds, board };
}

/** Resolves, with the position of its last event, when the recording has been played to its end. */
async function playedToTheEnd(broker: ServeProcess): Promise<number> {
  for (;;) {
    const { rooms } = (await broker.json('/v1/rooms')) as { rooms: { source: string; seq: number }[] };
    if (rooms[0]!.source === 'ended') break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { seq } = (await broker.json(`/v1/rooms/${room}/snapshot`)) as { seq: number };
  return seq;
}

function assertSameView(dashboards: readonly Dashboard[]): RoomView {
  const first = dashboards[0]!.view!;
  const shown = JSON.stringify(first);
  for (const one of dashboards) {
    // How the source is doing is no event: it comes with snapshots and heartbeats.
    one.view!.source = first.source;
    assert.equal(JSON.stringify(one.view), shown, 'every dashboard shows the same');
  }
  return first;
}

function assertRecount(view: RoomView, script: Script): void {
  assert.equal(view.session.diamonds, script.diamonds);
  const totals = new Map(script.board);
  for (const row of view.board) assert.equal(row.diamonds, totals.get(row.user.id), `diamonds of ${row.user.id}`);
  const best = script.board.slice(0, view.board.length).map(([, diamonds]) => diamonds);
  assert.deepEqual(
    view.board.map((row) => row.diamonds),
    best,
  );
}

const clean = { lost: 0, duplicated: 0, disordered: 0, lagged: 0 };

function accountOf(dashboards: readonly Dashboard[]): typeof clean {
  const account = { ...clean };
  for (const one of dashboards)
    for (const key of Object.keys(account) as (keyof typeof clean)[]) account[key] += one[key];
  return account;
}

/** Starts the real program on a recording, lets `run` look at it, and ends everything. */
async function withBroker(
  script: (folder: string) => Script,
  flags: readonly string[],
  count: number,
  run: (broker: ServeProcess, dashboards: Dashboard[], script: Script) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'meks-burst-'));
  const written = script(folder);
  const broker = await ServeProcess.start('--replay', written.path, '--no-journal', ...flags);
  const dashboards: Dashboard[] = [];
  try {
    for (let index = 0; index < count; index++) dashboards.push(new Dashboard({ port: broker.port, room }));
    await Promise.all(dashboards.map((one) => one.until('a snapshot', ({ snapshots }) => snapshots > 0)));
    await run(broker, dashboards, written);
  } finally {
    for (const one of dashboards) one.close();
    assert.equal(await broker.stop(), 0, broker.output);
    rmSync(folder, { recursive: true });
  }
}

test('two sender threads bring the same to 200 dashboards, and HTTP is answered through them', async (t) => {
  await withBroker(
    (folder) => writeScript(folder, 2, 12),
    ['--senders', '2', '--speed', '3'],
    200,
    async (broker, dashboards, script) => {
      const seq = await playedToTheEnd(broker);
      await Promise.all(dashboards.map((one) => one.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq)));
      assert.deepEqual(accountOf(dashboards), clean);
      assertRecount(assertSameView(dashboards), script);
      t.diagnostic(`${script.messages} messages, ${seq} events, 200 dashboards`);
    },
  );
});

test('300 dashboards get a burst from the real process: nothing lost, doubled or out of order, every board equal to a recount', async (t) => {
  await withBroker(
    (folder) => writeScript(folder, 3, 10),
    [],
    300,
    async (broker, dashboards, script) => {
      const seq = await playedToTheEnd(broker);
      await Promise.all(dashboards.map((one) => one.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq)));
      assert.deepEqual(accountOf(dashboards), clean);
      assertRecount(assertSameView(dashboards), script);
      t.diagnostic(`${script.messages} messages, ${seq} events, 300 dashboards`);
    },
  );
});

test('one dashboard that stops reading is told that it lagged, gets a snapshot and ends equal, while nobody waits for it', async (t) => {
  await withBroker(
    (folder) => writeScript(folder, 1, 60),
    ['--speed', '6', '--ring', '1024'],
    10,
    async (broker, dashboards, script) => {
      const slow = dashboards.pop()!;
      slow.stall();
      const seq = await playedToTheEnd(broker);
      await Promise.all(dashboards.map((one) => one.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq)));
      assert.deepEqual(accountOf(dashboards), clean, 'the others got everything while it stood still');
      assert.ok(slow.seq < seq, 'it stood still');
      slow.read();
      await slow.until(`event ${seq}`, (dashboard) => dashboard.seq >= seq);
      assert.deepEqual(accountOf([slow]), { ...clean, lagged: slow.lagged });
      assert.ok(slow.lagged > 0, 'it was told');
      dashboards.push(slow);
      assertRecount(assertSameView(dashboards), script);
      t.diagnostic(`${seq} events; the slow one got ${slow.delivered}, was told of ${slow.missed} missed`);
    },
  );
});
