import assert from 'node:assert/strict';
import test from 'node:test';
import { closeReasons } from '../../src/protocol/close-codes.ts';
import type { Action, Input, LinkState, Phase } from './link-machine.ts';
import { initialLinkState, phases, step } from './link-machine.ts';

// The whole machine as a table: every phase meets every input, and the compiler demands each cell. The state in each
// phase shows position e:10 on a connection of epoch `e` that counts as up to date from seq 12 (live, stale: from 10).

const inputs = {
  start: { kind: 'start' },
  stop: { kind: 'stop' },
  retry: { kind: 'retry' },
  helloFresh: { kind: 'hello', epoch: 'e', seq: 12, resumed: false },
  helloResumedBehind: { kind: 'hello', epoch: 'e', seq: 12, resumed: true },
  helloResumedEven: { kind: 'hello', epoch: 'e', seq: 10, resumed: true },
  helloResumedPast: { kind: 'hello', epoch: 'e', seq: 9, resumed: true },
  helloResumedElsewhere: { kind: 'hello', epoch: 'f', seq: 12, resumed: true },
  snapshotAhead: { kind: 'snapshot', epoch: 'e', seq: 15 },
  snapshotPast: { kind: 'snapshot', epoch: 'e', seq: 9 },
  snapshotElsewhere: { kind: 'snapshot', epoch: 'f', seq: 15 },
  eventNext: { kind: 'event', seq: 11 },
  eventGap: { kind: 'event', seq: 12 },
  eventRepeat: { kind: 'event', seq: 10 },
  lagged: { kind: 'lagged', missed: 4, from: 11, to: 14 },
  laggedWrong: { kind: 'lagged', missed: 5, from: 11, to: 14 },
  heartbeat: { kind: 'heartbeat', seq: 10 },
  heartbeatAhead: { kind: 'heartbeat', seq: 11 },
  error: { kind: 'error', code: 'MEKS_INTERNAL', message: 'sorry' },
  malformed: { kind: 'malformed', why: 'not JSON', corrupt: false },
  quiet: { kind: 'quiet' },
  dead: { kind: 'dead' },
  slept: { kind: 'slept' },
  closedGoingAway: { kind: 'closed', code: closeReasons.goingAway.code, reason: '', upMs: 0 },
  closedUnauthorized: { kind: 'closed', code: closeReasons.unauthorized.code, reason: '', upMs: 0 },
  closedBadResume: { kind: 'closed', code: closeReasons.badResume.code, reason: '', upMs: 0 },
} as const satisfies Record<string, Input>;
type InputName = keyof typeof inputs;

/** Phase after it, then what the client must do. `breach`: hang up, wait, and ask for the whole state next time. */
type Outcome = Phase | 'breach' | `${Phase} ${Action['kind']}`;

const unheard = {
  helloFresh: 'idle',
  helloResumedBehind: 'idle',
  helloResumedEven: 'idle',
  helloResumedPast: 'idle',
  helloResumedElsewhere: 'idle',
  snapshotAhead: 'idle',
  snapshotPast: 'idle',
  snapshotElsewhere: 'idle',
  eventNext: 'idle',
  eventGap: 'idle',
  eventRepeat: 'idle',
  lagged: 'idle',
  laggedWrong: 'idle',
  heartbeat: 'idle',
  heartbeatAhead: 'idle',
  error: 'idle',
  malformed: 'idle',
  quiet: 'idle',
  dead: 'idle',
  closedGoingAway: 'idle',
  closedUnauthorized: 'idle',
  closedBadResume: 'idle',
} as const;

/** Without a socket nothing that a socket could say changes anything. */
function deaf(phase: Phase): Record<keyof typeof unheard, Outcome> {
  return Object.fromEntries(Object.keys(unheard).map((name) => [name, phase])) as Record<keyof typeof unheard, Outcome>;
}

const secondHello = {
  helloFresh: 'breach',
  helloResumedBehind: 'breach',
  helloResumedEven: 'breach',
  helloResumedPast: 'breach',
  helloResumedElsewhere: 'breach',
} as const;

const connected = {
  stop: 'idle hang-up',
  slept: 'dialling redial',
  malformed: 'breach',
  dead: 'waiting hang-up',
  closedGoingAway: 'waiting',
  closedUnauthorized: 'refused',
  closedBadResume: 'waiting',
} as const;

const following = {
  ...connected,
  ...secondHello,
  snapshotPast: 'breach',
  snapshotElsewhere: 'breach',
  snapshotAhead: 'live replace',
  eventGap: 'breach',
  eventRepeat: 'breach',
  lagged: 'snapshot-due',
  laggedWrong: 'breach',
  heartbeatAhead: 'breach',
  quiet: 'stale',
} as const;

/** Only a snapshot helps. */
function awaitingSnapshot(phase: Phase): Record<InputName, Outcome> {
  return {
    ...connected,
    ...secondHello,
    start: phase,
    retry: phase,
    snapshotAhead: 'live replace',
    snapshotPast: 'breach',
    snapshotElsewhere: 'breach',
    eventNext: 'breach',
    eventGap: 'breach',
    eventRepeat: 'breach',
    lagged: 'breach',
    laggedWrong: 'breach',
    heartbeat: phase,
    heartbeatAhead: phase,
    error: phase,
    quiet: phase,
  };
}

