import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { meks, runMeks } from '../support/command.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-cli-'));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const full = path.join(folder, name);
  writeFileSync(full, content);
  return full;
}

const roses = (count: number): string => `{"kind":"gift","user":"alice","gift":"Rose","count":${count}}`;

test('what is typed wrong is told with a code, what it was and what there is, and ends with 2', async () => {
  const cases: [string[], RegExp][] = [
    [['serv'], /^MEKS_OPTION_INVALID: unknown command 'serv'\n\(Did you mean serve\?\)/],
    [['playground', '--jsno', 'x.json'], /^MEKS_OPTION_INVALID: unknown option '--jsno'\n\(Did you mean --json\?\)/],
    [['playground'], /^MEKS_OPTION_INVALID: missing required argument 'file'/],
    [['help', 'srve'], /^MEKS_OPTION_INVALID: there is no command 'srve': did you mean serve\?/],
    [['help', 'rooms', 'fly'], /^MEKS_OPTION_INVALID: there is no command 'rooms fly': `meks --help` lists/],
    [['bench', 'marathon'], /^MEKS_OPTION_INVALID: no scenario "marathon"; there are: canonical, /],
    [
      ['bench', '--rate', 'fast'],
      /^MEKS_OPTION_INVALID: --rate "fast": give a number above 0\nType `meks bench --help`/,
    ],
    [['rooms', 'list', '--url', 'ftp://x'], /^MEKS_OPTION_INVALID: --url "ftp:\/\/x": give an address such as http:/],
  ];
  for (const [args, expected] of cases) {
    const { out, err, code } = await runMeks(...args);
    assert.deepEqual({ out, code }, { out: '', code: 2 }, args.join(' '));
    assert.match(err, expected);
  }
});

test('whoever types a command wrong is shown where that very command is explained', async () => {
  for (const [typed, explained] of [
    ['serv', 'meks --help'],
    ['serve --demmo', 'meks serve --help'],
    ['rooms add', 'meks rooms add --help'],
  ] as const)
    assert.match((await runMeks(...typed.split(' '))).err, new RegExp(`Type \`${explained}\` to see what there is`));
});

test('help goes to stdout, names every command and ends with 0', async () => {
  const { out, err, code } = await runMeks('--help');
  assert.deepEqual({ err, code }, { err: '', code: 0 });
  for (const command of ['serve', 'playground']) assert.match(out, new RegExp(`^ {2}${command}`, 'm'));
  const below = await runMeks('help', 'rooms', 'add');
  assert.deepEqual(below, await runMeks('rooms', 'add', '--help'));
  assert.match(below.out, /^Usage: meks rooms add/);
  assert.match((await runMeks('rooms', '--help')).out, /^ {2}help \[command\] +show the help of a command$/m);
});

test('the help of `serve` says what belongs together, and how it is begun', async () => {
  const { out } = await runMeks('help', 'serve');
  const headings = [...out.matchAll(/^([A-Z].*):$/gm)].map(([, heading]) => heading);
  assert.deepEqual(headings, [
    'Options',
    'What to show',
    'How --room is followed',
    'Who may reach it (docs/SERVER.md)',
    'What is kept (docs/DURABILITY.md)',
    'For many dashboards',
    'Examples',
  ]);
  assert.match(out, /^ {2}meks serve --config meks\.json$/m);
});

test('a settings file is no better than the token file that it names', async () => {
  const settings = file('settings.json', '{"rooms":[],"tokenFile":"token"}');
  const without = await runMeks('config', 'check', settings);
  assert.match(without.err, /^MEKS_FILE_UNREADABLE: tokenFile ".*token": there is no such file/);
  assert.equal(without.code, 1);
  file('token', 'short\n');
  assert.match((await runMeks('config', 'check', settings)).err, /^MEKS_FILE_MALFORMED: tokenFile /);
  file('token', 'a-token-of-the-broker-1\r\n');
  assert.equal((await runMeks('config', 'check', settings)).code, 0);
});

const noProc = existsSync('/proc/self') ? false : 'this system has no /proc';

