import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { meks } from '../support/command.ts';
import { ServeProcess } from '../support/serve-process.ts';

// What becomes of the program when its output goes nowhere: a reader that is gone, a full disk.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-output-'));
after(() => rmSync(folder, { recursive: true }));

const lacksFull = existsSync('/dev/full') ? false : 'this system has no /dev/full';

/** The end of a run whose standard output takes nothing. */
async function runIntoFull(...args: string[]): Promise<{ readonly code: number | null; readonly err: string }> {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [meks, ...args], { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  const [err, [code]] = await Promise.all([text(child.stderr!), once(child, 'close') as Promise<[number | null]>]);
  return { code, err };
}

test('a broker whose output nobody reads any more stops in order all the same', async () => {
  const data = path.join(folder, 'unread');
  const first = await ServeProcess.start('--demo', '--data', data);
  // As Ctrl-C does to `meks serve | tee broker.log`: tee is gone first.
  first.process.stdout!.destroy();
  assert.equal(await first.stop(), 0);
  const second = await ServeProcess.start('--demo', '--data', data);
  assert.equal(await second.stop(), 0);
  assert.match(second.output, /"reason":"the last stop was clean"/);
});

test('a broker starts and stops with its output on a full disk', { skip: lacksFull }, async () => {
  const data = path.join(folder, 'full');
  const full = openSync('/dev/full', 'w');
  const args = [meks, 'serve', '--demo', '--data', data, '--port', '0', '--no-open'];
  const child = spawn(process.execPath, args, { stdio: ['ignore', full, 'pipe'] });
  closeSync(full);
  const closed = once(child, 'close') as Promise<[number | null]>;
  let err = '';
  child.stderr!.on('data', (bytes: Buffer) => {
    err += bytes.toString();
    if (err.includes('gateway.listening')) child.kill('SIGTERM');
  });
  const [code] = await closed;
  assert.deepEqual([code, /Error/.exec(err)], [0, null]);
  assert.match(err, /gateway.closed/);
});

test('a command whose output does not fit says so, and ends with 1', { skip: lacksFull }, async () => {
  const file = path.join(folder, 'rose.json');
  writeFileSync(file, '{"kind":"gift","user":"alice","gift":"Rose","count":1}');
  const { code, err } = await runIntoFull('playground', file);
  assert.equal(code, 1);
  assert.match(err, /^MEKS_FILE_UNWRITABLE: standard output cannot be written \(ENOSPC.*\n$/);
});
