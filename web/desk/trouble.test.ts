import assert from 'node:assert/strict';
import test from 'node:test';
import { type DiskDescription, diskStates, retentionStates } from '../../src/protocol/disk.ts';
import { parseRooms } from '../shell/rooms.ts';
import { diskTroubles, sinceWords, stuckBy, sumsTroubles, worstOf } from './trouble.ts';

const retention = { state: 'within', since: 5, bytes: 2.04e9, bytesMax: 20e9, detail: '' } as const;
const calm: DiskDescription = { state: 'ok', since: 3, refuses: false, waiting: 0, unsynced: 2, retention };

test('a disk that is well is no trouble, and neither is a broker without one', () => {
  assert.deepEqual(diskTroubles(calm), []);
  assert.deepEqual(diskTroubles({ ...calm, state: 'none', retention: { ...retention, state: 'unknown' } }), []);
});

test('every other state is told, with since when, what it means for the figures, and what to do', () => {
  const bad = diskStates.filter((state) => state !== 'ok' && state !== 'none');
  const blocked = retentionStates.filter((state) => state !== 'within' && state !== 'unknown');
  const told = [
    ...bad.flatMap((state) => diskTroubles({ ...calm, state })),
    ...blocked.flatMap((state) => diskTroubles({ ...calm, retention: { ...retention, state } })),
  ];
  assert.equal(told.length, bad.length + blocked.length);
  for (const { key, title, since, means, remedy } of told) {
    assert.ok(since > 0 && title.length < 30, key);
    for (const sentence of [means, remedy]) assert.match(sentence, /^[A-Z].*\.$/, key);
  }
  const tones = (tone: string): string[] => told.filter((one) => one.tone === tone).map(({ key }) => key);
  assert.deepEqual(tones('bad'), ['disk disk-full', 'disk disk-failed'], 'only what keeps everything off the screen');
  assert.deepEqual(tones('plain'), ['retention at-quota'], 'what does as it was told');
});

test('what waits, what is not safe and how large the log is are said in numbers', () => {
  const [full] = diskTroubles({ ...calm, state: 'disk-full', waiting: 1_204, refuses: true });
  assert.match(full!.seen.join(' '), /^1,204 events wait to be written\. Memory .* may be lost/);
  const [unsafe] = diskTroubles({ ...calm, state: 'sync-failed', unsynced: 1 });
  assert.deepEqual(unsafe!.seen, ['1 event is written, and not known to be safe.']);
  const [over] = diskTroubles({ ...calm, retention: { ...retention, state: 'failed', detail: 'no such file' } });
  assert.deepEqual(over!.seen, ['It takes 2.0 GB of the 20 GB allowed.', 'no such file']);
});

test('a room that takes nothing in is as bad as a full disk, whatever the disk says', () => {
  for (const state of ['ok', 'behind', 'sync-failed'] as const)
    assert.equal(diskTroubles({ ...calm, state, refuses: true })[0]!.tone, 'bad');
});

test('the worst is what the foot of the page says', () => {
  const both = diskTroubles({ ...calm, state: 'behind', retention: { ...retention, state: 'at-quota' } });
  assert.equal(both.length, 2);
  assert.equal(worstOf(both)!.title, 'Disk slow');
  assert.equal(worstOf(both.toReversed())!.title, 'Disk slow');
  assert.equal(worstOf([]), null);
});

test('sums that do not agree are told before all else for as long as they do not, and keep nothing off the screen', () => {
  const [room] = parseRooms({ rooms: [{ id: '1', sumsAgree: false, disk: { ...calm, state: 'disk-full' } }] })!;
  const [sums, ...more] = sumsTroubles(room!.sumsAgree, null);
  assert.deepEqual([sums!.title, sums!.since, sums!.seen, more], ['Sums do not agree', 0, [], []]);
  for (const sentence of [sums!.means, sums!.remedy]) assert.match(sentence, /^[A-Z].*\.$/);
  const told = { id: 'mismatch-9', rule: '', kind: 'mismatch', user: null, usual: 0, held: 0 } as const;
  const known = sumsTroubles(false, { ...told, at: 9, value: 2, text: 'session: 6 instead of 5' });
  assert.deepEqual([known[0]!.since, known[0]!.seen], [9, ['session: 6 instead of 5.']]);
  assert.deepEqual(sumsTroubles(true, { ...told, at: 9, value: 2, text: 'x' }), [], 'what is over is no trouble');
  const all = [...diskTroubles(room!.disk!), ...known];
  assert.deepEqual([worstOf(all)!.key, stuckBy(all)!.key, stuckBy(known)], ['sums', 'disk disk-full', null]);
});

test('a time is told with its day unless that is today', () => {
  const noon = new Date(2026, 10, 23, 12, 0, 0).getTime();
  assert.equal(sinceWords(noon - 60_000, noon), '11:59:00');
  assert.equal(sinceWords(noon - 86_400_000, noon), 'Sun 22 Nov, 12:00:00');
  assert.equal(sinceWords(0, noon), '');
});
