// Rules about a file as text: its length, its lines, its characters, and what was left over.

import type { SourceFile } from './source-tree.ts';
import { isCode } from './source-tree.ts';
import type { Violation } from './violation.ts';

export const fileLinesMax = 400;
export const lineCharsMax = 120;

/** Spelled so that this file does not contain them. */
const leftover = new RegExp(
  `\\b(?:${['TO-DO', 'FIX-ME', 'XX-X', 'HA-CK'].map((word) => word.replace('-', '')).join('|')})\\b`,
);

/** Control characters (tab and newline are none of these), and those that change the direction of reading. */
const invisible = /[\u0000-\u0008\u000b-\u001f\u007f\u202a-\u202e\u2066-\u2069\ufeff]/;

/** Everything in `file` that breaks a rule about text. */
export function textViolations(file: SourceFile): Violation[] {
  const found: Violation[] = [];
  const lines = file.text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const code = isCode(file);
  if (code && lines.length > fileLinesMax)
    found.push({ file: file.path, problem: `${lines.length} lines, at most ${fileLinesMax}: split it by idea` });
  for (const [index, line] of lines.entries()) {
    const say = (problem: string): unknown => found.push({ file: file.path, problem: `line ${index + 1}: ${problem}` });
    if (code && line.length > lineCharsMax && !isUnbreakable(line))
      say(`${line.length} characters, at most ${lineCharsMax}`);
    if (code && leftover.test(line)) say('something was left over: finish it, or write it down as an issue');
    if (invisible.test(line)) say('a control character; write it as an escape');
  }
  return found;
}

/** A long string or address cannot be broken without making it harder to find. */
function isUnbreakable(line: string): boolean {
  return line.replaceAll(/(['"`])(?:(?!\1).)*\1/g, "''").length <= lineCharsMax || /https?:\/\//.test(line);
}
