// Dead files: code that nothing imports but its own test. The entries are where the outside starts something.

import type { ModuleGraph } from './module-graph.ts';
import type { SourceFile } from './source-tree.ts';
import { isTest } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** Started by name: the program, tools and benchmarks by scripts, pages by their html. */
const entries = [/^src\/cli\/meks\.ts$/, /^tools\/[^/]+\.ts$/, /^bench\/[^/]+\.ts$/, /\.config\.ts$/];

/** Every file of `graph` that nothing imports. Those named in an .html, .cjs or .json of `files` are started by it. */
export function deadFiles(graph: ModuleGraph, files: readonly SourceFile[]): Violation[] {
  const imported = new Set<string>();
  for (const [file, imports] of graph)
    for (const { target } of imports) if (target !== null && !isOwnTest(file, target)) imported.add(target);
  const starters = files.filter((file) => /\.(?:html|cjs|json)$/.test(file.path));
  return [...graph.keys()]
    .filter((file) => !imported.has(file) && !isRun(file) && !entries.some((entry) => entry.test(file)))
    .filter((file) => !starters.some((starter) => starter.text.includes(file.slice(file.lastIndexOf('/') + 1))))
    .map((file) => ({ file, problem: 'nothing imports it but its own test: use it or delete it' }));
}

function isRun(file: string): boolean {
  return /\.(?:test|bench)\.ts$/.test(file) || file.endsWith('.d.ts');
}

/** `x.test.ts` and `x.bench.ts` beside `x.ts` do not keep it alive. */
function isOwnTest(test: string, file: string): boolean {
  return isTest(test) && test.replace(/\.(?:test|bench)\.ts$/, '.ts') === file;
}
