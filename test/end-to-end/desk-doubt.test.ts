import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { CorrectionRequest } from '../../src/protocol/corrections.ts';
import type { User } from '../../src/protocol/events.ts';
import type { Alert, Note, OperatorEvent } from '../../src/protocol/operator.ts';
import { launchBrowser, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { livelyPace } from '../support/lively-programme.ts';
import { StreamServer } from '../support/stream-server.ts';
import { eventually, until } from '../support/until.ts';

// What an operator is shown and may do where the desk does not know: an answer that was lost, a battle that gave way to
// the next one, a note on somebody out of sight, sums that do not agree. In a real browser, against the stand-in for
// the broker.

const skip = whyNoBrowser();
const pace = { ...livelyPace, giftsPerSecond: 40, battleEverySec: 0, battleSec: 1 };

let browser: Browser;
before(async () => {
  if (skip === false) browser = await launchBrowser();
});
after(() => browser?.close());

/** Runs `act` on an open desk at which Mei sits. `expected`: what the browser itself complains of. */
async function withDesk(
  act: (server: StreamServer, page: Page) => Promise<void>,
  facts: object = {},
  expected = /Failed to load resource/,
): Promise<void> {
  const server = new StreamServer({ pace, heartbeatMs: 400 });
  server.facts = facts;
  const url = await server.listen();
  const { page, errors } = await watchedPage(browser);
  try {
    await page.addInitScript("localStorage.setItem('meks.operator-name', 'Mei')");
    await page.goto(`${url}/desk/`);
    await shows(page, '.board-row', /\S/);
    await act(server, page);
    // Of an answer that is cut off the browser itself complains.
    const own = errors.filter((error) => !expected.test(error));
    assert.deepEqual(own, [], 'the page complained');
  } finally {
    await page.context().close();
    await server.close();
  }
}

async function shows(page: Page, selector: string, text: RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: text }).first().waitFor();
}

test(
  'a correction goes to the battle that was chosen, and under its id once more when its answer is lost',
  { skip },
  () =>
    withDesk(async (server, page) => {
      const sent: CorrectionRequest[] = [];
      await page.route('**/corrections', async (route) => {
        sent.push(route.request().postDataJSON() as CorrectionRequest);
        if (sent.length === 1) await route.abort();
        else await route.fulfill({ json: { correction: null, again: true } });
      });
      const nextBattle = async (): Promise<string> => {
        const before = server.view.battle?.battleId;
        await until('another battle has begun', () => {
          server.programme.battleNow();
          return server.view.battle !== null && server.view.battle.battleId !== before;
        });
        return server.view.battle!.battleId;
      };
      const first = await nextBattle();
      await page.keyboard.press('j');
      await page.keyboard.press('Enter');
      const sheet = page.locator('dialog.sheet[open]');
      await sheet.locator('summary').click();
      await sheet.getByLabel('Battle').selectOption({ index: 1 });
      await sheet.getByRole('spinbutton').fill('50');
      await sheet.getByLabel('Why').fill('was not seen');
      await nextBattle();
      const chosen = sheet.getByLabel('Battle').locator('option:checked');
      await chosen.filter({ hasText: /^The battle before: \S/ }).waitFor({ state: 'attached' });

      const correct = sheet.getByRole('button', { name: 'Correct', exact: true });
      await correct.click();
      await shows(page, '.notice[data-tone=bad]', /not known whether .* Trying again is safe/);
      await correct.click();
      await shows(page, '.notice', /carried out already/);
      assert.equal(sent.length, 2);
      assert.deepEqual(sent[1], sent[0]);
      assert.equal('side' in sent[0]! && sent[0].side?.battleId, first);
    }),
);

