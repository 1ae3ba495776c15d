import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { WebSocketRoute } from 'playwright-core';
import { boardAnswer, boardDeltaFrame, boardFrame } from '../../src/gateway/cold/schemas/boards.ts';
import { applyBoardDelta, type BoardView } from '../../src/protocol/board-view.ts';
import { subscribeBoard } from '../../web/client/board-client.ts';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';
import { WireClient } from '../support/websocket-wire.ts';

// Boards of a broker that runs: over REST and as subscriptions, with the journal on.

const skip = whyNoBrowser();
let broker: ServeProcess;

before(async () => {
  broker = await ServeProcess.start('--demo', '--no-journal');
});

after(async () => await broker.stop());

test('a board is a page of rows by rank, with the neighbours of whoever is asked for', async () => {
  const ask = async (query: string): Promise<ReturnType<typeof boardAnswer.parse>> => {
    const answer = await rawRequest(broker.port, `GET /v1/rooms/demo/boards/${query}`);
    assert.equal(answer.status, 200, query);
    return boardAnswer.parse(JSON.parse(answer.body.toString()));
  };
  const client = await WireClient.open(broker.port, '/v1/rooms/demo/boards/session/stream?rows=5', {
    'sec-websocket-protocol': 'meks.board.v1',
  });
  await until('there are five gifters', () => {
    client.read();
    return client.messages().some((frame) => Number(frame['size']) >= 5);
  });
  client.close();
  const first = await ask('session?rows=3');
  assert.deepEqual(
    first.rows.map((row) => row.rank),
    [1, 2, 3],
  );
  const second = await ask('session?rows=3&page=1');
  assert.equal(second.rows[0]!.rank, 4);
  const { id } = first.rows[1]!.user;
  const { around, seq } = await ask(`session?rows=0&around=${id}&each=1`);
  assert.ok(around !== null && seq > 0);
  const at = around.rows.findIndex((row) => row.user.id === id);
  assert.equal(around.rows[at]?.rank, around.rank);
  const nobody = await ask('all-time?rows=1&around=1');
  assert.deepEqual(nobody.around, { userId: '1', rank: 0, rows: [] });
  for (const scope of ['5m', '1h', 'day', 'week', 'receiver']) assert.ok((await ask(scope)).size > 0, scope);
  assert.equal((await ask('receiver-1')).size, 0, 'who received nothing has an empty board');
});

test('a subscription follows a board, and both schemas hold', async () => {
  const client = await WireClient.open(broker.port, '/v1/rooms/demo/boards/session/stream?rows=5', {
    'sec-websocket-protocol': 'meks.board.v1',
  });
  let view: BoardView | null = null;
  let deltas = 0;
  await until('twenty changes came', () => {
    client.read();
    return client.messages().filter((frame) => frame['kind'] === 'board-delta').length >= 20;
  });
  for (const frame of client.messages()) {
    if (frame['kind'] === 'board') view = boardFrame.parse(frame).view;
    else if (frame['kind'] === 'board-delta') {
      assert.ok(view !== null);
      applyBoardDelta(view, boardDeltaFrame.parse(frame));
      deltas++;
    }
  }
  client.close();
  assert.ok(view !== null && deltas >= 20);
  assert.deepEqual(
    view.rows.map((row) => row.rank),
    [1, 2, 3, 4, 5].slice(0, view.rows.length),
  );
  const metrics = await rawRequest(broker.port, 'GET /metrics');
  assert.match(metrics.body.toString(), /meks_subscriptions_boards_made_total\{room="demo"\} [1-9]/);
});

test("the headless client shows the board that the broker has, on Node's own WebSocket", async () => {
  const roomUrl = `http://127.0.0.1:${broker.port}/v1/rooms/demo`;
  const board = subscribeBoard({ roomUrl, scope: { kind: 'session' }, rows: 10 });
  try {
    await until('changes came', () => board.status.deltas >= 5);
    assert.deepEqual([board.status.link, board.status.breaches], ['live', 0]);
    assert.deepEqual(
      board.view?.rows.map((row) => row.rank),
      Array.from({ length: board.view?.rows.length ?? 0 }, (_, index) => index + 1),
    );
  } finally {
    board.close();
  }
});

test('the desk shows the board of a time, by mouse and by key, and reads it aloud in its order', { skip }, async () => {
  const browser = await launchBrowser();
  try {
    const { page, errors } = await watchedPage(browser);
    await page.goto(`http://127.0.0.1:${broker.port}/`);
    await page.getByRole('button', { name: 'Hour' }).click();
    const rows = page.locator('.board-panel tbody tr:not([hidden]) th');
    await rows.nth(4).waitFor({ state: 'attached' });
    const pressed = page.locator('.board-panel .segments button[aria-pressed=true]');
    assert.deepEqual(await pressed.allTextContents(), ['Hour']);
    await page.keyboard.press('s');
    await page.locator('.board-panel .segments button[aria-pressed=true]', { hasText: 'Day' }).waitFor();
    const metrics = await rawRequest(broker.port, 'GET /metrics');
    assert.match(
      metrics.body.toString(),
      /meks_subscriptions_boards\{room="demo"\} 1\n/,
      'the board before is let go of',
    );
    assert.deepEqual(errors, []);
  } finally {
    await browser.close();
  }
});

test(
  'a board that is on its way has no other board’s rows under its name, and one that is lost says that it is old',
  { skip },
  async () => {
    const browser = await launchBrowser();
    try {
      const { page, errors } = await watchedPage(browser);
      page.setDefaultTimeout(60_000);
      let release = (): void => {};
      const lines: WebSocketRoute[] = [];
      await page.routeWebSocket(/boards\/5m\/stream/, async (line) => {
        lines.push(line);
        await new Promise<void>((resolve) => (release = resolve));
        line.connectToServer();
      });
      await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
      const shown = page.locator('.board-row:not([style*=hidden])');
      const read = page.locator('.board-panel tbody tr:not([hidden])');
      const body = page.getByRole('region', { name: 'Leaderboard rows' });
      await shown.nth(4).waitFor();
      await read.nth(4).waitFor({ state: 'attached' });
      const box = await body.boundingBox();

      await page.getByRole('button', { name: '5 min' }).click();
      await page.locator('[aria-busy=true]').waitFor();
      assert.deepEqual([await shown.count(), await read.count()], [0, 0], 'nothing of the session is left');
      assert.equal(
        await page.locator('.board-panel caption').textContent(),
        'Leaderboard: Last 5 minutes (not known yet)',
      );
      await page.getByText('Last 5 minutes: on its way.').waitFor();
      assert.deepEqual(await body.boundingBox(), box, 'nothing has moved');
      assert.deepEqual(await barriers(page), []);

      await until('it is asked for', () => lines.length === 1);
      release();
      await shown.nth(4).waitFor();
      await read.nth(4).waitFor({ state: 'attached' });
      assert.equal(await body.getAttribute('aria-busy'), null);
      assert.equal(await page.locator('.board-panel caption').textContent(), 'Leaderboard: Last 5 minutes');
      await page
        .locator('[data-testid=spoken] p', { hasText: /^Last 5 minutes: \d+ gifters\.$/ })
        .waitFor({ state: 'attached' });

      await lines[0]!.close({ code: 1001, reason: 'lost on the way' });
      await page.locator('.board-note', { hasText: /^This board is old.* It is asked for again\.$/ }).waitFor();
      assert.ok((await shown.count()) > 4, 'its rows stay');
      await until('it is asked for again', () => lines.length === 2);
      release();
      await page.locator('.board-note').waitFor({ state: 'detached' });
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
    }
  },
);
