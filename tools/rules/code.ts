// Rules about what code says, found in its syntax tree (a word in a comment is no use of it): functions fit
// a screen, time and chance come from src/base, output goes through telemetry, and owners of state never wait.

import ts from 'typescript';
import type { SourceFile } from './source-tree.ts';
import { isTest, scriptText } from './source-tree.ts';
import type { Violation } from './violation.ts';

export const functionLinesMax = 70;

interface Ban {
  /** The words as code spells them: a name, or `object.member`; `object.*` is any member. */
  readonly words: readonly string[];
  readonly instead: string;
  /** Whether the ban holds in this file. */
  readonly holds: (file: string) => boolean;
}

const inSrc = (file: string): boolean => file.startsWith('src/');
const beyondBase = (file: string): boolean =>
  inSrc(file) && !file.startsWith('src/base/') && !file.endsWith('.bench.ts');
/** The owners of state: their turns are synchronous from start to end, so that nothing is ever seen half-made. */
const ownsState = (file: string): boolean => /^src\/(?:ranking|broadcast)\//.test(file) && !isTest(file);

const bans: readonly Ban[] = [
  { words: ['Date.now', 'new Date()'], instead: 'Clock.wallMs of src/base/clock.ts', holds: beyondBase },
  { words: ['performance.now', 'process.hrtime'], instead: 'Clock.nowMs of src/base/clock.ts', holds: beyondBase },
  { words: ['setTimeout', 'setInterval'], instead: 'Clock.after of src/base/clock.ts', holds: beyondBase },
  { words: ['setImmediate'], instead: 'Clock.soon of src/base/clock.ts', holds: beyondBase },
  { words: ['node:timers', 'node:timers/promises'], instead: 'Clock of src/base/clock.ts', holds: beyondBase },
  { words: ['Math.random'], instead: 'Random of src/base/random.ts', holds: beyondBase },
  {
    words: ['console.*'],
    instead: 'the logger (src/telemetry), or process.stdout in src/cli',
    holds: (file) => inSrc(file) && !file.startsWith('src/cli/') && !isTest(file),
  },
  { words: ['await', 'async', 'Promise'], instead: 'a synchronous turn: owners of state never wait', holds: ownsState },
  {
    words: ['export default'],
    instead: 'a named export',
    holds: (file) => !file.endsWith('.config.ts') && !file.endsWith('.config.js'),
  },
];

/** Everything in `file` that breaks a rule about code. */
export function codeViolations(file: SourceFile): Violation[] {
  const banned = new Map<string, string>();
  for (const ban of bans) if (ban.holds(file.path)) for (const word of ban.words) banned.set(word, ban.instead);
  const found: Violation[] = [];
  const text = scriptText(file);
  const tree = ts.createSourceFile(file.path, text, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  const lineOf = (position: number): number => tree.getLineAndCharacterOfPosition(position).line + 1;

  const visit = (node: ts.Node): void => {
    const word = wordOf(node);
    const use = word === null ? undefined : (banned.get(word) ?? banned.get(word.replace(/\..*$/, '.*')));
    if (use !== undefined)
      found.push({
        file: file.path,
        problem: `line ${lineOf(node.getStart(tree))}: ${word} is banned here; use ${use}`,
      });
    if (ts.isFunctionLike(node)) {
      const first = lineOf(node.getStart(tree));
      const lines = lineOf(node.end) - first + 1;
      if (lines > functionLinesMax)
        found.push({
          file: file.path,
          problem: `line ${first}: function of ${lines} lines, at most ${functionLinesMax}`,
        });
    }
    // A member that happens to be called setTimeout is another thing: only what stands before the dot is looked at.
    if (ts.isPropertyAccessExpression(node)) visit(node.expression);
    else ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** The banned word that `node` would be a use of, spelled as in `bans`; null for everything else. */
function wordOf(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression))
    return node.expression.text === 'globalThis' ? node.name.text : `${node.expression.text}.${node.name.text}`;
  if (ts.isIdentifier(node))
    return ['setTimeout', 'setInterval', 'setImmediate', 'Promise'].includes(node.text) ? node.text : null;
  if (ts.isNewExpression(node) && ts.isIdentifier(node.expression))
    return node.expression.text === 'Date' && (node.arguments?.length ?? 0) === 0 ? 'new Date()' : null;
  if (ts.isStringLiteral(node)) return node.text.startsWith('node:timers') ? node.text : null;
  if (ts.isAwaitExpression(node)) return 'await';
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  if (node.kind === ts.SyntaxKind.AwaitKeyword) return 'await';
  if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) return 'export default';
  return null;
}
