// `npm run tidy [-- PATH…]`: what architecture.test.ts and tidy.test.ts would find, one line each, in half a second.

import path from 'node:path';
import { architectureViolations } from './rules/architecture.ts';
import { codeViolations } from './rules/code.ts';
import { deadFiles } from './rules/dead-files.ts';
import { buildModuleGraph } from './rules/module-graph.ts';
import { isCode, readSourceTree } from './rules/source-tree.ts';
import { textViolations } from './rules/text.ts';
import { listed } from './rules/violation.ts';

const files = readSourceTree(path.join(import.meta.dirname, '..'));
const graph = buildModuleGraph(files);
const all = [
  ...architectureViolations(graph),
  ...files.filter(isCode).flatMap(codeViolations),
  ...files.flatMap(textViolations),
  ...deadFiles(graph, files),
];
const wanted = process.argv.slice(2);
const shown = all.filter(({ file }) => wanted.length === 0 || wanted.some((start) => file.startsWith(start)));
process.stdout.write(listed(shown));
if (shown.length > 0) process.exitCode = 1;
