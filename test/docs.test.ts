import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { partNames, partsOf, withParts } from '../tools/doc-tables.ts';
import { readSourceTree } from '../tools/rules/source-tree.ts';

const documents = readSourceTree(path.join(import.meta.dirname, '..')).filter((file) => file.path.endsWith('.md'));

test('what the documentation takes from code says what the code says (npm run docs writes it anew)', () => {
  for (const document of documents) assert.equal(document.text, withParts(document.text), document.path);
});

test('every table of limits, errors and close codes stands in a document', () => {
  const present = new Set(documents.flatMap((document) => partsOf(document.text)));
  assert.deepEqual(
    partNames.filter((name) => !present.has(name)),
    [],
  );
});

test('a document that says something else than the code is brought back', () => {
  const stale = 'before\n<!-- limits -->\n| ringRecordsMax | 7 |\n<!-- /limits -->\nafter\n';
  const fresh = withParts(stale);
  assert.doesNotMatch(fresh, /\| 7 \|/);
  assert.match(
    fresh,
    /^before\n<!-- limits -->\n\n\| limit \|[\s\S]*`ringRecordsMax` \| 16,384 [\s\S]*<!-- \/limits -->\nafter\n$/,
  );
  assert.equal(withParts(fresh), fresh);
});

test('links between documents lead to files that exist', () => {
  const root = path.join(import.meta.dirname, '..');
  for (const document of documents)
    for (const [, target] of document.text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^[a-z]+:/.test(target!)) continue;
      const file = path.posix.join(path.posix.dirname(document.path), target!);
      assert.ok(existsSync(path.join(root, file)), `${document.path}: ${target}`);
    }
});
