import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { codeViolations, functionLinesMax } from '../tools/rules/code.ts';
import { deadFiles } from '../tools/rules/dead-files.ts';
import { buildModuleGraph } from '../tools/rules/module-graph.ts';
import { listed } from '../tools/rules/violation.ts';
import { isCode, readSourceTree } from '../tools/rules/source-tree.ts';
import { fileLinesMax, lineCharsMax, textViolations } from '../tools/rules/text.ts';
import { wrapComments } from '../tools/rules/wrap-comments.ts';

const files = readSourceTree(path.join(import.meta.dirname, '..'));

const code = (file: string, text: string): string[] =>
  codeViolations({ path: file, text }).map((found) => found.problem);
const text = (file: string, content: string): string[] =>
  textViolations({ path: file, text: content }).map((found) => found.problem);

test('no function outgrows a screen, and no code goes past the doors to time, chance, output and waiting', () => {
  assert.equal(listed(files.filter(isCode).flatMap(codeViolations)), '');
});

test('no file or line is too long, no control character hides, nothing was left over', () => {
  assert.equal(listed(files.flatMap(textViolations)), '');
});

test('no file is dead', () => {
  assert.equal(listed(deadFiles(buildModuleGraph(files), files)), '');
});

test('the whole project is looked at', () => {
  const seen = new Set(files.map((file) => file.path));
  for (const file of ['src/cli/meks.ts', 'test/tidy.test.ts', 'tools/rules/code.ts', 'package.json', 'README.md'])
    assert.ok(seen.has(file), file);
});

test('each banned word is found in every spelling, and named with its replacement', () => {
  const wall = 'Clock.wallMs of src/base/clock.ts';
  const uses: [string, string, string][] = [
    ['Date.now()', 'Date.now', wall],
    ['new Date()', 'new Date()', wall],
    ['performance.now()', 'performance.now', 'Clock.nowMs of src/base/clock.ts'],
    ['process.hrtime.bigint()', 'process.hrtime', 'Clock.nowMs of src/base/clock.ts'],
    ['setTimeout(run, 5)', 'setTimeout', 'Clock.after of src/base/clock.ts'],
    ['globalThis.setInterval(run, 5)', 'setInterval', 'Clock.after of src/base/clock.ts'],
    ['const later = setImmediate', 'setImmediate', 'Clock.soon of src/base/clock.ts'],
    ["import 'node:timers/promises'", 'node:timers/promises', 'Clock of src/base/clock.ts'],
    ['Math.random()', 'Math.random', 'Random of src/base/random.ts'],
    ['console.log(1)', 'console.log', 'the logger (src/telemetry), or process.stdout in src/cli'],
    ['export default 1', 'export default', 'a named export'],
    ['export default class {}', 'export default', 'a named export'],
  ];
  for (const [use, word, instead] of uses)
    assert.deepEqual(code('src/ranking/planted.ts', use), [`line 1: ${word} is banned here; use ${instead}`]);
});

test('words in comments and strings, dates of a given time and members of that name are no uses', () => {
  const harmless = "// Date.now\nnew Date(at); 'setTimeout'; socket.setTimeout(5); switch (a) { default: }";
  assert.deepEqual(code('src/gateway/planted.ts', harmless), []);
});

test('src/base, benchmarks and tools may use the clock; the CLI may print', () => {
  for (const file of [
    'src/base/clock.ts',
    'src/ranking/board.bench.ts',
    'bench/run.ts',
    'tools/check.ts',
    'test/x.test.ts',
  ])
    assert.deepEqual(code(file, 'Date.now(); setTimeout(run, 5);'), [], file);
  assert.deepEqual(code('src/cli/planted.ts', 'console.log(1)'), []);
});

