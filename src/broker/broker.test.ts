import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { type Clock, systemClock } from '../base/clock.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';
import { Broker } from './broker.ts';

// A broker whose recordings cannot be made, and are made again: with real logs, on the real disk.

const folder = mkdtempSync(path.join(tmpdir(), 'meks-broker-'));
after(() => rmSync(folder, { recursive: true }));

/** The wall clock stands: whatever happens, it happens within one second. */
const clock: Clock = {
  wallMs: () => 1_780_000_000_000,
  nowMs: () => systemClock.nowMs(),
  after: (delayMs, run) => systemClock.after(delayMs, run),
  soon: (run) => systemClock.soon(run),
};

const room: RoomDefinition = { id: 'main', handle: 'main', feed: { kind: 'push', token: '0123456789abcdef' } };

function open(name: string, rooms: readonly RoomDefinition[]): Promise<Broker> {
  const config = {
    host: '127.0.0.1',
    allowedHosts: [],
    allowedOrigins: [],
    port: 0,
    pagesDirectory: folder,
    version: '0.0.0',
    logStyle: 'json',
    dataDirectory: path.join(folder, name, 'data'),
    sync: { kind: 'os' },
    retention: { ageMs: 86_400_000, bytesMax: 1_000_000_000 },
    recordDirectory: path.join(folder, name, 'recordings'),
    token: null,
    compress: 'never',
    senders: 0,
    ringRecordsMax: 64,
    rooms,
    configFile: null,
  } as const;
  mkdirSync(path.join(folder, name), { recursive: true });
  return Broker.open({ config, clock });
}

const unwritable = { code: 'MEKS_FILE_UNWRITABLE' };

test('a broker that cannot record says so, and not that logs are still open', async () => {
  mkdirSync(path.join(folder, 'refused'));
  writeFileSync(path.join(folder, 'refused', 'recordings'), 'in the way');
  await assert.rejects(open('refused', [room]), unwritable);
});

test('a room whose recording could not be made can be added once it can, and its log is closed with the rest', async () => {
  const recordings = path.join(folder, 'mended', 'recordings');
  const broker = await open('mended', []);
  writeFileSync(recordings, 'in the way');
  try {
    await assert.rejects(broker.addRoom(room), unwritable);
    assert.equal(broker.find('main'), null);
    rmSync(recordings);
    assert.equal((await broker.addRoom(room)).id, 'main');
  } finally {
    await broker.stop();
  }
});

test('a room that is removed and added again within a second has two recordings, the later one after the first', async () => {
  const broker = await open('twice', []);
  try {
    await broker.addRoom(room);
    await broker.removeRoom('main');
    await broker.addRoom(room);
  } finally {
    await broker.stop();
  }
  const names = readdirSync(path.join(folder, 'twice', 'recordings', 'main')).toSorted();
  assert.deepEqual(names, ['2026-05-28T20-26-40', '2026-05-28T20-26-40-2']);
});
