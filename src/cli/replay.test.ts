import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runMeks } from '../../test/support/command.ts';
import { giftOf, messageTime } from '../../test/support/webcast-messages.ts';
import { formatMessageLine, readManifest, readRecording, surveyRecording, roomOfRecording } from '../feed/recording.ts';
import type { RecordedItem } from '../feed/recording.ts';

const folder = mkdtempSync(join(tmpdir(), 'meks-replay-'));
after(() => rmSync(folder, { recursive: true }));

const gapLine = '{"gap":{"reason":"silence","at":1780000050000,"lengthMs":1000,"missed":3}}\n';

/** A hundred gifts, one a second, with a gap after the fiftieth and a line that is none. */
function recording(name: string): string {
  const path = join(folder, name);
  const lines = Array.from({ length: 100 }, (_, index) => {
    const raw = giftOf(
      { msgId: String(index + 1) },
      {},
      { receivedAt: messageTime + index * 1_000, history: index < 5 },
    );
    return formatMessageLine({ ...raw, msgId: String(index + 1) });
  });
  lines.splice(50, 0, gapLine);
  writeFileSync(path, `${lines.join('')}nonsense\n`);
  return path;
}

async function itemsOf(path: string): Promise<RecordedItem[]> {
  const items: RecordedItem[] = [];
  for await (const item of readRecording(path)) items.push(item);
  return items;
}

async function idsOf(path: string): Promise<number[]> {
  return (await itemsOf(path)).flatMap((item) => (item.kind === 'message' ? [Number(item.raw.msgId)] : []));
}

test('replay list says span, messages, methods, gaps and size of every recording below a folder', async () => {
  const path = recording('evening.ndjson');
  const { out, code, err } = await runMeks('replay', 'list', '--json', folder);
  assert.deepEqual([code, err], [0, '']);
  const lines = out.trimEnd().split('\n');
  assert.equal(lines.length, 1);
  const survey = JSON.parse(lines[0]!) as Awaited<ReturnType<typeof surveyRecording>>;
  assert.deepEqual(
    { ...survey, bytes: survey.bytes > 10_000 },
    {
      kind: 'recording',
      path,
      files: 1,
      bytes: true,
      messages: 100,
      history: 5,
      gaps: 1,
      missed: 3,
      malformed: 1,
      torn: false,
      firstAt: messageTime,
      lastAt: messageTime + 99_000,
      methods: [{ method: 'WebcastGiftMessage', messages: 100 }],
    },
  );
  const text = await runMeks('replay', 'list', path);
  assert.match(text.out, /1 min 39 s; 1 file, 0\.0 MB\n {2}100 messages \(5 of a backlog\), 1 gap, 3 messages missing/);
});

const trims: [string, string[], number, number][] = [
  ['by number', ['--messages', '11-20'], 11, 20],
  ['from a number on', ['--messages', '91-'], 91, 100],
  ['up to a number', ['--messages', '-10'], 1, 10],
  ['by time from the start', ['--from', '10s', '--to', '0.5m'], 11, 30],
  ['by the clock', ['--from', new Date(messageTime + 95_000).toISOString()], 96, 100],
];

for (const [index, [what, flags, first, last]] of trims.entries()) {
  test(`replay trim ${what} keeps just that, as a recording of its own`, async () => {
    const target = join(folder, `trimmed-${index}`);
    const { code, out } = await runMeks('replay', 'trim', recording('whole.ndjson'), target, ...flags);
    assert.equal(code, 0);
    assert.equal(out, `${last - first + 1} messages in ${target}\n`);
    assert.deepEqual(
      await idsOf(target),
      Array.from({ length: last - first + 1 }, (_, at) => first + at),
    );
    assert.ok(readManifest(target).segments.every((segment) => segment.complete));
  });
}

test('replay list says what is wrong with one recording, and lists the others all the same', async () => {
  const some = mkdtempSync(join(folder, 'some-'));
  const names = ['a', 'b', 'c'].map((name) => join(some, name));
  for (const name of names) mkdirSync(name);
  for (const name of ['a/x.ndjson', 'c/x.ndjson']) writeFileSync(join(some, name), gapLine);
  writeFileSync(join(some, 'b/manifest.json'), '{');
  const { out, code, err } = await runMeks('replay', 'list', '--json', some, join(folder, 'absent'), names[2]!);
  const paths = out
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { path: string }).path);
  assert.deepEqual(paths, [join(some, 'a/x.ndjson'), join(some, 'c/x.ndjson'), join(some, 'c/x.ndjson')]);
  assert.match(err, /MEKS_FILE_MALFORMED: .*b.manifest\.json.*\nMEKS_FILE_UNREADABLE: .*absent/);
  assert.equal(code, 1);
  rmSync(some, { recursive: true });
});

