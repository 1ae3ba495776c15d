import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { systemClock } from '../base/clock.ts';
import { backUp, verifyBackup } from './backup.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'meks-copy-'));
after(() => rmSync(folder, { recursive: true }));

test('a history that cannot be opened ends no backup of the logs: it is copied as it is, or told', async () => {
  const data = `${folder}/unopened`;
  const file = `${data}/history.db`;
  const log = `${data}/rooms/a/log`;
  mkdirSync(log, { recursive: true });
  writeFileSync(`${log}/segment-000000000000001.log`, 'events');
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL; CREATE TABLE kept (one)');
  database.close();
  // As in a folder that cannot be written to: SQLite cannot make what it needs beside the database.
  mkdirSync(`${file}-wal`);
  const names = async (target: string): Promise<unknown[]> => {
    const { files, leftOut } = await backUp(data, `${folder}/${target}`, systemClock, () => undefined);
    assert.deepEqual(verifyBackup(`${folder}/${target}`), []);
    return [files.map(({ path: name }) => name), leftOut!.map(({ path: name }) => name)];
  };
  const segment = 'rooms/a/log/segment-000000000000001.log';
  assert.deepEqual(await names('unopened-1'), [['history.db', segment], []]);
  assert.deepEqual(readFileSync(`${folder}/unopened-1/history.db`), readFileSync(file));
  rmSync(`${file}-wal`, { recursive: true });
  mkdirSync(`${file}-shm`);
  writeFileSync(`${file}-wal`, 'commits of a broker that was killed');
  assert.deepEqual(await names('unopened-2'), [[segment], ['history.db']]);
  rmSync(`${file}-shm`, { recursive: true });
  rmSync(`${file}-wal`);
  writeFileSync(file, 'no database');
  assert.deepEqual(await names('unopened-3'), [['history.db', segment], []]);
});
