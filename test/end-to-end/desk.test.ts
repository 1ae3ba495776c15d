import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import type { PageOptions } from '../support/browser.ts';
import { livelyPace } from '../support/lively-programme.ts';
import { StreamServer } from '../support/stream-server.ts';
import type { StreamServerOptions } from '../support/stream-server.ts';
import { eventually, until } from '../support/until.ts';

// The desk in a real browser, against the stand-in for the broker. What is asserted is what is on screen: equal to the
// server's view, or visibly not current. Times are printed, not asserted: they belong to the machine.

const skip = whyNoBrowser();
const calmPace = { ...livelyPace, giftsPerSecond: 40, battleEverySec: 0 };

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

interface Stage {
  readonly server: StreamServer;
  readonly page: Page;
  readonly errors: string[];
}

/** Runs `act` on an open desk, closes both ends, and fails when the page complained. */
async function withDesk(
  options: StreamServerOptions & { readonly view?: PageOptions },
  act: (stage: Stage) => Promise<void>,
): Promise<void> {
  const server = new StreamServer({ pace: calmPace, heartbeatMs: 400, ...options });
  const url = await server.listen();
  const { page, errors } = await watchedPage(browser, options.view);
  try {
    await page.goto(`${url}/desk/`);
    await act({ server, page, errors });
    assert.deepEqual(errors, [], 'the page complained');
  } finally {
    await page.context().close();
    await server.close();
  }
}

/** Runs `act` as `withDesk` does, for scenes in which the network fails: the browser itself complains of that. */
function withFailingNetwork(options: StreamServerOptions, act: (stage: Stage) => Promise<void>): Promise<void> {
  return withDesk(options, async (stage) => {
    await act(stage);
    const own = stage.errors.filter(
      (error) => !/WebSocket connection|Failed to load resource|ERR_CONNECTION/.test(error),
    );
    stage.errors.splice(0, stage.errors.length, ...own);
  });
}

interface ShownRow {
  readonly rank: string;
  readonly name: string;
  readonly diamonds: number;
}

/** The rows of the board that are in sight, from top to bottom as they stand on screen. */
async function shownRows(page: Page): Promise<ShownRow[]> {
  const rows = await page.evaluate<ShownRow[]>(`[...document.querySelectorAll('.board-row')]
    .filter((row) => row.style.visibility !== 'hidden')
    .sort((a, b) => new DOMMatrix(a.style.transform).f - new DOMMatrix(b.style.transform).f)
    .map((row) => ({
      rank: row.querySelector('.board-rank').textContent,
      name: row.querySelector('.board-name').textContent,
      diamonds: Number(row.querySelector('.board-diamonds').textContent.replaceAll(',', '')),
    }))`);
  return rows;
}

async function shownSeq(page: Page): Promise<number> {
  const text = await page.locator('[data-meter=seq] .meter-value').textContent();
  return Number(text?.replaceAll(',', ''));
}

/** Stops the server's world and waits until the page shows its last event. */
async function settle({ server, page }: Stage): Promise<void> {
  server.paused = true;
  await eventually('the page shows the last event', async () => (await shownSeq(page)) === server.seq);
}

function hasText(page: Page, selector: string, text: string | RegExp): Promise<void> {
  return eventually(`${selector} says ${text}`, async () => {
    const content = (await page.locator(selector).first().textContent()) ?? '';
    return typeof text === 'string' ? content.includes(text) : text.test(content);
  });
}

async function assertBoardEqual({ server, page }: Stage): Promise<void> {
  const rows = await shownRows(page);
  assert.ok(rows.length >= Math.min(10, server.view.board.length), `only ${rows.length} rows in sight`);
  rows.forEach((row, index) => {
    const standing = server.view.board[index]!;
    assert.deepEqual([row.rank, row.diamonds], [String(index + 1), standing.diamonds]);
  });
  await eventually('the table for assistive technology is equal too', async () => {
    const cells = await page.locator('table tbody tr:not([hidden]) td:last-child').allTextContents();
    const wanted = server.view.board.map((standing) => standing.diamonds);
    return JSON.stringify(cells.map((cell) => Number(cell.replaceAll(',', '')))) === JSON.stringify(wanted);
  });
  await eventually('the total is equal', async () => {
    const total = await page.locator('.total-main dd').textContent();
    return Number(total?.replaceAll(',', '')) === server.view.session.diamonds;
  });
}

