import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { crc32 } from 'node:zlib';
import { runMeks } from '../support/command.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// A data folder as the real program meets it after what it did not do itself: killed while it stopped, half of a
// restore, files of a later version.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-kept-'));
const data = path.join(folder, 'data');
let broker: ServeProcess;

async function lastSeq(): Promise<number> {
  const { rooms } = (await broker.json('/v1/rooms')) as { rooms: readonly { readonly seq: number }[] };
  return rooms[0]!.seq;
}

/** A copy of the folder, for harm. */
function copy(name: string): string {
  const target = path.join(folder, name);
  cpSync(data, target, { recursive: true });
  return target;
}

before(async () => {
  broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
  for (let asked = 0; (await lastSeq()) < 20; asked++) assert.ok(asked < 50_000, 'nothing happens in the room');
});

after(async () => {
  await broker.stop();
  rmSync(folder, { recursive: true });
});

test('killed while it stops, the broker goes on in the same epoch after what was seen', async () => {
  const seen = await lastSeq();
  broker.process.kill('SIGTERM');
  await until('it has begun to stop', () => broker.output.includes('Stopping'));
  await broker.stop('SIGKILL');
  broker = await ServeProcess.start('--demo', '--seed', '7', '--data', data);
  await until('the log is told', () => broker.output.includes('journal.recovered'));
  const line = broker.output.split('\n').find((text) => text.includes('journal.recovered'))!;
  const recovered: { readonly lastSeq: number; readonly continued: boolean } = JSON.parse(line);
  assert.equal(recovered.continued, true);
  assert.ok(recovered.lastSeq >= seen, `${recovered.lastSeq} after ${seen}`);
  assert.equal(await broker.stop(), 0);
});

test('a log of a later version is refused with what to do, and is as it was', async () => {
  const later = copy('later');
  const log = path.join(later, 'rooms/demo/log');
  const last = path.join(
    log,
    readdirSync(log)
      .filter((name) => name.startsWith('segment-'))
      .sort()
      .at(-1)!,
  );
  const bytes = readFileSync(last);
  bytes[bytes.indexOf('"format":1') + '"format":'.length] = '2'.charCodeAt(0);
  bytes.writeUInt32LE(crc32(bytes.subarray(16, 512), crc32(bytes.subarray(0, 12))), 12);
  writeFileSync(last, bytes);
  const { code, err } = await runMeks('serve', '--demo', '--port', '0', '--no-open', '--data', later);
  assert.notEqual(code, 0);
  assert.match(err, /MEKS_JOURNAL_CORRUPT: .*has format 2, this MEKS reads format 1: use the newer one/);
  assert.deepEqual(readFileSync(last), bytes);
});

test('a data folder into which half a backup was put back is refused with what to do', async () => {
  const half = copy('half');
  writeFileSync(path.join(half, 'meks-restore.unfinished'), '');
  const { code, err } = await runMeks('serve', '--demo', '--port', '0', '--no-open', '--data', half);
  assert.notEqual(code, 0);
  assert.match(err, /MEKS_JOURNAL_CORRUPT: .*remove the folder and restore again/);
});
