import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pastRoomList } from '../../src/gateway/cold/schemas/history.ts';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { eventually } from '../support/until.ts';

// A LIVE that the broker followed once: found again from the desk of another.

test(
  'a room that is no longer followed is found from the desk, quietly, and leads to its past',
  { skip: whyNoBrowser() },
  async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'meks-gone-'));
    const tokenFile = path.join(data, 'token');
    writeFileSync(tokenFile, 'the-push-token-of-this-test');
    let broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
    const known = async (): Promise<ReturnType<typeof pastRoomList.parse>['rooms']> =>
      pastRoomList.parse(await broker.json('/v1/history/rooms')).rooms;
    const browser = await launchBrowser();
    try {
      await eventually('the LIVE is in the history', async () => ((await known())[0]?.seq ?? 0) > 50);
      await broker.stop();
      broker = await ServeProcess.start('--push', 'main', '--push-token-file', tokenFile, '--data', data);
      await eventually('both are known', async () => (await known()).length === 2);
      const { handle } = (await known()).find(({ room }) => room === 'demo')!;

      const { page, errors } = await watchedPage(browser);
      page.setDefaultTimeout(30_000);
      await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
      await page.getByRole('button', { name: 'All rooms and their past' }).focus();
      await page.keyboard.press('r');
      const sheet = page.getByRole('dialog', { name: 'Rooms' });
      const now = sheet.getByRole('list', { name: 'Followed now' });
      assert.deepEqual(await now.getByRole('button').allTextContents(), ['@main']);
      const gone = sheet.getByRole('region', { name: 'No longer followed' });
      await gone.getByText(/^1 session, last \w+,? \d+ \w+ \d{4}$/).waitFor();
      assert.equal(await gone.locator('.room-name').textContent(), `@${handle}`);
      assert.deepEqual(await barriers(page), []);

      const [past] = await Promise.all([page.waitForEvent('popup'), gone.getByRole('link').click()]);
      await past.locator('h1', { hasText: 'Sessions' }).waitFor();
      await past.locator('table tbody tr').first().waitFor();
      assert.equal(await past.locator('.room-picker option:checked').textContent(), `@${handle}`);
      assert.equal(await past.locator('.room-picker optgroup').getAttribute('label'), 'No longer followed');
      assert.equal(await past.locator('.state').first().textContent(), 'End not seen');
      await page.keyboard.press('Escape');
      const focused = await page.evaluate('document.activeElement.textContent.trim()');
      assert.equal(focused, 'All rooms and their past');
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await broker.stop();
      rmSync(data, { recursive: true });
    }
  },
);
