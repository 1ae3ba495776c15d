import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { DiskDescription } from '../../src/protocol/disk.ts';
import { barriers } from '../support/barriers.ts';
import { launchBrowser, sayings, watchedPage, whyNoBrowser } from '../support/browser.ts';
import { runMeks } from '../support/command.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { eventually } from '../support/until.ts';

// The real broker on a disk that takes nothing more: the system refuses its writes beyond a size of file, until it is
// told to take them again.

const skip = spawnSync('prlimit', ['--version']).error === undefined ? false : 'no prlimit (util-linux) here';

function limitFiles(broker: ServeProcess, bytes: number | 'unlimited'): void {
  const set = spawnSync('prlimit', [`--pid=${broker.process.pid}`, `--fsize=${bytes}:unlimited`], { encoding: 'utf8' });
  assert.equal(set.status, 0, set.stderr);
}

interface Readiness {
  readonly status: string;
  readonly disks: readonly (DiskDescription & { readonly room: string })[];
}

test(
  'while the disk takes nothing the broker is not ready and says why; then what waited is written',
  { skip },
  async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'meks-disk-'));
    const broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
    const readiness = async (): Promise<Readiness> => (await broker.json('/readyz')) as Readiness;
    const becomes = (state: DiskDescription['state']): Promise<void> =>
      eventually(`the disk is ${state}`, async () => (await readiness()).disks[0]!.state === state);
    try {
      await eventually('it is ready', async () => (await readiness()).status === 'ready');
      limitFiles(broker, 1_000);
      await becomes('disk-failed');
      await eventually('events wait', async () => (await readiness()).disks[0]!.waiting > 10);
      const { status, disks } = await readiness();
      assert.deepEqual([status, disks.length, disks[0]!.room, disks[0]!.refuses], ['not-writing', 1, 'demo', false]);
      assert.ok(disks[0]!.since > Date.now() - 60_000 && disks[0]!.since <= Date.now());
      const list = await runMeks('rooms', 'list', '--url', `http://127.0.0.1:${broker.port}`);
      assert.match(list.out, /NOTHING IS WRITTEN: disk-failed/);
      limitFiles(broker, 'unlimited');
      await becomes('ok');
      const mended = await readiness();
      assert.deepEqual([mended.status, mended.disks[0]!.refuses], ['ready', false]);
      await eventually('what waited is written', async () => (await readiness()).disks[0]!.waiting <= 10);
    } finally {
      await broker.stop();
      rmSync(data, { recursive: true });
    }
  },
);

test(
  'the desk says that nothing new is shown, why, and what to do, by keyboard alone; and when it is over',
  { skip: skip || whyNoBrowser() },
  async () => {
    const data = mkdtempSync(path.join(tmpdir(), 'meks-disk-'));
    const broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
    const browser = await launchBrowser();
    try {
      const { page, errors } = await watchedPage(browser);
      page.setDefaultTimeout(60_000);
      await page.goto(`http://127.0.0.1:${broker.port}/desk/`);
      await page.locator('.board-row').first().waitFor();
      const trust = (state: string): Promise<void> => page.locator(`.desk[data-trust=${state}]`).waitFor();
      assert.equal(await page.locator('.foot-trouble').count(), 0);
      await trust('current');
      const said = await sayings(page, '[data-testid=spoken]');

      limitFiles(broker, 1_000);
      await page.locator('.banner', { hasText: /^Disk fails Nothing new since \d\d:\d\d:\d\d\. / }).waitFor();
      await page
        .locator('[role=alert]', { hasText: 'Disk fails. Nothing new is shown.' })
        .waitFor({ state: 'attached' });
      await trust('old');
      await page.getByRole('button', { name: 'What to do' }).focus();
      await page.keyboard.press('w');
      const sheet = page.getByRole('dialog', { name: 'What is wrong' });
      await sheet.getByText('Read the system log').waitFor();
      await sheet.getByText(/^\d[\d,]* events wait to be written\.$/).waitFor();
      assert.deepEqual(await barriers(page), []);
      await page.keyboard.press('Escape');
      assert.equal(await page.evaluate('document.activeElement.textContent.trim()'), 'What to do');

      limitFiles(broker, 'unlimited');
      await page.locator('.banner').waitFor({ state: 'detached' });
      await page.locator('.foot-trouble').waitFor({ state: 'detached' });
      await eventually('its end is said', async () =>
        (await said()).some((text) => text.startsWith('Over: Disk fails.')),
      );
      await trust('current');
      assert.deepEqual(errors, []);
    } finally {
      await browser.close();
      await broker.stop();
      rmSync(data, { recursive: true });
    }
  },
);