test("the board on screen is the server's, row by row, and so is the table that is read aloud", { skip }, () =>
  withDesk({}, async (stage) => {
    await hasText(stage.page, '.lamp', 'Live');
    await until('two hundred events have come', () => stage.server.seq > 200);
    await settle(stage);
    await assertBoardEqual(stage);
  }),
);

test('a burst of 500 a second ends with the same board, and the page says how it went', { skip }, (t) =>
  withDesk({ pace: { ...livelyPace, giftsPerSecond: 50, battleEverySec: 1, battleSec: 6 } }, async (stage) => {
    const { page } = stage;
    await page.evaluate(`window.tasks = []; new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(Math.round(entry.duration));
    }).observe({ type: 'longtask' })`);
    await until('the burst is over', () => stage.server.view.battle?.phase === 'finished', 30_000);
    const [paint, hitches] = await page
      .locator('[data-meter=paint] .meter-value, [data-meter=hitches] .meter-value')
      .allTextContents();
    const tasks = await page.evaluate<number[]>('tasks');
    t.diagnostic(
      `paint p99 ${paint}, hitches ${hitches}, tasks over 50 ms: ${tasks.length} (longest ${Math.max(0, ...tasks)} ms)`,
    );
    await settle(stage);
    await assertBoardEqual(stage);
  }),
);

test('when the server falls silent the page says so, fades, and comes back by itself', { skip }, () =>
  withDesk({}, async ({ server, page }) => {
    await hasText(page, '.lamp', 'Live');
    server.stalled = true;
    await hasText(page, '.lamp', 'Stale');
    await hasText(page, '.banner', /Data of \d\d:\d\d:\d\d, .* old\. Nothing heard from the broker\./);
    assert.equal(await page.locator('.desk').getAttribute('data-trust'), 'old');
    await hasText(page, '[role=alert]', 'may be old');
    server.stalled = false;
    await hasText(page, '.lamp', 'Live');
    await eventually('the banner is gone', async () => (await page.locator('.banner').count()) === 0);
    assert.equal(await page.locator('.desk').getAttribute('data-trust'), 'current');
    await hasText(page, '[role=alert]', 'Connected again.');
  }),
);

test('through a restart nothing is missed: it resumes, says so, and the board is right', { skip }, () =>
  withFailingNetwork({}, async (stage) => {
    const { server, page } = stage;
    await until('a hundred events have come', () => server.seq > 100);
    await server.restart(300);
    await hasText(page, '.feed-rows', /Connected again\. .*(none missed|Nothing was missed)/);
    await settle(stage);
    await assertBoardEqual(stage);
    assert.equal(await page.locator('[data-meter=missed] .meter-value').textContent(), '0');
  }),
);

test('a broker that forgot begins a new count, and the page replaces everything', { skip }, () =>
  withFailingNetwork({}, async (stage) => {
    const { server, page } = stage;
    await until('a hundred events have come', () => server.seq > 100);
    await server.restart(200, true);
    await hasText(page, '.feed-rows', 'The broker began a new count');
    await settle(stage);
    await assertBoardEqual(stage);
  }),
);

test('falling behind is told with the number of events, and the totals are right again', { skip }, () =>
  withDesk({}, async (stage) => {
    const { server, page } = stage;
    await hasText(page, '.lamp', 'Live');
    server.lag(700);
    await hasText(page, '.feed-rows', /7\d\d events skipped, not listed here\. Totals are right\./);
    await settle(stage);
    await assertBoardEqual(stage);
  }),
);

test('a refusal is shown with its reason, and a click tries again', { skip }, () =>
  withDesk({}, async ({ server, page }) => {
    await hasText(page, '.lamp', 'Live');
    server.refuseWith = { code: 4506, reason: 'the link has expired' };
    server.cut();
    await hasText(page, '.banner', 'The link has expired');
    server.refuseWith = null;
    await page.getByRole('button', { name: 'Try now' }).click();
    await hasText(page, '.lamp', 'Live');
  }),
);

