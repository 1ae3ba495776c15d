import type { core } from 'zod';
import { closest } from '../base/closest.ts';
import { placeOf } from './jsonc.ts';

// What is wrong with a file of settings, in words for whoever wrote it: line, column, the setting, and what it may be.

/** One text for each issue, from the top of the file: `4:12: rooms[0].handle: give a handle without @`. */
export function problemsOf(text: string, issues: readonly core.$ZodIssue[], names: readonly string[]): string[] {
  const problems = issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ ...placeOf(text, issue.path), said: `${nameOf(issue.path)}: ${told(issue)}` }];
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      const likely = closest(key, names);
      const remedy = likely === null ? '`meks config schema` has them all' : `did you mean "${likely}"?`;
      return { ...placeOf(text, path, true), said: `${nameOf(path)}: there is no such setting: ${remedy}` };
    });
  });
  const inOrder = problems.toSorted((one, other) => one.line - other.line || one.column - other.column);
  return inOrder.map(({ line, column, said }) => `${line}:${column}: ${said}`);
}

/** `message` about what stands at `path` in `text`. */
export function problemAt(text: string, path: readonly PropertyKey[], message: string): string {
  const { line, column } = placeOf(text, path);
  return `${line}:${column}: ${nameOf(path)}: ${message}`;
}

/** The schema's own word for it, and plainer ones where it speaks of its own workings. */
function told(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `is missing: give ${/^[aeio]/.test(issue.expected) ? 'an' : 'a'} ${issue.expected}`;
  return issue.message;
}

/** `rooms[1].feed.url` */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name === '' ? 'the file' : name.replace(/^\./, '');
}