test('replay trim keeps a gap between messages that it keeps, and no other', async () => {
  const whole = recording('gap.ndjson');
  const gapsOf = async (name: string, range: string): Promise<number> => {
    const target = join(folder, name);
    await runMeks('replay', 'trim', whole, target, '--messages', range);
    return (await itemsOf(target)).filter((item) => item.kind === 'gap').length;
  };
  assert.equal(await gapsOf('with', '40-60'), 1);
  assert.equal(await gapsOf('without', '60-80'), 0);
});

test('a part of a part still says whose LIVE it was', async () => {
  const path = recording('anna.ndjson');
  const [part, smaller] = [join(folder, 'part-of-anna'), join(folder, 'smaller')];
  await runMeks('replay', 'trim', path, part, '--messages', '1-20');
  await runMeks('replay', 'trim', part, smaller, '--messages', '1-10');
  assert.deepEqual([roomOfRecording(part), roomOfRecording(smaller)], ['anna.ndjson', 'anna.ndjson']);
  assert.equal(roomOfRecording(path), null, 'a file alone does not say');
});

test('replay trim and pseudonymise refuse what they cannot do, with the remedy', async () => {
  const path = recording('refused.ndjson');
  const target = join(folder, 'refused');
  const cases: [string[], RegExp][] = [
    [['trim', path, target], /nothing to trim by: give --from/],
    [['trim', path, target, '--messages', 'x'], /give a range such as 100-2000/],
    [['trim', path, target, '--from', 'noon'], /give 90s, 10m or 1.5h/],
    [['pseudonymise', path, target, '--words', 'x'], /give replace, drop or keep/],
    [['pseudonymise', join(folder, 'absent'), target], /MEKS_FILE_UNREADABLE/],
    [['trim', join(folder, 'absent'), target, '--from', '1s'], /MEKS_FILE_UNREADABLE/],
  ];
  for (const [args, expected] of cases) {
    const { err, code } = await runMeks('replay', ...args);
    assert.match(err, expected);
    assert.notEqual(code, 0);
  }
  assert.equal(existsSync(target), false, 'nothing is left that would be in the way of the next try');
});

test('replay trim and pseudonymise tell of a disk that refuses only when all is handed to it', async () => {
  const path = recording('unlucky.ndjson');
  for (const [command, ...flags] of [['trim', '--messages', '1-1'], ['pseudonymise']] as const) {
    const target = join(folder, `unlucky-${command}`);
    mkdirSync(target);
    writeFileSync(join(target, '0001.ndjson.zst'), 'in the way');
    const { out, err, code } = await runMeks('replay', command, path, target, ...flags);
    assert.deepEqual([out, code], ['', 1], command);
    assert.match(err, /^MEKS_FILE_UNWRITABLE: the recording stopped at .*0001\.ndjson\.zst \(EEXIST/);
  }
});

test('replay pseudonymise writes a recording that plays, with its gap', async () => {
  const target = join(folder, 'shared');
  const { out, code } = await runMeks('replay', 'pseudonymise', recording('named.ndjson'), target, '--key', 'k');
  assert.deepEqual([out, code], [`100 messages in ${target}; 1 line left out that cannot be read\n`, 0]);
  const { messages, gaps, missed } = await surveyRecording(target);
  assert.deepEqual([messages, gaps, missed], [100, 1, 3]);
  assert.match(readManifest(target).room, /^user\./, 'the folder is not called after the host');
});

test('a recording larger than what may wait for the disk is copied whole', async () => {
  const path = join(folder, 'large.ndjson');
  const payload = new Uint8Array(60_000).fill(7);
  const line = formatMessageLine({ method: 'X', payload, msgId: '1', receivedAt: messageTime, history: false });
  writeFileSync(path, line.repeat(600));
  const target = join(folder, 'large');
  const { out } = await runMeks('replay', 'trim', path, target, '--messages', '1-');
  assert.equal(out, `600 messages in ${target}\n`);
  assert.equal(readManifest(target).skipped, 0);
});
