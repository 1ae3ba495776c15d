import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';

// The browser for tests of pages: the system's Chromium, or the one that MEKS_CHROMIUM names. Where there is none the
// tests are skipped with the reason printed; under CI that is a failure.

const executablePath = process.env['MEKS_CHROMIUM'] ?? '/usr/bin/chromium';
const pages = path.join(import.meta.dirname, '../../dist/web/desk/index.html');

/** Why tests of pages cannot run here; false when they can: what node:test takes as `skip`. */
export function whyNoBrowser(): string | false {
  const why = !existsSync(executablePath)
    ? `no Chromium at ${executablePath}: install it, or name one in MEKS_CHROMIUM`
    : !existsSync(pages)
      ? 'the pages are not built: run `npm run build`'
      : false;
  if (why !== false && process.env['CI'] === 'true') throw new Error(why);
  if (why !== false) process.stdout.write(`Skipped: ${why}\n`);
  return why;
}

export function launchBrowser(): Promise<Browser> {
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', ...quiet] });
}

export interface WatchedPage {
  readonly page: Page;
  /** Errors of scripts, of the console and of the page's policy, in order. */
  readonly errors: string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'dark' | 'light';
  readonly reducedMotion?: 'reduce' | 'no-preference';
  /** Fingers instead of a pointer. */
  readonly hasTouch?: boolean;
}

/** A page in a context of its own, whose errors are collected. */
export async function watchedPage(browser: Browser, options: PageOptions = {}): Promise<WatchedPage> {
  const { width = 1_440, height = 900, colorScheme = 'dark', reducedMotion = 'no-preference' } = options;
  const { hasTouch = false } = options;
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion, hasTouch });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  return { page, errors };
}

/** Everything that `selector` (a live region) comes to say from now on, in order, also what is said over at once. */
export async function sayings(page: Page, selector: string): Promise<() => Promise<string[]>> {
  await page.evaluate(`{
    const region = document.querySelector(${JSON.stringify(selector)});
    window.said = [];
    new MutationObserver((records) => {
      const lines = records.flatMap((record) => [...record.addedNodes]).filter((node) => node.nodeType === 1);
      window.said.push(...(lines.length > 0 ? lines : [region]).map((node) => node.textContent));
    }).observe(region, { characterData: true, childList: true, subtree: true });
  }`);
  return () => page.evaluate<string[]>('window.said');
}
