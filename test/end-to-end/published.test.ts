import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { readSourceTree } from '../../tools/rules/source-tree.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// The published package is JavaScript below somebody's node_modules, where Node strips no types.

const root = path.join(import.meta.dirname, '..', '..');
const home = mkdtempSync(path.join(tmpdir(), 'meks-published-'));
const installed = path.join(home, 'node_modules', 'meks');
after(() => rmSync(home, { recursive: true }));

function run(file: string, ...args: string[]): { out: string; status: number | null } {
  const { stdout, stderr, status } = spawnSync(process.execPath, [file, ...args], { cwd: root, encoding: 'utf8' });
  return { out: stdout + stderr, status };
}

function compile(project: string, outDirectory: string): void {
  const compiler = path.join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  const compiled = run(compiler, '--project', project, '--outDir', path.join(installed, outDirectory));
  assert.deepEqual(compiled, { out: '', status: 0 });
}

before(() => {
  mkdirSync(installed, { recursive: true });
  compile('tsconfig.build.json', 'dist');
  compile('tsconfig.client.json', 'dist/client');
  for (const part of ['bin', 'package.json'])
    cpSync(path.join(root, part), path.join(installed, part), { recursive: true });
  symlinkSync(path.join(root, 'node_modules'), path.join(installed, 'node_modules'), 'dir');
});

test('the compiled program runs from below node_modules, launcher, commands and all', () => {
  const meks = path.join(installed, 'bin', 'meks.js');
  assert.match(run(meks, '--version').out, /^\d+\.\d+\.\d+\n$/);
  const rose = path.join(home, 'rose.json');
  writeFileSync(rose, '{"kind":"gift","user":"alice","gift":"Rose"}');
  assert.match(run(meks, 'playground', rose).out, /@alice gives 1 x Rose/);
});

test('what the program and the README name is in the package: documents, examples, files for a server', () => {
  const packed = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root, encoding: 'utf8' });
  assert.equal(packed.status, 0, packed.stderr);
  const [{ files }] = JSON.parse(packed.stdout) as [{ readonly files: readonly { readonly path: string }[] }];
  const paths = new Set(files.map((file) => file.path));
  const sources = readSourceTree(root).filter(({ path: name }) =>
    /^(?:src\/.*\.ts|README\.md|docs\/[^/]*\.md)$/.test(name),
  );
  const named = sources.flatMap(({ text }) => text.match(/\b(?:docs\/[A-Z]+\.md|examples\/[a-z.-]+\.mjs)\b/g) ?? []);
  assert.ok(named.length > 20, 'they are found');
  for (const name of named) assert.ok(paths.has(name), name);
  for (const name of ['nginx.conf', 'meks.service', 'meks.json']) assert.ok(paths.has(`examples/server/${name}`), name);
});

test('a program of somebody else follows a room with `meks/client`, as in the example', async () => {
  copyFileSync(path.join(root, 'examples', 'follow.mjs'), path.join(home, 'follow.mjs'));
  const broker = await ServeProcess.start('--demo', '--seed', '7', '--no-journal');
  const { rooms } = (await broker.json('/v1/rooms')) as { rooms: { id: string }[] };
  const follower = spawn(process.execPath, ['follow.mjs', `http://127.0.0.1:${broker.port}`, rooms[0]!.id], {
    cwd: home,
  });
  let out = '';
  for (const stream of [follower.stdout, follower.stderr])
    stream.on('data', (bytes: Buffer) => (out += bytes.toString()));
  try {
    await until('a gift and the leader', () => / = \d+ diamonds\n {2}\d+ in all, .+ leads with \d+\n/.test(out));
  } finally {
    follower.kill();
    await broker.stop();
  }
  assert.match(out, /^\[snapshot\]/);
});

test('the types of `meks/client` are enough to compile against, without the types of Node', () => {
  const program = path.join(home, 'program.ts');
  writeFileSync(
    program,
    `import { type RoomView, StreamClient, subscribeBoard } from 'meks/client';
const client = new StreamClient({ streamUrl: 'http://127.0.0.1/v1/rooms/r/stream' });
client.onEvent((event) => void (event.kind === 'gift' && event.diamonds.toFixed()));
export const view: RoomView | null = client.view;
export const board = subscribeBoard({ roomUrl: 'http://127.0.0.1/v1/rooms/r', scope: { kind: 'session' } });
`,
  );
  const compiler = path.join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');
  const flags = [
    '--ignoreConfig',
    '--noEmit',
    '--strict',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom',
    '--types',
    '',
  ];
  assert.deepEqual(run(compiler, ...flags, program), { out: '', status: 0 });
});
