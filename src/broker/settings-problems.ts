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

/** What a file may hold, by the schema's names for it. */
const kinds: Readonly<Record<string, string>> = {
  string: 'a text in quotes',
  number: 'a number, without quotes',
  int: 'a whole number',
  boolean: 'true or false, without quotes',
  array: 'a list: [ … ]',
  object: 'an object: { … }',
};

/** What to write there: the schema's own word for it where it has one of ours, else what it says in ours. */
function told(issue: core.$ZodIssue): string {
  switch (issue.code) {
    case 'invalid_type': {
      const give = `give ${kinds[issue.expected] ?? issue.expected}`;
      return issue.message.endsWith('received undefined') ? `is missing: ${give}` : give;
    }
    case 'too_small':
      if (issue.origin === 'string') return 'is empty: give a text, or leave it out';
      return `give ${String(issue.minimum)} or more`;
    case 'too_big':
      return `give ${String(issue.maximum)} or less`;
    case 'invalid_value':
      return `give ${alternatives(issue.values)}`;
    case 'invalid_union':
      // A choice by `kind`; others say in the schema what they want.
      return 'options' in issue && Array.isArray(issue.options) ? `give ${alternatives(issue.options)}` : issue.message;
    default:
      return issue.message;
  }
}

/** `"never", "remote" or "always"` */
function alternatives(values: readonly unknown[]): string {
  const texts = values.map((value) => (typeof value === 'string' ? JSON.stringify(value) : String(value)));
  return [texts.slice(0, -1).join(', '), texts.at(-1)].filter((text) => text !== '').join(' or ');
}

/** `rooms[1].feed.url` */
function nameOf(path: readonly PropertyKey[]): string {
  const name = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return name === '' ? 'the file' : name.replace(/^\./, '');
}
