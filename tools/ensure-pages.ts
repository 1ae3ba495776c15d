// `prestart` and `pretest`: builds the pages into dist/web when they are missing or older than what they are made of.
// A fresh clone serves within seconds, and nobody has to remember a build step.

import { buildPages, pagesAreStale } from './pages.ts';

const stale = pagesAreStale();
if (stale !== null) {
  process.stdout.write(`Building the pages (${stale})…\n`);
  try {
    await buildPages();
  } catch (error) {
    // The builder has shown what is wrong and where.
    process.stderr.write(`${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`);
    process.exitCode = 1;
  }
}
