import assert from 'node:assert/strict';
import test from 'node:test';
import { seededRandom } from '../../src/base/random.ts';
import type { EventFrame } from '../../src/protocol/frames.ts';
import { Activity } from './activity.ts';

function gift(userId: string, diamonds: number, battle: { battleId: string; side: number } | null = null): EventFrame {
  const user = { id: userId, handle: '', name: '', avatar: '' };
  return { seq: 1, kind: 'gift', user, diamonds, battle } as EventFrame;
}

test('a gain is what came in the last ten seconds, whoever else gives', () => {
  const seed = 11;
  const random = seededRandom(seed);
  const activity = new Activity();
  const given: { id: string; second: number; diamonds: number }[] = [];
  for (let nowMs = 0; nowMs < 60_000; nowMs += random.int(400)) {
    const [id, diamonds] = [String(random.int(6)), 1 + random.int(50)];
    given.push({ id, second: Math.floor(nowMs / 1_000), diamonds });
    activity.observe(gift(id, diamonds), nowMs);
    const floor = Math.floor(nowMs / 1_000) - 10;
    const expected = given
      .filter((one) => one.id === id && one.second > floor)
      .reduce((sum, one) => sum + one.diamonds, 0);
    assert.equal(activity.gain(id), expected, `at ${nowMs} ms, seed ${seed}`);
  }
  activity.advance(90_000);
  for (let id = 0; id < 6; id++) assert.equal(activity.gain(String(id)), 0);
});

test('a side is known for the running battle alone', () => {
  const activity = new Activity();
  activity.observe(gift('anna', 5, { battleId: 'first', side: 1 }), 0);
  assert.equal(activity.side('anna', 'first'), 1);
  assert.equal(activity.side('ben', 'first'), -1);
  activity.observe(gift('ben', 5, { battleId: 'second', side: 0 }), 1);
  assert.deepEqual([activity.side('anna', 'second'), activity.side('ben', 'second')], [-1, 0]);
});

test('at the bound a newcomer is not followed, and those who are stay right', () => {
  const activity = new Activity();
  for (let id = 0; id < 20_001; id++) activity.observe(gift(String(id), 1), 0);
  assert.equal(activity.gain('20000'), 0);
  activity.observe(gift('7', 4), 1);
  assert.equal(activity.gain('7'), 5);
});
