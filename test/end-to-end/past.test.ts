import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { PastBoard } from '../../src/protocol/history-answers.ts';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { eventually } from '../support/until.ts';

// The page of the past in a real browser, on the history of a real broker whose LIVE goes on meanwhile. What is
// asserted is what is on screen, beside what the broker answers for the same position.

const skip = whyNoBrowser();
const waitMs = 30_000;
const room = '/v1/rooms/demo';

let browser: Browser;
let broker: ServeProcess;
let data = '';
before(async () => {
  if (skip !== false) return;
  browser = await launchBrowser();
  data = await mkdtemp(path.join(tmpdir(), 'meks-past-'));
  broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
  // More gifters than a page of the board has, and the first battle.
  await eventually(
    'there is something to see',
    async () => {
      const board = (await broker.json(`${room}/sessions/1/board`)) as Partial<PastBoard>;
      const { battles } = (await broker.json(`${room}/sessions/1/battles`)) as {
        readonly battles?: readonly unknown[];
      };
      return (board.gifters ?? 0) > 50 && (battles ?? []).length > 0;
    },
    60_000,
  );
});
after(async () => {
  await browser?.close();
  await broker?.stop();
  if (data !== '') await rm(data, { recursive: true });
});

async function openPast(query: string, width = 1_440, shown = true): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await watchedPage(browser, { width, height: 900 });
  page.setDefaultTimeout(waitMs);
  await page.goto(`http://127.0.0.1:${broker.port}/history/${query}`);
  if (shown) await page.locator('.facts, table').first().waitFor();
  return { page, errors };
}

async function assertNoBarriers(page: Page): Promise<void> {
  assert.deepEqual(await barriers(page), []);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  assert.ok(overflow <= 0, 'the page is wider than its window');
}

/** Rank and diamonds of the rows on screen. */
async function boardRows(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`[...document.querySelectorAll('table')]
    .find((table) => table.caption.textContent === 'Board of the session')
    .querySelectorAll('tbody tr').values()
    .map((row) => row.cells[0].textContent + ' ' + row.cells[2].textContent).toArray()`);
}

test(
  'from the desk to the board of a session, page by page at one position, while the LIVE goes on',
  { skip },
  async () => {
    const { page, errors } = await watchedPage(browser);
    page.setDefaultTimeout(waitMs);
    await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
    const opened = page.waitForEvent('popup');
    await page.getByRole('link', { name: 'The past' }).click();
    const past = await opened;
    await past.getByRole('heading', { name: 'Sessions' }).waitFor();
    assert.equal(await past.locator('.state').first().textContent(), 'Live now');
    await past.locator('tbody th a').first().click();
    await past.getByRole('heading', { name: /^LIVE of / }).waitFor();
    assert.equal(await past.evaluate('document.activeElement.tagName'), 'H1', 'the focus goes where the eyes go');

    await past.getByRole('link', { name: 'Next' }).click();
    await past.locator('.pager', { hasText: '51 to' }).waitFor();
    const seq = new URL(past.url()).searchParams.get('seq');
    const address = `${room}/sessions/1/board?limit=50&offset=50&seq=${seq}`;
    const { rows } = (await broker.json(address)) as PastBoard;
    const wanted = rows.map((row) => `${row.rank} ${row.diamonds.toLocaleString('en-US')}`);
    assert.deepEqual(await boardRows(past), wanted);

    // Somebody else opens the address, later: the same board, and a word about what came since.
    await past.locator('.reach .button', { hasText: /newer events?: show/ }).waitFor();
    await past.reload();
    await past.locator('.pager', { hasText: '51 to' }).waitFor();
    assert.deepEqual(await boardRows(past), wanted);
    assert.match(
      (await past.locator('main').textContent())!,
      new RegExp(`after event ${Number(seq).toLocaleString('en-US')}`),
    );

    await past.goBack();
    await past.locator('.pager', { hasText: '1 to 50' }).waitFor();
    assert.deepEqual(errors, []);
    await page.context().close();
  },
);

test('a gifter is found by a part of the name, and their sessions lead back', { skip }, async () => {
  const { page, errors } = await openPast('?room=demo&gifters=');
  const name = (await page.locator('.name bdi').first().textContent())!;
  await page.getByRole('searchbox').fill(name.slice(1, 6));
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'All', exact: true }).waitFor();
  assert.equal(new URL(page.url()).searchParams.get('search'), name.slice(1, 6));
  await page.locator('.name a', { hasText: name }).first().click();
  await page.getByRole('heading', { name, level: 1 }).waitFor();
  await page.locator('tbody th a').first().click();
  await page.getByRole('heading', { name: /^LIVE of / }).waitFor();
  await page.goto(`http://127.0.0.1:${broker.port}/history/?room=demo&gifters=&search=nobody-has-this`);
  await page.locator('.empty', { hasText: 'Nobody with “nobody-has-this”' }).waitFor();
  assert.deepEqual(errors, []);
  await page.context().close();
});

