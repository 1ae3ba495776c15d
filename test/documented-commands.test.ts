import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { buildProgram } from '../src/cli/program.ts';
import { readSourceTree } from '../tools/rules/source-tree.ts';

// What the documentation tells people to type has to be there: commands and their options, npm scripts, files.

const root = path.join(import.meta.dirname, '..');
const documents = readSourceTree(root).filter((file) => file.path.endsWith('.md') && file.path !== 'CHANGELOG.md');

interface Typed {
  readonly where: string;
  readonly words: readonly string[];
}

/** Words of the line `text` up to its comment, pipe or redirection; brackets around what may be left out are none. */
function wordsOf(text: string): string[] {
  const line = text.replace(/\s(?:#|\||>|&&|…).*$/, '');
  return line.split(/\s+/).flatMap((word) => word.replace(/^\[|[\].,]+$/g, '') || []);
}

/** Lines of fenced blocks, and code within sentences. */
function typedIn(document: { readonly path: string; readonly text: string }): Typed[] {
  const where = document.path;
  const fences = [...document.text.matchAll(/^```[a-z]*\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const rest = document.text.replaceAll(/^```[\s\S]*?^```/gm, '');
  const spans = [...rest.matchAll(/`([^`\n]+)`/g)].map(([, span]) => span!);
  return [...fences, ...spans]
    .flatMap((line) => line.split('&&'))
    .map((line) => ({ where, words: wordsOf(line.trim()) }));
}

const typed = documents.flatMap((document) => typedIn(document));

interface Called {
  /** `rooms add` */
  readonly command: string;
  readonly options: readonly string[];
  /** Words where a command is expected and none of that name is, options that this command does not have. */
  readonly unknown: readonly string[];
}

/** `meks rooms add --id x` held against the program; null when it is something else, or speaks of any COMMAND. */
function called(words: readonly string[]): Called | null {
  const [first, ...rest] = words[0] === 'npx' ? words.slice(1) : words;
  if (first !== 'meks' || rest.length === 0 || rest.includes('COMMAND')) return null;
  let command = buildProgram();
  const names: string[] = [];
  const unknown: string[] = [];
  for (const word of rest) {
    if (command.commands.length === 0 || word.startsWith('-')) break;
    const next = command.commands.find((one) => one.name() === word);
    if (next === undefined) unknown.push(word);
    else command = next;
    names.push(word);
    if (next === undefined) break;
  }
  const options = rest.filter((word) => /^--[a-z]/.test(word)).map((word) => word.split('=')[0]!);
  const known = new Set(['--help', ...command.options.map(({ long }) => long)]);
  // The benchmark reads its options itself.
  if (command.name() !== 'bench') unknown.push(...options.filter((option) => !known.has(option)));
  return { command: names.join(' '), options, unknown };
}

test('every command of meks that a document names is one, and has the options that are given to it', () => {
  const commands = typed.flatMap(({ where, words }) => {
    const found = called(words);
    return found === null ? [] : [{ ...found, where }];
  });
  assert.ok(commands.length > 30, 'they are found');
  assert.deepEqual(
    commands.filter(({ unknown }) => unknown.length > 0),
    [],
  );
});

test('every script and every file that a document has people run is there', () => {
  const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { readonly scripts: object };
  const scripts = new Set<string | undefined>(Object.keys(manifest.scripts));
  for (const { where, words } of typed) {
    const [program, first, second] = words;
    if (program === 'npm' && first === 'run') assert.ok(scripts.has(second), `${where}: npm run ${second}`);
    // `node -e …` and `node --version` name no file.
    if (program === 'node' && words.some((word) => /\.[cm]?[jt]s$/.test(word))) {
      const file = words.slice(1).find((word) => !word.startsWith('-'));
      assert.ok(file !== undefined && existsSync(path.join(root, file)), `${where}: node ${file}`);
    }
  }
});

test('what is misspelt in a document is found', () => {
  const [typo] = typedIn({ path: 'x.md', text: '```sh\nnpx meks rooms add @ana --idd 7 | head   # one more\n```\n' });
  assert.deepEqual(called(typo!.words), { command: 'rooms add', options: ['--idd'], unknown: ['--idd'] });
  const [, span] = typedIn({ path: 'x.md', text: 'See `meks-not` and `meks serv --demo`.' });
  assert.deepEqual(called(span!.words)?.unknown, ['serv', '--demo']);
});