const table: Record<Phase, Record<InputName, Outcome>> = {
  idle: { ...deaf('idle'), start: 'dialling dial', stop: 'idle', retry: 'idle', slept: 'idle' },
  refused: { ...deaf('refused'), start: 'dialling dial', stop: 'idle', retry: 'refused', slept: 'refused' },
  waiting: { ...deaf('waiting'), start: 'dialling dial', stop: 'idle', retry: 'dialling dial', slept: 'dialling dial' },
  dialling: {
    ...connected,
    start: 'dialling',
    retry: 'dialling',
    helloFresh: 'loading',
    helloResumedBehind: 'catching-up',
    helloResumedEven: 'live',
    helloResumedPast: 'breach',
    helloResumedElsewhere: 'breach',
    snapshotAhead: 'breach',
    snapshotPast: 'breach',
    snapshotElsewhere: 'breach',
    eventNext: 'breach',
    eventGap: 'breach',
    eventRepeat: 'breach',
    lagged: 'breach',
    laggedWrong: 'breach',
    heartbeat: 'breach',
    heartbeatAhead: 'breach',
    error: 'dialling',
    quiet: 'dialling',
  },
  loading: awaitingSnapshot('loading'),
  'snapshot-due': awaitingSnapshot('snapshot-due'),
  'catching-up': {
    ...following,
    start: 'catching-up',
    retry: 'catching-up',
    eventNext: 'catching-up apply',
    heartbeat: 'catching-up',
    error: 'catching-up',
  },
  live: { ...following, start: 'live', retry: 'live', eventNext: 'live apply', heartbeat: 'live', error: 'live' },
  stale: { ...following, start: 'stale', retry: 'stale', eventNext: 'live apply', heartbeat: 'live', error: 'stale' },
};

function stateIn(phase: Phase): LinkState {
  return {
    ...initialLinkState,
    phase,
    position: { epoch: 'e', seq: 10 },
    resumable: true,
    epoch: phase === 'dialling' ? '' : 'e',
    targetSeq: phase === 'live' || phase === 'stale' ? 10 : 12,
    baseSeq: 4,
    delivered: 5,
    missed: 1,
  };
}

for (const phase of phases) {
  for (const name of Object.keys(inputs) as InputName[]) {
    const expected = table[phase][name];
    test(`${phase} meets ${name}: ${expected}`, () => {
      const before = stateIn(phase);
      const { state, action } = step(before, inputs[name]);
      const outcome = expected === 'breach' ? 'waiting hang-up' : expected;
      assert.equal(action.kind === 'none' ? state.phase : `${state.phase} ${action.kind}`, outcome);
      assert.equal(state.breaches, expected === 'breach' ? 1 : 0);
      if (expected === 'breach') assert.equal(state.resumable, false);
      assert.deepEqual(before, stateIn(phase), 'a step never changes the state that it was given');
    });
  }
}

test('a dial asks to go on from what is shown, unless order was broken', () => {
  const since = { epoch: 'e', seq: 10 };
  assert.deepEqual(step(stateIn('waiting'), { kind: 'retry' }).action, { kind: 'dial', since });
  const broken = { ...stateIn('waiting'), resumable: false };
  assert.deepEqual(step(broken, { kind: 'retry' }).action, { kind: 'dial', since: null });
});

test('who wakes from a sleep goes on from what is shown, over a new connection and without a wait', () => {
  const { state, action } = step({ ...stateIn('live'), attempt: 3 }, { kind: 'slept' });
  assert.deepEqual(action, { kind: 'redial', since: { epoch: 'e', seq: 10 } });
  assert.deepEqual([state.attempt, state.epoch, state.connects], [3, '', 1]);
});

test('a snapshot counts what it skipped in its epoch, and starts a new count in another', () => {
  const ahead = step(stateIn('live'), { kind: 'snapshot', epoch: 'e', seq: 15 });
  assert.deepEqual(ahead.action, { kind: 'replace', missed: 5, newEpoch: false });
  assert.equal(ahead.state.missed, 6);
  const elsewhere = step({ ...stateIn('snapshot-due'), epoch: 'f' }, { kind: 'snapshot', epoch: 'f', seq: 3 });
  assert.deepEqual(elsewhere.action, { kind: 'replace', missed: 0, newEpoch: true });
  assert.deepEqual([elsewhere.state.baseSeq, elsewhere.state.delivered, elsewhere.state.missed], [3, 0, 0]);
});

test('the last missing event makes it live, not one before', () => {
  const first = step(stateIn('catching-up'), { kind: 'event', seq: 11 }).state;
  assert.equal(first.phase, 'catching-up');
  assert.equal(step(first, { kind: 'event', seq: 12 }).state.phase, 'live');
});

test('attempts grow while nothing holds, and start afresh after a connection that held', () => {
  const closed = { kind: 'closed', code: 1006, reason: '' } as const;
  const third = step({ ...stateIn('dialling'), attempt: 2 }, { ...closed, upMs: 0 }).state;
  assert.equal(third.attempt, 3);
  assert.equal(third.reason, 'the broker cannot be reached');
  assert.equal(step({ ...stateIn('live'), attempt: 7 }, { ...closed, upMs: 60_000 }).state.attempt, 1);
});

test("the broker's own words are the reason, before the close code's", () => {
  const told = step(stateIn('live'), { kind: 'error', code: 'MEKS_UNAUTHORIZED', message: 'the token has expired' });
  const closed = step(told.state, { kind: 'closed', code: 4506, reason: 'not allowed', upMs: 10 });
  assert.equal(closed.state.phase, 'refused');
  assert.equal(closed.state.reason, 'the token has expired (MEKS_UNAUTHORIZED)');
});

test('an event that harmed the view takes the position with it', () => {
  const harmed = step(stateIn('live'), { kind: 'malformed', why: 'event 11', corrupt: true }).state;
  assert.equal(harmed.position, null);
});
