import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { runMeks } from '../support/command.ts';
import { rawRequest } from '../support/http-raw.ts';
import { ServeProcess } from '../support/serve-process.ts';

// Messages that are not as they were, from a pusher to the desk of a real broker.

const token = 'the-push-token-of-this-test';

/** A gift whose sender's nickname is a number, and one under a new name. */
const mistyped = { method: 'WebcastGiftMessage', b64: Buffer.from([0x3a, 4, 8, 1, 0x18, 5]).toString('base64') };
const renamed = { method: 'WebcastLikeMessageV2', b64: '' };

test(
  'when TikTok changes its messages the desk says which, since when, what hangs on it, and what to do',
  { skip: whyNoBrowser() },
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'meks-drift-'));
    const tokenFile = path.join(folder, 'token');
    writeFileSync(tokenFile, token);
    const broker = await ServeProcess.start('--push', 'main', '--push-token-file', tokenFile, '--no-journal');
    const url = `http://127.0.0.1:${broker.port}`;
    const push = async (...items: readonly object[]): Promise<void> => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
      const answer = await rawRequest(broker.port, 'POST /v1/rooms/main/push', headers, JSON.stringify(items));
      assert.equal(answer.status, 200, answer.body.toString());
    };
    const browser = await launchBrowser();
    try {
      const { page, errors } = await watchedPage(browser);
      page.setDefaultTimeout(60_000);
      await page.goto(`${url}/desk/`);
      await page.locator('.lamp', { hasText: 'Live' }).waitFor();
      assert.equal(await page.locator('.foot-trouble').count(), 0);
      await push(mistyped, mistyped);

      const word = page.getByRole('button', { name: 'TikTok has changed' });
      await word.waitFor();
      await page
        .locator('[data-testid=spoken]', { hasText: /TikTok has changed\. .*may be too low/ })
        .waitFor({ state: 'attached' });
      await page.keyboard.press('w');
      const sheet = page.getByRole('dialog', { name: 'What is wrong' });
      await sheet.getByText(/^Gifts cannot be read as before: .* Seen 2 times, last at \d\d:\d\d:\d\d\.$/).waitFor();
      await sheet.getByText(/^since \d\d:\d\d:\d\d, /).waitFor();
      await sheet.getByText('Diamonds, gifts and boards may be too low.').waitFor();
      const command = (await sheet.locator('code').textContent())!;
      assert.equal(command, `meks drift --room main --url ${url}`);
      const shown = await runMeks(...command.split(' ').slice(1));
      assert.match(shown.out, /^1 alarm\n.*method-changed {2}WebcastGiftMessage/);
      assert.deepEqual(await barriers(page), []);

      await push(renamed);
      await sheet.getByText(/^Likes may come under a new name: WebcastLikeMessageV2, .* Seen 1 time,/).waitFor();
      await sheet.getByText('Diamonds, gifts and boards may be too low. Likes may be too low.').waitFor();
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('.desk').getAttribute('data-trust'), 'current', 'what is shown is what is');
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await broker.stop();
      rmSync(folder, { recursive: true });
    }
  },
);