test('the note on somebody out of sight is asked for before another one can be saved', { skip }, () =>
  withDesk(async (server, page) => {
    const user: User = { id: '777', handle: 'far', name: 'Far Below', avatar: '' };
    const note: Note = { by: 'Ann', at: 5, user, text: 'birthday in May', regular: true };
    let asked = '';
    const answer = Promise.withResolvers<void>();
    await page.route('**/operator/notes*', async (route) => {
      asked = route.request().url();
      await answer.promise;
      await route.fulfill({ json: { notes: [{ note, lastSeenAt: 0 }], total: 1 } });
    });
    server.paused = true;
    // A gift of this size has a row of its own, however many there are in that second.
    const gift = { id: '1', name: 'Whale', price: 5_000, type: 1 };
    const base = { kind: 'gift', id: 'far-1', at: Date.now(), count: 1, diamonds: 5_000, streak: null } as const;
    const standing = { diamonds: 5_000, rank: 150, gifters: 150 };
    server.publish({ ...base, user, gift, receiver: '', multiplier: 1, standing, battle: null });
    await page.locator('.feed-row').filter({ hasText: 'Far Below' }).click();

    const sheet = page.locator('dialog.sheet[open]');
    const save = sheet.getByRole('button', { name: 'Save note' });
    await until('it is asked for', () => asked !== '');
    assert.match(asked, /\/v1\/rooms\/9001\/operator\/notes\?user=777$/);
    const field = sheet.locator('textarea');
    assert.deepEqual([await field.isEditable(), await save.isDisabled()], [false, true], 'nothing is known yet');
    answer.resolve();
    await eventually('the note is there', async () => (await field.inputValue()) === 'birthday in May');
    assert.deepEqual([await save.isDisabled(), await sheet.getByRole('checkbox').isChecked()], [true, true]);
    await field.fill('birthday in June');
    assert.equal(await save.isEnabled(), true);
  }),
);

test('sums that do not agree are told until they do, whatever else is told', { skip }, () =>
  withDesk(
    async (server, page) => {
      const told = (id: string, kind: Alert['kind'], text: string): OperatorEvent => {
        const alert = { id, rule: 'r', kind, at: Date.now(), user: null, value: 5, usual: 0, text, held: 0 };
        return { kind: 'operator', id, at: 0, by: '', change: { list: 'alert', alert } };
      };
      server.publish(told('sums', 'mismatch', 'session: 6 instead of 5'));
      for (const id of ['a', 'b', 'c', 'd']) server.publish(told(id, 'missing', `Name ${id}`));
      await shows(page, '.alert', /Name d|5 regulars .* Name d/);
      await shows(page, '.alert[data-tone=bad]', /sums do not agree: session: 6 instead of 5/);
      await page.reload();
      await shows(page, '.foot-trouble[data-tone=wrong]', /Sums do not agree/);
      // What is new is shown all the same.
      await page.locator('main[data-trust=current]').waitFor();
      await page.keyboard.press('w');
      await shows(page, 'dialog.sheet[open] .trouble', /session: 6 instead of 5/);
    },
    { sumsAgree: false },
  ),
);

test('without its broker a desk does not say that nothing is wrong, nor that rooms are as they were', { skip }, () =>
  withDesk(
    async (server, page) => {
      const sheet = page.locator('dialog.sheet[open]');
      await page.keyboard.press('w');
      await sheet.filter({ hasText: 'Nothing, as far as the broker knows.' }).waitFor();
      await page.keyboard.press('Escape');

      await server.close();
      await page.locator('.desk[data-trust=old]').waitFor();
      await page.keyboard.press('w');
      await sheet.filter({ hasText: 'what is wrong now is not known' }).waitFor();
      assert.equal(await sheet.getByText('Nothing, as far as the broker knows.').count(), 0);
      await page.keyboard.press('Escape');
      await page.keyboard.press('r');
      await sheet
        .filter({ hasText: /The broker cannot be reached\. This is how the rooms were at \d\d:\d\d:\d\d\./ })
        .waitFor();
      await sheet.getByRole('list', { name: 'Followed then' }).waitFor();
    },
    {},
    /Failed to load resource|ERR_CONNECTION_REFUSED/,
  ),
);
