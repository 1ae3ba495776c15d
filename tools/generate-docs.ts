// `npm run docs`: brings the parts of the documentation that are made from code up to date.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withParts } from './doc-tables.ts';
import { readSourceTree } from './rules/source-tree.ts';

const root = path.join(import.meta.dirname, '..');

for (const file of readSourceTree(root).filter((one) => one.path.endsWith('.md'))) {
  const name = path.join(root, file.path);
  const before = readFileSync(name, 'utf8');
  const after = withParts(before);
  if (after === before) continue;
  writeFileSync(name, after);
  process.stdout.write(`${file.path} is up to date again\n`);
}