test(
  'before anything has come, nothing reads as known: no battle is not claimed, nor a board without gifts',
  { skip },
  () =>
    withDesk({ view: { width: 390 } }, async ({ server, page }) => {
      server.refuseWith = { code: 4404, reason: 'there is no such room' };
      await page.goto(page.url().replace(/desk.*/, 'desk/?room=nobody'));
      await hasText(page, '.banner', 'There is no such room');
      await hasText(page, '.board-panel .panel-empty', 'Nothing is known of this board yet.');
      await hasText(page, '.battle-caption', 'not known yet');
      assert.equal(await page.locator('.total-main dd').textContent(), '—');
      assert.equal(await page.locator('.room-picker option:checked').textContent(), '@nobody');
      const tops = await page.evaluate<number[]>(
        "[...document.querySelectorAll('.top > .icon-button')].filter((one) => one.checkVisibility()).map((one) => one.offsetTop)",
      );
      assert.equal(tops.length, 5, 'the list of rooms leads to the past as well');
      assert.equal(new Set(tops).size, 1, 'on a phone the buttons stand in one row');
    }),
);

for (const width of [390, 768, 1_024])
  test(`nothing of the panels' heads is cut off at ${width} pixels`, { skip }, () =>
    withDesk({ pace: { ...calmPace, battleEverySec: 1, battleSec: 60 }, view: { width } }, async ({ page }) => {
      await hasText(page, '.segments', 'Aurora');
      const cut = await page.evaluate<
        string[]
      >(`[...document.querySelectorAll('.panel-head button, .panel-head select')]
        .filter((one) => one.getBoundingClientRect().right > one.closest('.panel').getBoundingClientRect().right)
        .map((one) => one.textContent.trim())`);
      assert.deepEqual(cut, []);
    }),
  );

test('everything can be done by keyboard', { skip }, () =>
  withDesk({ pace: { ...calmPace, battleEverySec: 1, battleSec: 60 } }, async ({ page }) => {
    await hasText(page, '.segments', 'Aurora');
    const reached: string[] = [];
    for (let presses = 0; presses < 20 && reached.at(-1) !== 'Gift feed rows'; presses++) {
      await page.keyboard.press('Tab');
      const name = "document.activeElement.ariaLabel ?? document.activeElement.innerText ?? ''";
      reached.push((await page.evaluate<string>(name)).trim());
    }
    const wanted = [
      'Corrections',
      'Alerts and goals',
      'Light theme',
      'Help and keys',
      'Session',
      '5 min',
      'Day',
      'Leaderboard rows',
      'To thank',
      'Pause',
      'Gift feed rows',
    ];
    const inOrder = wanted.map((name) => reached.findIndex((one) => one.startsWith(name)));
    assert.deepEqual(
      inOrder,
      inOrder.toSorted((a, b) => a - b),
      `reached ${reached.join(', ')}`,
    );
    assert.ok(!inOrder.includes(-1), `not reached: ${wanted.filter((name) => !reached.includes(name)).join(', ')}`);

    await page.keyboard.press('?');
    assert.equal(await page.evaluate("document.querySelector('dialog.help').open"), true);
    await page.keyboard.press('Escape');
    assert.equal(await page.evaluate("document.querySelector('dialog.help').open"), false);

    await eventually('the key goes to the filter', async () => {
      await page.keyboard.press('f');
      return (await page.evaluate('document.activeElement.tagName')) === 'SELECT';
    });
    await page.keyboard.press('ArrowDown');
    await eventually('the filter holds', async () => {
      const diamonds = await page
        .locator('.feed-row:not([style*=hidden]):not([data-kind=note]) .feed-diamonds')
        .allTextContents();
      return diamonds.length > 0 && diamonds.every((text) => Number(text.replaceAll(',', '')) >= 10);
    });

    await page.keyboard.press('Escape');
    await page.keyboard.press('d');
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'light');
  }),
);

