import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contents, events, firstLife, Life } from '../../test/support/log-life.ts';

test('admission ends at its mark, and the reserve takes what the turn still publishes', () => {
  const life = firstLife({ ringBytes: 65_536, reserveBytes: 16_384 });
  life.thread.stalled = true;
  let admitted = 0;
  while (life.journal.admits()) {
    life.append(1);
    admitted++;
  }
  assert.ok(life.journal.status().pendingBytes > 65_536 - 16_384);
  let reserve = 0;
  while (life.offer() === 'taken') reserve++;
  assert.ok(reserve > 100, `${reserve} in the reserve`);
  assert.equal(life.journal.counters.get('refused'), 1);
  assert.equal(life.journal.counters.get('appended'), admitted + reserve);
});

test('a stall is told after a quarter of a second, and its end when the writing has come on', () => {
  const life = firstLife();
  const states: string[] = [];
  let moved = 0;
  life.journal.onState(() => states.push(life.journal.status().state));
  life.journal.onSendable(() => moved++);
  life.thread.stalled = true;
  life.append(10);
  life.clock.advance(200);
  assert.deepEqual(states, []);
  life.clock.advance(800);
  assert.deepEqual(states, ['behind']);
  assert.equal(life.journal.status().pendingMs, 1000);
  assert.equal(life.journal.sendable(), 1, 'held back');
  life.thread.stalled = false;
  life.thread.ring();
  life.clock.advance(200);
  assert.deepEqual(states, ['behind', 'ok']);
  assert.equal(life.journal.sendable(), 11);
  assert.ok(moved > 0);
  assert.equal(life.journal.counters.get('stalls'), 1);
  assert.ok(life.journal.counters.get('stallMsMax') >= 1000);
});

test('under the rule `release` a stalled disk holds nobody back for longer than allowed', () => {
  const life = firstLife({ stall: { kind: 'release', afterMs: 300 } });
  life.thread.stalled = true;
  life.append(5);
  life.clock.advance(250);
  assert.equal(life.journal.sendable(), 1);
  life.clock.advance(250);
  assert.equal(life.journal.sendable(), 6);
  assert.equal(life.journal.status().released, true);
  life.append(2);
  assert.equal(life.journal.sendable(), 8, 'and so until the disk has caught up');
  life.thread.stalled = false;
  life.thread.ring();
  life.clock.advance(10);
  assert.equal(life.journal.status().released, false);
  assert.equal(life.journal.sendable(), 8);
  life.thread.stalled = true;
  life.append(1);
  assert.equal(life.journal.sendable(), 8, 'then events wait for the disk again');
});

test('what may be seen never goes back', () => {
  const life = firstLife({ stall: { kind: 'release', afterMs: 300 } });
  let before = 0;
  for (let round = 0; round < 200; round++) {
    life.thread.stalled = round % 17 > 4;
    life.append(1);
    life.thread.ring();
    life.clock.advance(60);
    const sendable = life.journal.sendable();
    assert.ok(sendable >= before, `round ${round}`);
    before = sendable;
  }
});

test('without a commit the writer is woken when the turn of the loop ends', () => {
  const life = firstLife();
  life.append(1);
  assert.equal(life.journal.sendable(), 1);
  life.clock.advance(1);
  assert.equal(life.journal.sendable(), 2);
});

test('an event out of order is a bug of the caller', () => {
  const life = firstLife();
  life.append(2);
  assert.throws(() => life.journal.append(2, Buffer.from('x')), /seq 3 next, not 2/);
});

test('a kill while the rule let go of unwritten events begins a new epoch; without the rule it does not', () => {
  for (const rule of ['release', 'hold'] as const) {
    const life = firstLife({ stall: rule === 'hold' ? { kind: 'hold' } : { kind: 'release', afterMs: 1 } });
    life.write(5);
    life.kill();
    const next = new Life(life.disk, life.clock);
    assert.equal(next.recovered.report.continued, rule === 'hold');
    assert.deepEqual(contents(life.disk), events(1, 5));
  }
});

test('a refusal of the disk is forgotten when the next life of the thread finds nothing wrong', () => {
  const life = firstLife();
  life.disk.capacityBytes = life.disk.usedBytes;
  life.append(1);
  life.clock.advance(500);
  assert.equal(life.journal.status().state, 'disk-full');
  life.thread.die();
  life.disk.capacityBytes = Number.POSITIVE_INFINITY;
  life.thread.restart();
  life.clock.advance(500);
  assert.equal(life.journal.status().writtenSeq, 1);
  assert.equal(life.journal.status().state, 'ok');
});