test('a folder that no system makes is refused, instead of tried for ever', { skip: noProc }, async () => {
  const recording = file('one.ndjson', '');
  const cases: [string[], RegExp][] = [
    [['serve', '--demo', '--port', '0', '--data', '/proc/meks'], /MEKS_JOURNAL_UNWRITABLE: .*\/proc\/meks.*--data/],
    [['serve', '--demo', '--port', '0', '--record', '/proc/meks'], /MEKS_FILE_UNWRITABLE: cannot record into .*ENOENT/],
    [['replay', 'pseudonymise', recording, '/proc/meks/x'], /^MEKS_FILE_UNWRITABLE: .*\/proc\/meks\/x/],
    [
      ['backup', folder, '/proc/meks'],
      /^MEKS_FILE_UNWRITABLE: \/proc\/meks cannot be written \(ENOENT.*\): free space, or name another place/,
    ],
  ];
  for (const [args, expected] of cases) {
    const { err, code } = await runMeks(...args);
    assert.match(err, expected);
    assert.equal(code, 1, args.join(' '));
  }
});

test('a playground ends with one line of summary, for programs and for people', async () => {
  const rose = file('rose.json', roses(5));
  const json = await runMeks('playground', rose, '--json');
  assert.deepEqual({ err: json.err, code: json.code }, { err: '', code: 0 });
  const lines = json.out.trimEnd().split('\n');
  const kinds = lines.map((line) => (JSON.parse(line) as { kind: string }).kind);
  assert.deepEqual(kinds, ['gift', 'board', 'summary']);
  const text = await runMeks('playground', rose, rose);
  assert.match(text.out, /@alice gives 5 x Rose: \+5, now 10, rank 1\/1/);
  assert.match(text.out, /board of playground: 10 diamonds by 1 gifter\n {3}1 {2}10 {2}@alice/);
  assert.doesNotMatch(text.out, /\u001b/, 'no colours where nobody sees them');
  assert.match(text.out, /\n {2}10 diamonds given\n$/, 'nothing is held against what these gifts do not say');
  const example = path.join(import.meta.dirname, '..', '..', 'examples', 'events', 'message.json');
  assert.match((await runMeks('playground', example)).out, /3 diamonds given; 1 of 1 gifts that say their worth agree/);
});

test('a file that cannot be read, and a line that is none, are told by name and number, and end with 1', async () => {
  const missing = await runMeks('playground', path.join(folder, 'none.ndjson'));
  assert.deepEqual({ out: missing.out, code: missing.code }, { out: '', code: 1 });
  assert.match(missing.err, /^MEKS_FILE_UNREADABLE: cannot read the recording .*none\.ndjson/);
  const bad = await runMeks('playground', file('bad.ndjson', `${roses(1)}\n{"kind":\n`));
  assert.equal(bad.code, 1);
  assert.match(bad.err, /^MEKS_FILE_MALFORMED: .*bad\.ndjson line 2: not JSON/);
  assert.match(bad.out, /1 malformed line\n$/);
});

test('a reader that has seen enough ends the program quietly', async () => {
  const many = file('many.ndjson', `${roses(1)}\n`.repeat(20_000));
  const child = spawn(process.execPath, [meks, 'playground', many], { stdio: ['ignore', 'pipe', 'pipe'] });
  let err = '';
  child.stderr.on('data', (text: Buffer) => (err += text.toString()));
  const closed = once(child, 'close');
  await Promise.race([once(child.stdout, 'data'), closed]);
  child.stdout.destroy();
  const [code] = (await closed) as [number | null];
  assert.deepEqual({ code, err }, { code: 0, err: '' });
});

test('with --watch, a save runs it again and shows what changed; half a save is told and waited out', async (context) => {
  const watched = file('watched.json', roses(5));
  const child = spawn(process.execPath, [meks, 'playground', watched, '--watch'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const err = createInterface({ input: child.stderr })[Symbol.asyncIterator]();
  const lineOf = async (lines: AsyncIterator<string>, pattern: RegExp): Promise<string> => {
    for (;;) {
      const { value, done } = await lines.next();
      assert.ok(done !== true, `ended before ${String(pattern)}`);
      if (pattern.test(value)) return value;
    }
  };
  await lineOf(err, /^Waiting for the next save/);
  // Some editors write a new file and put it in the old one's place.
  renameSync(file('watched.new', roses(7)), watched);
  await lineOf(out, /^- .*gives 5 x Rose/);
  await lineOf(out, /^\+ .*gives 7 x Rose/);
  file('watched.json', roses(7).slice(0, 20));
  await lineOf(err, /^MEKS_FILE_MALFORMED/);
  const savedMs = performance.now();
  file('watched.json', roses(9));
  await lineOf(out, /^\+ .*gives 9 x Rose/);
  // A figure for the reader, without a bound: this machine may be busy.
  context.diagnostic(`from a save to what comes of it: ${Math.round(performance.now() - savedMs)} ms`);
  child.kill('SIGINT');
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  assert.deepEqual({ code, signal }, { code: 0, signal: null });
});