test('owners of state that wait are found, in every form of waiting', () => {
  const words = (content: string): string[] =>
    code('src/broadcast/planted.ts', content).map((problem) => problem.split(' ')[2]!);
  assert.deepEqual(words('async function f() { await g(); }'), ['async', 'await']);
  assert.deepEqual(words('const f = (): Promise<void> => g();'), ['Promise']);
  assert.deepEqual(words('Promise.resolve()'), ['Promise']);
  assert.deepEqual(words('for await (const x of y) {}'), ['await']);
  assert.deepEqual(code('src/delivery/planted.ts', 'async function f() { await g(); }'), []);
});

test('a function above the limit is found with its length, in Svelte at its own line', () => {
  const long = (lines: number): string => `const f = () => {\n${'g();\n'.repeat(lines - 2)}};\n`;
  assert.deepEqual(code('src/ranking/planted.ts', long(functionLinesMax)), []);
  assert.deepEqual(code('src/ranking/planted.ts', long(functionLinesMax + 1)), [
    'line 1: function of 71 lines, at most 70',
  ]);
  assert.deepEqual(code('web/Planted.svelte', `<h1>Date</h1>\n<script>\n${long(71)}</script>\n<p>it's</p>`), [
    'line 3: function of 71 lines, at most 70',
  ]);
});

test('a file and a line above their limits are found; what cannot be broken may be long', () => {
  assert.deepEqual(text('src/x.ts', 'a\n'.repeat(fileLinesMax)), []);
  assert.deepEqual(text('src/x.ts', 'a\n'.repeat(fileLinesMax + 1)), ['401 lines, at most 400: split it by idea']);
  assert.deepEqual(text('src/x_pb.ts', 'a\n'.repeat(fileLinesMax + 1)), [], 'generated');
  assert.deepEqual(text('src/x.ts', `// ${'a'.repeat(lineCharsMax)}`), ['line 1: 123 characters, at most 120']);
  assert.deepEqual(text('src/x.ts', `why: '${'a'.repeat(lineCharsMax)}',`), []);
  assert.deepEqual(text('src/x.ts', `// https://example.org/${'a'.repeat(lineCharsMax)}`), []);
});

test('the formatter breaks long comments between words, and leaves drawings and lists alone', () => {
  const wrapped = (...lines: string[]): string[] => wrapComments(lines.join('\n'), 20).split('\n');
  assert.deepEqual(wrapped('  // one two three four', '  // five'), ['  // one two three', '  // four five']);
  assert.deepEqual(wrapped('// one two three four five', '//   a --> b'), [
    '// one two three',
    '// four five',
    '//   a --> b',
  ]);
  assert.deepEqual(wrapped('/** one two three four */', 'f();'), ['/**', ' * one two three', ' * four', ' */', 'f();']);
  assert.deepEqual(wrapped("'// a string as long as this'"), ["'// a string as long as this'"]);
  assert.deepEqual(wrapped('// | a table | stays as it is |'), ['// | a table | stays as it is |']);
});

test('control characters and reversed text are found, leftover marks in code too', () => {
  assert.deepEqual(text('docs/X.md', 'a\u0007b\r\n'), ['line 1: a control character; write it as an escape']);
  assert.equal(text('src/x.ts', 'const a = 1; // \u202e').length, 1);
  for (const mark of ['TO-DO', 'FIX-ME', 'XX-X', 'HA-CK'])
    assert.equal(text('src/x.ts', `// ${mark.replace('-', '')}: later`).length, 1, mark);
});

test('a file that only its own test imports is dead; one that anything else imports or starts is not', () => {
  const page = { path: 'web/index.html', text: '<script type="module" src="./main.ts"></script>' };
  const planted = [
    { path: 'src/ranking/lonely.ts', text: '' },
    { path: 'src/ranking/lonely.test.ts', text: "import './lonely.ts';" },
    { path: 'src/ranking/used.ts', text: '' },
    { path: 'src/cli/meks.ts', text: "import '../ranking/used.ts';" },
    { path: 'web/main.ts', text: '' },
  ];
  const dead = deadFiles(buildModuleGraph(planted), [...planted, page]);
  assert.deepEqual(
    dead.map((found) => found.file),
    ['src/ranking/lonely.ts'],
  );
});
