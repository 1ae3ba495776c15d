// `prestart` and `pretest`: builds the pages into dist/web when they are missing or older than what they are made of.
// A fresh clone serves within seconds, and nobody has to remember a build step.

import { pagesAreStale, buildPages } from './pages.ts';

const stale = pagesAreStale();
if (stale !== null) {
  process.stdout.write(`Building the pages (${stale})…\n`);
  await buildPages();
}
