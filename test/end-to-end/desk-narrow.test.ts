import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { livelyPace } from '../support/lively-programme.ts';
import { StreamServer } from '../support/stream-server.ts';

// The desk where there is little room: phones, upright tablets, a window at 400 %. What has no room is left out whole;
// nothing is shown in part, and nothing that matters is left out. In a real browser, against the stand-in.

const skip = whyNoBrowser();
const pace = { ...livelyPace, giftsPerSecond: 40, battleEverySec: 1, battleSec: 60 };

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** Runs `act` on an open desk in a battle, in a window of this width, under fingers where it is a phone's. */
async function withDesk(width: number, act: (page: Page, server: StreamServer) => Promise<void>): Promise<void> {
  const server = new StreamServer({ pace, heartbeatMs: 400 });
  const url = await server.listen();
  const { page } = await watchedPage(browser, { width, height: 844, hasTouch: width < 1_000 });
  try {
    await page.goto(`${url}/desk/`);
    await page.locator('.segments', { hasText: 'Aurora' }).waitFor();
    await act(page, server);
  } finally {
    await page.context().close();
    await server.close();
  }
}

for (const width of [1_100, 900, 768, 706, 390, 320])
  test(`each total is shown whole or not at all, and the diamonds always, at ${width} pixels`, { skip }, () =>
    withDesk(width, async (page, server) => {
      server.paused = true;
      // As many digits as a long LIVE has.
      await page.evaluate(
        `for (const figure of document.querySelectorAll('.total dd')) figure.textContent = '123,456,789'`,
      );
      const shown = await page.evaluate<{ readonly seen: boolean; readonly whole: boolean }[]>(`(() => {
        const strip = document.querySelector('.totals').getBoundingClientRect();
        return [...document.querySelectorAll('.total')].map((total) => {
          const { left, right, top, bottom, width } = total.getBoundingClientRect();
          const seen = width > 0 && top < strip.bottom - 1;
          return { seen, whole: left >= strip.left - 1 && right <= strip.right + 1 && bottom <= strip.bottom + 1 };
        });
      })()`);
      assert.equal(shown[0]!.seen, true);
      assert.deepEqual(
        shown.filter(({ seen, whole }) => seen && !whole),
        [],
      );
    }),
  );

for (const width of [1_100, 768, 706, 390, 320])
  test(`nothing below a battle moves when its points become many, at ${width} pixels`, { skip }, () =>
    withDesk(width, async (page, server) => {
      server.paused = true;
      const heights = await page.evaluate<number[]>(`['9', '999', '999,999'].map((points) => {
        for (const figure of document.querySelectorAll('.battle-points')) figure.textContent = points;
        return document.querySelector('.battle-panel').getBoundingClientRect().height;
      })`);
      assert.equal(new Set(heights).size, 1, heights.join(', '));
    }),
  );

for (const width of [1_440, 768, 390, 320])
  test(
    `each way to turn a battle is shown whole or not at all, on as many lines as ever, at ${width} pixels`,
    { skip },
    () =>
      withDesk(width, async (page, server) => {
        server.paused = true;
        const closers = [
          '20 Galaxy + 1 Corgi + 1 Gloves',
          'or 3 Future City + 1 Whale Diving',
          'or 6 Meteor Shower + 1 Corgi',
        ];
        const heights = await page.evaluate<number[]>(`(() => {
        const panel = document.querySelector('.battle-panel');
        const line = document.querySelector('.battle-closers');
        document.querySelector('.battle-need').textContent = 'To lead: 20,425 diamonds';
        const before = panel.getBoundingClientRect().height;
        line.hidden = false;
        ${JSON.stringify(closers)}.forEach((text, index) => {
          line.children[index].hidden = false;
          line.children[index].textContent = text;
        });
        return [before, panel.getBoundingClientRect().height];
      })()`);
        assert.equal(heights[1], heights[0], 'what is below does not move');
        const shown = await page.evaluate<string[]>(`(() => {
        const line = document.querySelector('.battle-closers').getBoundingClientRect();
        return [...document.querySelectorAll('.battle-closer')].map((closer) => {
          const { top, bottom } = closer.getBoundingClientRect();
          if (top >= line.bottom - 1) return 'not at all';
          return bottom <= line.bottom + 1 && closer.scrollWidth <= closer.clientWidth ? 'whole' : 'a part';
        });
      })()`);
        assert.equal(shown[0], 'whole');
        assert.ok(!shown.includes('a part'), shown.join(', '));
      }),
  );

