// `npm run format`, second half: oxfmt leaves comments as they are, and a comment of 121 characters breaks a rule.
// Moves the words that are too many to the line below. Usage: node tools/wrap-comments.ts [PATH…]

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { isCode, readSourceTree } from './rules/source-tree.ts';
import { lineCharsMax } from './rules/text.ts';
import { wrapComments } from './rules/wrap-comments.ts';

const root = path.join(import.meta.dirname, '..');
const wanted = process.argv.slice(2);

for (const file of readSourceTree(root).filter(isCode)) {
  if (wanted.length > 0 && !wanted.some((start) => file.path.startsWith(start))) continue;
  const wrapped = wrapComments(file.text, lineCharsMax);
  if (wrapped === file.text) continue;
  writeFileSync(path.join(root, file.path), wrapped);
  process.stdout.write(`${file.path}: comments wrapped\n`);
}
