import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runMeks } from '../../test/support/command.ts';
import { MeksError } from '../protocol/errors.ts';
import { parseConfig, type ServeFlags } from './serve-config.ts';

const defaults: ServeFlags = {
  speed: '1',
  signUrl: 'https://sign.invalid',
  port: '0',
  host: '127.0.0.1',
  journal: false,
  fsync: '50',
  keepDays: '90',
  keepGb: '20',
  senders: '0',
  compress: 'remote',
  open: false,
};

function refusal(flags: Partial<ServeFlags>): string {
  try {
    parseConfig({ ...defaults, ...flags }, null, () => false);
  } catch (error) {
    if (error instanceof MeksError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return '';
}

test("following through Euler's cloud without a key is refused at once, with what to add", async () => {
  assert.match(refusal({ euler: ['@ana'] }), /^MEKS_OPTION_INVALID: --euler "@ana": .* add --euler-key KEY/);
  assert.match(refusal({ euler: ['@ana'], eulerKey: '' }), /add --euler-key KEY/);
  assert.equal(refusal({ euler: ['@ana'], eulerKey: 'k' }), '');
  const { code, err } = await runMeks('rooms', 'add', '@ana', '--euler-key', '');
  assert.deepEqual([code, /MEKS_OPTION_INVALID: --euler-key is empty/.test(err)], [2, true], err);
});

test('a creator is named by handle, with or without @, or by the address of the LIVE', () => {
  const names = ['ana.b', '@ana.b', 'https://www.tiktok.com/@ana.b/live?lang=en', 'tiktok.com/@ana.b'];
  for (const name of names) {
    const { rooms } = parseConfig({ ...defaults, room: [name] }, null, () => false);
    assert.deepEqual([rooms[0]?.id, rooms[0]?.handle], ['ana.b', 'ana.b'], name);
  }
  for (const name of ['@', 'two words', 'https://www.tiktok.com/live', 'https://elsewhere.example/@ana.b'])
    assert.match(refusal({ room: [name] }), /^MEKS_OPTION_INVALID: --room .*: give a handle such as somebody/, name);
});

test('an origin is one, without a path', () => {
  assert.match(
    refusal({ demo: true, allowOrigin: ['localhost:5173'] }),
    /--allow-origin "localhost:5173": give an origin/,
  );
  assert.match(refusal({ demo: true, allowOrigin: ['https://a.example/'] }), /without a path/);
  assert.equal(refusal({ demo: true, allowOrigin: ['http://localhost:5173', 'null', 'file://'] }), '');
});

test('a recording that is not there is told before anything is begun for it', () => {
  assert.match(refusal({ replay: '/nowhere/a.ndjson' }), /^MEKS_FILE_UNREADABLE: cannot read the recording/);
});

test('a token file that is not there, or holds none, is told with how one is made', () => {
  assert.match(
    refusal({ demo: true, tokenFile: '/nowhere/token' }),
    /^MEKS_FILE_UNREADABLE: .*"\/nowhere\/token": there is no such file: `openssl rand -hex 24` makes one/,
  );
  assert.match(refusal({ demo: true, tokenFile: import.meta.filename }), /^MEKS_FILE_MALFORMED: .*`openssl rand/);
});

test('a flag that does nothing without another one is refused with that other one', () => {
  assert.match(refusal({ demo: true, loop: true }), /--loop alone does nothing: .*--replay FILE/);
  assert.match(refusal({ replay: 'a.ndjson', seed: '5' }), /--seed alone does nothing: .*--demo/);
  assert.match(refusal({ demo: true, eulerKey: 'k' }), /--euler-key alone does nothing: .*--euler HANDLE/);
  assert.match(refusal({ demo: true, pushTokenFile: 'f' }), /--push-token-file alone does nothing: .*--push HANDLE/);
  assert.equal(refusal({ demo: true, seed: '5' }), '');
});
