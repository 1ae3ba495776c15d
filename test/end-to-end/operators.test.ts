import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Locator, Page } from 'playwright-core';
import type { LedgerEntry } from '../../src/protocol/corrections.ts';
import type { SnapshotFrame } from '../../src/protocol/frames.ts';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { ServeProcess } from '../support/serve-process.ts';

// Two desks of one real broker, in a real browser: each sees what the other does, takes it back, and finds it again
// after a restart. What is asserted is what is on the screen.

const skip = whyNoBrowser();
const waitMs = 30_000;

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** A desk at which somebody of this name sits. */
async function openDesk(broker: ServeProcess, name: string, width = 1_440): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await watchedPage(browser, { width, height: 900 });
  page.setDefaultTimeout(waitMs);
  await page.addInitScript(`if (${JSON.stringify(name)} !== '') localStorage.setItem('meks.operator-name', '${name}')`);
  await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
  await page.locator('.board-row').first().waitFor();
  return { page, errors };
}

function serve(data: string): Promise<ServeProcess> {
  return ServeProcess.start('--demo', '--seed', '7', '--data', data);
}

async function shows(locator: Locator, text: string | RegExp): Promise<void> {
  await locator.filter({ hasText: text }).first().waitFor();
}

async function ledgerOf(broker: ServeProcess): Promise<readonly LedgerEntry[]> {
  const answer = (await broker.json('/v1/rooms/demo/corrections')) as { corrections: readonly LedgerEntry[] };
  return answer.corrections;
}

test('what one desk does the other sees, takes back, and both find again after a restart', { skip }, async () => {
  const data = await mkdtemp(path.join(tmpdir(), 'meks-operators-'));
  let broker = await serve(data);
  try {
    const ann = await openDesk(broker, 'Ann');
    const ben = await openDesk(broker, 'Ben');

    // Ann goes to the first gifter by keyboard, pins, and notes something.
    await ann.page.keyboard.press('j');
    await shows(ann.page.locator('[data-testid=spoken] p'), /^1, .* diamonds?\./);
    await ann.page.keyboard.press('p');
    await ben.page.locator('.pin').waitFor();
    const name = (await ben.page.locator('.pin-name').textContent())!;
    await ann.page.keyboard.press('n');
    const sheet = ann.page.locator('dialog.sheet[open]');
    await sheet.waitFor();
    assert.equal(await ann.page.evaluate('document.activeElement.tagName'), 'TEXTAREA', 'N goes to the note');
    await sheet.locator('textarea').fill('Birthday in May');
    await sheet.getByRole('button', { name: 'Save note' }).click();
    await shows(ben.page.locator('.board-handle[data-note]'), 'Birthday in May');

    // A correction needs a reason; it shows at both desks with the broker's numbers.
    await sheet.locator('summary').click();
    await sheet.getByRole('spinbutton', { name: 'Diamonds' }).fill('70000');
    assert.equal(await sheet.getByRole('button', { name: 'Correct', exact: true }).isDisabled(), true);
    await sheet.getByLabel('Why').fill('paid twice');
    await sheet.getByRole('button', { name: 'Correct', exact: true }).click();
    await shows(ben.page.locator('.feed-row'), `Correction: 70,000 diamonds added for ${name}, by Ann: paid twice`);
    await shows(ben.page.locator('.pin-diamonds'), /^7\d,\d{3}$/);
    await ann.page.keyboard.press('Escape');

    // Ben reads it in the ledger and takes it back.
    await ben.page.keyboard.press('l');
    const entry = ben.page.locator('.entry').filter({ hasText: 'paid twice' });
    await entry.getByRole('button', { name: 'Undo' }).click();
    await entry.getByLabel('Why it is undone').fill('it was not');
    await entry.getByRole('button', { name: 'Undo it' }).click();
    await shows(ben.page.locator('.entry[data-undone]'), 'paid twice');
    await shows(ann.page.locator('.feed-row'), 'by Ben: it was not');
    const [undo, correction] = await ledgerOf(broker);
    assert.deepEqual(
      [undo!.action, undo!.undoes, undo!.by, correction!.undoneBy, correction!.open],
      ['undo', correction!.id, 'Ben', undo!.id, false],
    );

    // Ann takes her note back with the keys that everybody knows, and thanks somebody.
    await ann.page.keyboard.press('Control+z');
    await ben.page.locator('.board-handle[data-note]').waitFor({ state: 'detached' });
    await ann.page.keyboard.press('q');
    await ann.page.locator('.thanks li').first().getByRole('button', { name: 'Thanked' }).click();
    await shows(ben.page.locator('.board-marks'), '✓');
    assert.deepEqual([ann.errors, ben.errors], [[], []], 'a page complained');
    await ann.page.context().close();
    await ben.page.context().close();

    await broker.stop('SIGKILL');
    broker = await serve(data);
    const later = await openDesk(broker, 'Ann');
    await shows(later.page.locator('.pin-name'), name);
    await later.page.keyboard.press('l');
    await shows(later.page.locator('.entry[data-undone]'), 'paid twice');
    await later.page.context().close();
  } finally {
    await broker.stop();
    await rm(data, { recursive: true, force: true });
  }
});

