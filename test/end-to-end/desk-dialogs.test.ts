import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, sayings, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { livelyPace } from '../support/lively-programme.ts';
import { StreamServer } from '../support/stream-server.ts';
import { eventually } from '../support/until.ts';

// The desk's dialogs by keyboard alone, and on a phone, where they cover the foot of the page: what is typed goes where
// it should, and what was done in them is told in them. In a real browser, against the stand-in for the broker.

const skip = whyNoBrowser();
const pace = { ...livelyPace, giftsPerSecond: 40, battleEverySec: 0 };

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** Runs `act` on an open desk at which `name` sits; '' = nobody who was asked yet. */
async function withDesk(name: string, act: (page: Page, server: StreamServer) => Promise<void>): Promise<void> {
  const server = new StreamServer({ pace, heartbeatMs: 400 });
  const url = await server.listen();
  const { page, errors } = await watchedPage(browser, { width: 390, height: 844, hasTouch: true });
  try {
    if (name !== '') await page.addInitScript(`localStorage.setItem('meks.operator-name', '${name}')`);
    await page.goto(`${url}/desk/`);
    await page.locator('.board-row').filter({ hasText: /\S/ }).first().waitFor();
    await act(page, server);
    const own = errors.filter((error) => !error.includes('Failed to load resource'));
    assert.deepEqual(own, [], 'the page complained');
  } finally {
    await page.context().close();
    await server.close();
  }
}

/** Answers every change of an operator: as done, and, once `refusal` says why, as refused. */
async function answerChanges(page: Page, refusal: () => string): Promise<unknown[]> {
  const sent: unknown[] = [];
  await page.route('**/operator', async (route) => {
    if (route.request().method() !== 'POST') return route.fallback();
    sent.push(route.request().postDataJSON());
    const message = refusal();
    if (message === '') return await route.fulfill({ json: { event: null, again: true } });
    return await route.fulfill({ status: 409, json: { error: { code: 'MEKS_OPERATOR_SAME', message } } });
  });
  return sent;
}

test(
  'what is typed after the key for a note is the note, and after a change without a name it is the name',
  { skip },
  () =>
    withDesk('', async (page) => {
      const sent = await answerChanges(page, () => '');
      await page.keyboard.press('j');
      await page.keyboard.press('n');
      const sheet = page.getByRole('dialog', { name: /^About / });
      await sheet.getByPlaceholder('Seen at every desk').waitFor();
      await page.keyboard.type('Birthday in May');
      assert.equal(await sheet.locator('textarea').inputValue(), 'Birthday in May');

      await sheet.getByRole('button', { name: 'Save note' }).click();
      await page.getByRole('dialog', { name: 'Who are you?' }).waitFor();
      await page.keyboard.type('Mei');
      await page.keyboard.press('Enter');
      await eventually('the note was sent under that name', () => Promise.resolve(sent.length === 1));
      assert.deepEqual(
        [sent[0]].map((one) => (one as { readonly by: string; readonly text: string }).by),
        ['Mei'],
      );
    }),
);

test('a key that is held down opens the dialog of a gifter and presses nothing in it', { skip }, () =>
  withDesk('Mei', async (page) => {
    let popups = 0;
    page.on('popup', () => popups++);
    await page.keyboard.press('j');
    await page.keyboard.down('Enter');
    const sheet = page.getByRole('dialog', { name: /^About / });
    await sheet.waitFor();
    for (let repeats = 0; repeats < 5; repeats++) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    assert.equal(await sheet.isVisible(), true);
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'DIALOG');
    assert.equal(popups, 0);
  }),
);

test('a change that is refused in a dialog is told in that dialog, within reach', { skip }, () =>
  withDesk('Mei', async (page) => {
    await answerChanges(page, () => 'pin "1" is so already: nothing would change');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    const sheet = page.getByRole('dialog', { name: /^About / });
    const heard = await sayings(page, 'dialog[open] [role=status]');
    await sheet.getByRole('button', { name: 'Pin' }).click();
    const notice = sheet.locator('.notice', { hasText: 'is so already' });
    await notice.waitFor();
    assert.ok(
      (await heard()).some((text) => text.includes('is so already')),
      'it is said where it can be heard',
    );
    assert.equal(await page.locator('.notice').count(), 1, 'and not told twice');
    // A click finds out whether anything lies over it.
    await notice.getByRole('button', { name: 'Dismiss' }).click();
    await notice.waitFor({ state: 'detached' });
  }),
);

test('a sentence that is said again is heard again', { skip }, () =>
  withDesk('Mei', async (page, server) => {
    server.paused = true;
    await page.keyboard.press('j');
    await page.locator('.board-row[data-selected]').waitFor();
    await page
      .getByTestId('spoken')
      .filter({ hasText: /^\s*1, / })
      .waitFor({ state: 'attached' });
    const heard = await sayings(page, '[data-testid=spoken]');
    await page.keyboard.press('k');
    await page.keyboard.press('k');
    await eventually('both are said', async () => (await heard()).length === 2);
    const [first, second] = await heard();
    assert.match(first!, /^1, .* diamonds?\.$/);
    assert.equal(second, first);
  }),
);

test('a gift that is pressed is the one that is opened, however far the feed has gone on meanwhile', { skip }, () =>
  withDesk('Mei', async (page, server) => {
    server.paused = true;
    const shown = page.locator('[data-meter=seq] .meter-value');
    await eventually('the page stands still', async () => {
      return Number((await shown.textContent())?.replaceAll(',', '')) === server.seq;
    });
    const [x, y, key, name] = await page.evaluate<[number, number, string, string]>(`(() => {
      const { left, top, bottom } = document.querySelector('.feed-panel .panel-body').getBoundingClientRect();
      const x = left + 60;
      for (let y = top + 20; y < bottom; y += 10) {
        const row = document.elementFromPoint(x, y)?.closest('.feed-row[data-kind=gift]');
        if (row) return [x, y, row.dataset.key, row.querySelector('.feed-name').textContent];
      }
    })()`);
    await page.mouse.move(x, y);
    await page.mouse.down();
    server.paused = false;
    const below = `document.elementFromPoint(${x}, ${y})?.closest('.feed-row')?.dataset.key`;
    await eventually('the feed has gone on', async () => (await page.evaluate(below)) !== key);
    await page.mouse.up();
    await page.getByRole('dialog', { name: `About ${name}`, exact: true }).waitFor();
  }),
);
