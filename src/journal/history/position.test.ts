import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HistoryDatabase } from './database.ts';
import { findSession } from './names.ts';
import { seqAt } from './position.ts';
import { pulseMs } from './session-tally.ts';

// A session of which every event is a gift, one a second, written as the import writes it.

const startAt = 1_790_000_000_000;
const secondsMax = 3600;
const room = 1;

/** `times`: of each event in its order, seq 1 the first. */
function sessionOf(times: readonly number[]): (atMs: number) => number {
  const database = HistoryDatabase.openToWrite(':memory:');
  database.run("INSERT INTO room VALUES (1, 'evening', 'solene')", []);
  const session = `INSERT INTO session VALUES (1, ${room}, 1, ?, '', ?, ?, 'live', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)`;
  database.run(session, [times.length, startAt, startAt]);
  const pulse = `INSERT INTO pulse VALUES (1, ?, ?, 1, 0, 0, 0, -1, -1, ?)
    ON CONFLICT (session, at) DO UPDATE SET seq = excluded.seq`;
  for (const [index, at] of times.entries()) {
    const seq = index + 1;
    database.run('INSERT INTO entry VALUES (?, ?, 0, 1, 1, 1, 1, 1, 0, NULL, 0, ?)', [room, seq, at]);
    database.run(pulse, [at - (at % pulseMs), seq, seq]);
  }
  const found = findSession(database, { room: 'evening', session: 1 });
  return (atMs) => seqAt(database, found!, atMs);
}

const inOrder = Array.from({ length: secondsMax }, (_, second) => startAt + second * 1000);

test('the position of a time is that of the last event until then', () => {
  const at = sessionOf(inOrder);
  for (let second = 0; second < secondsMax; second += 7)
    assert.deepEqual([at(startAt + second * 1000), at(startAt + second * 1000 + 999)], [second + 1, second + 1]);
  assert.equal(at(startAt - 1), 1);
  assert.equal(at(startAt + 10 * secondsMax * 1000), secondsMax);
});

test('an event that comes late, or is dated ahead, does not move the positions of other times', () => {
  const strangers: [string, number, number][] = [
    ['late by half an hour', 3000, startAt + 1200_000],
    ['older than the session', 3000, startAt - 86_400_000],
    ['ahead by a day', 600, startAt + 86_400_000],
    ['ahead by half an hour', 600, startAt + 2400_000],
  ];
  for (const [what, arrival, time] of strangers) {
    const at = sessionOf(inOrder.toSpliced(arrival, 0, time));
    for (let second = 5; second < secondsMax; second += 7) {
      const seq = second + (second >= arrival ? 2 : 1);
      const found = at(startAt + second * 1000);
      // Where the stranger stands itself it may decide: beside it, and in the ten seconds that it names.
      const near = [arrival, (time - startAt) / 1000].some((place) => Math.abs(second - place) < 20);
      assert.ok(Math.abs(found - seq) <= (near ? 20 : 0), `${what}: after ${second} s at ${found}, not ${seq}`);
    }
  }
});