test('a count that is not upstream’s is one quiet line at the board, and goes when they agree', { skip }, () =>
  withDesk({}, async ({ page, server }) => {
    await hasText(page, '.board-row', /\S/);
    const causes = { joinedLate: 60, gap: 0, unknownGift: 0, multiGuest: 0, unknown: 0 };
    const tell = (counted: number, upstream: number): void =>
      server.publish({
        kind: 'room',
        id: `reconciliation-${counted}`,
        at: 0,
        topic: 'reconciliation',
        user: null,
        text: '',
        value: counted,
        target: upstream,
        reconciliation: { counted, upstream, ...causes },
      });
    tell(12_340, 12_400);
    await hasText(page, '.board-drift', 'counted 12,340 of 12,400: joined late');
    tell(12_400, 12_400);
    await page.locator('.board-drift').waitFor({ state: 'detached' });
  }),
);

test('the button for light and dark knows a system that turns dark in the evening', { skip }, () =>
  withDesk({ view: { colorScheme: 'light' } }, async ({ page }) => {
    await page.getByRole('button', { name: 'Dark theme' }).waitFor();
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.getByRole('button', { name: 'Light theme' }).click();
    assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'light');
  }),
);

test('a paused feed stands still, counts what comes, and goes on', { skip }, () =>
  withDesk({}, async ({ page }) => {
    await hasText(page, '.feed-row', /\S/);
    await page.keyboard.press('Space');
    await hasText(page, '.button-pause', /Run/);
    // The feed stops with its next frame: only then is there anything new beside it.
    await hasText(page, '.button-pause', /\d+ new/);
    const frozen = await page.locator('.feed-row').allTextContents();
    const came = await page.locator('.button-pause').textContent();
    await eventually('more came', async () => (await page.locator('.button-pause').textContent()) !== came);
    assert.deepEqual(await page.locator('.feed-row').allTextContents(), frozen);
    await page.keyboard.press('Space');
    await eventually('the feed runs', async () => {
      const now = await page.locator('.feed-row').allTextContents();
      return JSON.stringify(now) !== JSON.stringify(frozen);
    });
  }),
);

test('a battle shows both numbers of each side, and a dash for what is not known', { skip }, () =>
  withDesk({ pace: { ...calmPace, battleEverySec: 1, battleSec: 60 } }, async (stage) => {
    const { server, page } = stage;
    await until('points have been told', () => (server.view.battle?.scoredAt ?? 0) > 0);
    await hasText(page, '.battle-side[data-side=them] .battle-counted', 'diamonds not seen from here');
    await hasText(page, '[data-testid=spoken]', /Aurora against Mikael B\./);
    await settle(stage);
    const points = await page.locator('.battle-points').allTextContents();
    assert.deepEqual(
      points.map((text) => Number(text.replaceAll(',', ''))),
      server.view.battle!.sides.map((side) => side.points),
    );
    await hasText(page, '.battle-clock', /^0:\d\d$|^\d+\.\d$/);
  }),
);

for (const view of [
  { width: 1_440, height: 900, colorScheme: 'dark' },
  { width: 1_440, height: 900, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const)
  test(`no barrier that axe can find, ${view.colorScheme} at ${view.width} pixels`, { skip }, () =>
    withDesk({ pace: { ...calmPace, battleEverySec: 1, battleSec: 60 }, view }, async (stage) => {
      const { server, page } = stage;
      await until('points have been told', () => (server.view.battle?.scoredAt ?? 0) > 0);
      await settle(stage);
      assert.deepEqual(await barriers(page), []);
      const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
      assert.ok(overflow <= 0, 'the page is wider than its window');
      await page.keyboard.press('?');
      assert.deepEqual(await barriers(page), []);
    }),
  );

test('where less motion is asked for, no row travels', { skip }, () =>
  withDesk({ view: { reducedMotion: 'reduce' } }, async ({ page }) => {
    await hasText(page, '.board-row', /\S/);
    const durations = await page.evaluate("getComputedStyle(document.querySelector('.board-row')).transitionDuration");
    assert.equal(durations, '0s');
  }),
);