test(
  'whoever has no name is asked for one, a refusal is told in words, and alerts and goals are shown',
  { skip },
  async () => {
    const data = await mkdtemp(path.join(tmpdir(), 'meks-operators-'));
    const broker = await serve(data);
    try {
      const { page, errors } = await openDesk(broker, '');
      await page.keyboard.press('j');
      await page.keyboard.press('p');
      const asked = page.locator('dialog.sheet[open]');
      await shows(asked, 'Who are you?');
      await asked.locator('input').fill('Mei');
      await page.keyboard.press('Enter');
      await page.locator('.pin').waitFor();
      await shows(page.locator('.notice'), 'pinned.');

      await page.keyboard.press('a');
      const rules = page.locator('dialog.sheet[open]');
      await rules.getByLabel('What the goal is called').fill('A thousand');
      await rules.locator('form').first().getByRole('button', { name: 'Add' }).click();
      assert.equal(
        await rules.locator('.with-unit').innerText(),
        'diamonds',
        'what the number counts is there to read',
      );
      await rules.getByLabel('diamonds', { exact: true }).fill('1');
      await rules.locator('form').nth(1).getByRole('button', { name: 'Add' }).click();
      await shows(rules.locator('li'), 'A gift or streak of 1 diamond');
      assert.deepEqual(await barriers(page), []);
      await page.keyboard.press('Escape');
      await shows(page.locator('.goal'), 'A thousand');
      await page.locator('.alert').first().waitFor();

      // Another program was quicker: this desk is told so by the broker.
      await page.route('**/operator', (route) =>
        route.fulfill({
          status: 409,
          json: { error: { code: 'MEKS_OPERATOR_SAME', message: 'pin "1" is so already: nothing would change' } },
        }),
      );
      await page.keyboard.press('p');
      await shows(page.locator('.notice[data-tone=bad]'), 'is so already');
      assert.equal(await page.locator('.pin').count(), 1, 'nothing is shown that did not happen');
      const complaints = errors.filter((error) => !error.includes('409'));
      assert.deepEqual(complaints, [], 'the page complained');
    } finally {
      await broker.stop();
      await rm(data, { recursive: true, force: true });
    }
  },
);

test(
  'whoever gives no name is told that nothing was sent, and the form that asked can be sent again',
  { skip },
  async () => {
    const data = await mkdtemp(path.join(tmpdir(), 'meks-operators-'));
    const broker = await serve(data);
    try {
      const { page, errors } = await openDesk(broker, '');
      await page.locator('.board-row').first().click();
      const sheet = page.getByRole('dialog', { name: /^About / });
      await sheet.locator('summary').click();
      await sheet.getByRole('spinbutton', { name: 'Diamonds' }).fill('70000');
      await sheet.getByLabel('Why').fill('paid twice');
      const send = sheet.getByRole('button', { name: 'Correct', exact: true });
      const asked = page.getByRole('dialog', { name: 'Who are you?' });
      for (const leave of [
        () => page.keyboard.press('Escape'),
        () => asked.getByRole('button', { name: 'Close' }).click(),
      ]) {
        await send.click();
        await asked.waitFor();
        await leave();
        await asked.waitFor({ state: 'hidden' });
        await shows(page.locator('.notice'), 'Nothing was sent: it needs a name.');
        assert.equal(await send.isEnabled(), true, 'the form can be sent again');
        assert.equal(await sheet.getByLabel('Why').inputValue(), 'paid twice', 'and is as it was written');
      }
      assert.deepEqual(await ledgerOf(broker), []);

      await send.click();
      await asked.locator('input').fill('Mei');
      await page.keyboard.press('Enter');
      await shows(page.locator('.feed-row'), ', by Mei: paid twice');
      assert.deepEqual(
        (await ledgerOf(broker)).map(({ by, diamonds }) => [by, diamonds]),
        [['Mei', 70_000]],
      );
      assert.deepEqual(errors, []);
    } finally {
      await broker.stop();
      await rm(data, { recursive: true, force: true });
    }
  },
);

for (const width of [1_440, 390])
  test(
    `dialogs of a gifter and of the ledger have no barrier that axe can find, at ${width} pixels`,
    { skip },
    async () => {
      const data = await mkdtemp(path.join(tmpdir(), 'meks-operators-'));
      const broker = await serve(data);
      try {
        const { page } = await openDesk(broker, 'Mei', width);
        const { view } = (await broker.json('/v1/rooms/demo/snapshot')) as SnapshotFrame;
        await correct(broker, view.board[0]!.user.id);
        await page.locator('.board-row').first().click();
        await page.locator('dialog.sheet[open] summary').click();
        assert.deepEqual(await barriers(page), []);
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
        assert.ok(overflow <= 0, 'the page is wider than its window');
        await page.keyboard.press('Escape');
        await page.keyboard.press('l');
        await page.locator('.entry').waitFor();
        assert.deepEqual(await barriers(page), []);
        // What is read aloud has its way to the same dialog.
        await page.keyboard.press('Escape');
        await page
          .locator('table tbody th button')
          .first()
          .evaluate((button: { click(): void }) => button.click());
        await page.locator('dialog.sheet[open] .acts').waitFor();
      } finally {
        await broker.stop();
        await rm(data, { recursive: true, force: true });
      }
    },
  );

async function correct(broker: ServeProcess, user: string): Promise<void> {
  const body = { id: 'first-correction', by: 'Ann', reason: 'test', action: 'add', user, diamonds: 5 };
  const response = await fetch(`http://127.0.0.1:${broker.port}/v1/rooms/demo/corrections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.equal(response.status, 200, await response.text());
}