test('a battle of the past has both numbers, and says what this room does not see', { skip }, async () => {
  const { page, errors } = await openPast('?room=demo&session=1');
  await page.locator('a[href*="battle="]').first().click();
  await page.getByRole('heading', { name: / against / }).waitFor();
  assert.match((await page.locator('.side[data-side="0"]').textContent())!, /match points.*diamonds counted/s);
  assert.match((await page.locator('.side[data-side="1"]').textContent())!, /diamonds not seen from this room/);
  await assertNoBarriers(page);
  assert.deepEqual(errors, []);
  await page.context().close();
});

test('every table that is offered is a file', { skip }, async () => {
  const { page } = await openPast('?room=demo&session=1');
  const files = await page.evaluate<string[]>("[...document.querySelectorAll('.files a')].map((link) => link.href)");
  assert.equal(files.length, 15);
  for (const file of files) {
    const response = await page.request.head(file);
    assert.equal(response.status(), 200, file);
    assert.match(response.headers()['content-disposition'] ?? '', /attachment; filename="demo-/);
  }
  await page.locator('.files summary').first().click();
  const download = page.waitForEvent('download');
  await page.locator('.files[open] a', { hasText: 'XLSX' }).first().click();
  assert.match((await download).suggestedFilename(), /^demo-boards-1.*\.xlsx$/);
  await page.context().close();
});

test('a broker that does not answer is not taken for a past that is not there', { skip }, async () => {
  const { page } = await openPast('?room=demo');
  await page.route('**/v1/**', (route) => route.abort());
  await page.getByRole('link', { name: 'Gifters' }).click();
  await page.locator('.problem', { hasText: /No answer.*The broker cannot be reached\..* shown before\./s }).waitFor();
  await page.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Ask again' }).click();
  await page.getByRole('searchbox').waitFor();
  assert.equal(await page.locator('.problem').count(), 0);
  await page.context().close();
});

for (const width of [1_440, 390])
  test(`no barrier in the past that axe can find, at ${width} pixels`, { skip }, async () => {
    for (const query of ['', '?room=demo&session=1', '?room=demo&gifters=', '?room=demo&session=999']) {
      const { page } = await openPast(query, width, !query.includes('999'));
      if (query.includes('999')) await page.locator('.problem', { hasText: 'knows no' }).waitFor();
      await assertNoBarriers(page);
      await page.context().close();
    }
  });

for (const width of [768, 390, 320])
  test(
    `in a window of ${width} pixels no table of the past is wider than its frame, and the head is in order`,
    { skip },
    async () => {
      const { page, errors } = await openPast('?room=demo', width);
      const wide =
        "[...document.querySelectorAll('.table-frame')].filter((frame) => frame.scrollWidth > frame.clientWidth).map((frame) => frame.innerText)";
      assert.deepEqual(await page.evaluate<string[]>(wide), []);
      await page.getByRole('link', { name: 'Gifters' }).click();
      await page.locator('.name a').first().click();
      await page.getByRole('heading', { name: 'Sessions' }).waitFor();
      assert.deepEqual(await page.evaluate<string[]>(wide), []);
      const above = await page.evaluate<boolean>(`(() => {
      const middle = (selector) => {
        const { top, bottom } = document.querySelector(selector).getBoundingClientRect();
        return (top + bottom) / 2;
      };
      return Math.abs(middle('.head .icon-button') - middle('.room-picker')) <= 1;
    })()`);
      assert.ok(above, 'rooms and theme are in one line');
      assert.deepEqual(errors, []);
      await page.context().close();
    },
  );

test(
  'on paper the past is dark on white, without what is pressed, and on screen as before after that',
  { skip },
  async () => {
    const { page } = await openPast('?room=demo&session=1');
    const ink = (): Promise<number> =>
      page.evaluate<number>(`Number(/\\d+/.exec(getComputedStyle(document.querySelector('main h1')).color)[0])`);
    await page.getByRole('button', { name: 'Light theme' }).click();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    assert.ok((await ink()) > 200, 'the screen is dark');
    await page.emulateMedia({ media: 'print' });
    await page.evaluate("dispatchEvent(new Event('beforeprint'))");
    assert.ok((await ink()) < 60, 'light letters are not seen on paper');
    assert.deepEqual(
      await Promise.all(['.head', '.files', '.facts', 'table'].map((one) => page.locator(one).first().isVisible())),
      [false, false, true, true],
    );
    await page.evaluate("dispatchEvent(new Event('afterprint'))");
    await page.emulateMedia({ media: 'screen' });
    assert.ok((await ink()) > 200, 'the screen is dark again');
    await page.context().close();
  },
);

test('a broker that keeps no logs says so, and what to do', { skip }, async () => {
  const forgetful = await ServeProcess.start('--demo', '--seed', '7', '--no-journal');
  try {
    const { page } = await watchedPage(browser);
    await page.goto(`http://127.0.0.1:${forgetful.port}/history/?room=demo`);
    await page.locator('.problem', { hasText: 'keeps no logs' }).waitFor();
    await page.context().close();
  } finally {
    await forgetful.stop();
  }
});
