import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const atRest = `Promise.allSettled(document.getAnimations()
  .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
  .map((animation) => animation.finished))
  .then(() => undefined)`;

/**
 * What keeps somebody out, by axe, in words; empty = nothing is found. Looked at without motion: a row that is half
 * faded in has no colours of its own.
 */
export async function barriers(page: Page): Promise<string[]> {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.evaluate(atRest);
  const { violations } = await new AxeBuilder({ page }).analyze();
  await page.emulateMedia({ reducedMotion: null });
  return violations.map(({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map((node) => node.html).join(' ')}`);
}
