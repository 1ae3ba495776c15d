import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { readFully, writeFully } from './disk.ts';
import { realDisk as disk } from './real-disk.ts';

const directory = mkdtempSync(path.join(tmpdir(), 'meks-disk-'));
after(() => rmSync(directory, { recursive: true }));

test('what is written at a place is read at that place', () => {
  const file = disk.open(`${directory}/a`, 'create');
  writeFully(disk, file, Buffer.from('hello world'), 0);
  writeFully(disk, file, Buffer.from('W'), 6);
  const bytes = Buffer.alloc(20);
  assert.equal(readFully(disk, file, bytes, 20, 0), 11);
  assert.equal(bytes.toString('latin1', 0, 11), 'hello World');
  assert.equal(disk.size(file), 11);
  disk.sync(file);
  disk.close(file);
});

test('bytes in shared memory are written like any others', () => {
  const shared = Buffer.from(new SharedArrayBuffer(100)).fill('s');
  const file = disk.open(`${directory}/shared`, 'create');
  assert.equal(disk.write(file, shared, 10, 60, 0), 50);
  const bytes = Buffer.alloc(50);
  readFully(disk, file, bytes, 50, 0);
  assert.equal(bytes.toString(), 's'.repeat(50));
  disk.close(file);
});

test('failures have a kind: missing, exists, failed', () => {
  writeFileSync(`${directory}/there`, '');
  assert.throws(() => disk.open(`${directory}/not-there`, 'read'), { name: 'DiskError', kind: 'missing' });
  assert.throws(() => disk.open(`${directory}/there`, 'create'), { name: 'DiskError', kind: 'exists' });
  assert.throws(() => disk.makeDirectory(`${directory}/there/below`), { name: 'DiskError', kind: 'failed' });
  assert.deepEqual(disk.list(`${directory}/nowhere`), []);
});

test('a directory can be synced, at once and later', async () => {
  const handle = disk.openDirectory(directory);
  disk.sync(handle);
  const error = await new Promise((resolve) => disk.syncLater(handle, resolve));
  assert.equal(error, null);
  disk.close(handle);
});

test('a file is known by its identity: a rename keeps it, a copy does not', () => {
  const file = disk.open(`${directory}/known`, 'create');
  const identity = disk.identity(file);
  disk.close(file);
  disk.rename(`${directory}/known`, `${directory}/renamed`);
  const renamed = disk.open(`${directory}/renamed`, 'read');
  assert.equal(disk.identity(renamed), identity);
  disk.close(renamed);
});

test('a lock has one holder, in this process and among others, until it lets go or dies', () => {
  const held = `${directory}/lock`;
  const tryElsewhere = (): string =>
    spawnSync(process.execPath, [
      '--input-type=module',
      '-e',
      `import { realDisk } from ${JSON.stringify(new URL('./real-disk.ts', import.meta.url).href)};
       process.stdout.write(realDisk.lock(${JSON.stringify(held)}) === null ? 'refused' : 'given');
       process.kill(process.pid, 'SIGKILL');`,
    ]).stdout.toString();
  const lock = disk.lock(held);
  assert.ok(lock !== null);
  assert.equal(disk.lock(held), null);
  assert.equal(tryElsewhere(), 'refused');
  lock.release();
  assert.equal(tryElsewhere(), 'given');
  const again = disk.lock(held);
  assert.ok(again !== null, 'the kernel took it back from the process that was killed');
  again.release();
});

test('the run of the system has a name on Linux, the same each time', { skip: process.platform !== 'linux' }, () => {
  assert.match(disk.bootId(), /^[0-9a-f-]{36}$/);
  assert.equal(disk.bootId(), disk.bootId());
});
