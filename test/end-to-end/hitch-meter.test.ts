import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { ServeProcess } from '../support/serve-process.ts';

const skip = whyNoBrowser();

test(
  'the hitch meter of page and broker is a key away, by keyboard alone, and goes back where it came from',
  { skip },
  async () => {
    const broker = await ServeProcess.start('--demo', '--seed', '7', '--no-journal');
    const browser = await launchBrowser();
    try {
      const { page, errors } = await watchedPage(browser);
      page.setDefaultTimeout(30_000);
      await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
      await page.locator('.board-row').first().waitFor();
      await page.getByRole('button', { name: 'Hitch meter' }).focus();
      await page.keyboard.press('v');
      const sheet = page.getByRole('dialog', { name: 'Hitch meter' });
      await sheet.locator('[data-speed=hitches]', { hasText: /^\s*\d+\s+in [^]* you watch/ }).waitFor();
      await sheet.locator('[data-speed=recent]', { hasText: /ms\s+(with \d+|nothing counted)/ }).waitFor();
      assert.match((await sheet.textContent())!, /Young generation[\s\d]+/);
      assert.deepEqual(await barriers(page), []);

      for (let presses = 0; presses < 6; presses++) {
        await page.keyboard.press('Tab');
        const inside = "document.activeElement === document.body || document.activeElement.closest('dialog') !== null";
        assert.equal(await page.evaluate(inside), true, 'the focus stays in the dialog');
      }
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'Hitch meter');
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await broker.stop();
    }
  },
);