test('on the narrowest phone all that is on top is in one line, and each board can be chosen', { skip }, () =>
  withDesk(320, async (page) => {
    const tops = await page.evaluate<number[]>(
      `[...document.querySelectorAll('.top .room-picker, .top .icon-button')]
        .filter((one) => one.checkVisibility())
        .map((one) => Math.round(one.getBoundingClientRect().top + one.getBoundingClientRect().height / 2))`,
    );
    assert.equal(new Set(tops).size, 1, tops.join(', '));
    const cut = await page.evaluate<string[]>(`[...document.querySelectorAll('.panel-head button')]
      .filter((one) => one.getBoundingClientRect().right > one.closest('.panel').getBoundingClientRect().right)
      .map((one) => one.textContent.trim())`);
    assert.deepEqual(cut, []);
  }),
);

for (const width of [390, 320])
  test(`a phone of ${width} pixels says why it is disconnected, to the last word`, { skip }, () =>
    withDesk(width, async (page, server) => {
      server.refuseWith = { code: 1001, reason: 'server is stopping' };
      server.cut();
      await page.locator('.banner[data-link=down], .banner[data-link=refused]').waitFor();
      const cut = await page.evaluate<number>(
        "(({ scrollHeight, clientHeight, scrollWidth, clientWidth }) => Math.max(scrollHeight - clientHeight, scrollWidth - clientWidth))(document.querySelector('.banner-detail'))",
      );
      assert.ok(cut <= 1, `${(await page.locator('.banner').textContent()) ?? ''} is cut off by ${cut} pixels`);
    }),
  );

test('fields are of a size that a phone’s browser does not zoom in on', { skip }, () =>
  withDesk(390, async (page) => {
    await page.keyboard.press('a');
    await page.locator('dialog.sheet[open]').waitFor();
    const sizes = await page.evaluate<number[]>(
      `[...document.querySelectorAll('dialog[open] :is(input:not([type=checkbox]), select, textarea)')]
        .map((field) => parseFloat(getComputedStyle(field).fontSize))`,
    );
    assert.ok(sizes.length >= 5 && sizes.every((size) => size >= 16), sizes.join(', '));
  }),
);

test('alerts and lines about what was done lie beside each other or above, never over each other', { skip }, () =>
  withDesk(390, async (page, server) => {
    await page.addInitScript("localStorage.setItem('meks.operator-name', 'Mei')");
    await page.reload();
    await page.route('**/operator', (route) =>
      route.fulfill({ status: 409, json: { error: { code: 'MEKS_OPERATOR_SAME', message: 'pin "1" is so already' } } }),
    );
    await page.locator('.board-row').filter({ hasText: /\S/ }).first().waitFor();
    await page.keyboard.press('j');
    for (const count of [1, 2, 3]) {
      await page.keyboard.press('p');
      await page
        .locator('.notice')
        .nth(count - 1)
        .waitFor();
    }
    for (const id of ['a', 'b']) {
      const alert = {
        id,
        rule: 'r',
        kind: 'missing',
        at: 0,
        user: null,
        value: 5,
        usual: 0,
        text: id,
        held: 0,
      } as const;
      server.publish({ kind: 'operator', id, at: 0, by: '', change: { list: 'alert', alert } });
    }
    await page.locator('.alert').nth(1).waitFor();
    // A click finds out whether anything lies over it.
    for (let left = 2; left > 0; left--)
      await page.locator('.alert').first().getByRole('button', { name: 'Dismiss' }).click();
    await page.locator('.alert').first().waitFor({ state: 'detached' });
    await page.locator('.notice').first().getByRole('button', { name: 'Dismiss' }).click();
  }),
);
