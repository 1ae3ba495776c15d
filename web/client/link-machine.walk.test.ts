import assert from 'node:assert/strict';
import test from 'node:test';
import type { Random } from '../../src/base/random.ts';
import { seededRandom } from '../../src/base/random.ts';
import { closeReasons } from '../../src/protocol/close-codes.ts';
import type { Input, LinkState } from './link-machine.ts';
import { hasSocket, initialLinkState, step } from './link-machine.ts';

// Random walks: a peer that says anything at all, in and out of turn, near the truth and far from it. Whatever it says,
// the machine never throws, never goes back within an epoch, and its counts add up after every single step.

const walks = 300;
const stepsPerWalk = 400;
const closeCodes = [1000, 1006, 1012, ...Object.values(closeReasons).map((reason) => reason.code)];

function anyInput(random: Random, state: LinkState): Input {
  const shownSeq = state.position?.seq ?? 0;
  const near = (): number => Math.max(0, shownSeq - 2 + random.int(7));
  const epoch = random.chance(0.9) ? 'e' : 'f';
  const from = random.chance(0.8) ? shownSeq + 1 : near();
  const missed = 1 + random.int(5);
  const kinds: readonly (() => Input)[] = [
    () => ({ kind: 'start' }),
    () => ({ kind: random.pick(['retry', 'slept'] as const) }),
    () => ({ kind: 'hello', epoch, seq: near(), resumed: random.chance(0.5) }),
    () => ({ kind: 'snapshot', epoch: random.chance(0.9) ? state.epoch : epoch, seq: near() }),
    () => ({ kind: 'event', seq: random.chance(0.9) ? shownSeq + 1 : near() }),
    () => ({ kind: 'event', seq: shownSeq + 1 }),
    () => ({ kind: 'lagged', missed, from, to: from + missed - (random.chance(0.9) ? 1 : 0) }),
    () => ({ kind: 'heartbeat', seq: random.chance(0.9) ? shownSeq : near() }),
    () => ({ kind: 'error', code: 'MEKS_INTERNAL', message: 'sorry' }),
    () => ({ kind: 'malformed', why: 'not JSON', corrupt: random.chance(0.2) }),
    () => ({ kind: random.pick(['quiet', 'dead'] as const) }),
    () => ({ kind: 'closed', code: random.pick(closeCodes), reason: '', upMs: random.int(10_000) }),
  ];
  if (random.chance(0.005)) return { kind: 'stop' };
  return random.pick(kinds)();
}

function checkStep(before: LinkState, after: LinkState, input: Input, where: string): void {
  const [shown, now] = [before.position, after.position];
  if (shown !== null && now !== null && shown.epoch === now.epoch)
    assert.ok(now.seq >= shown.seq, `went back from ${shown.seq} to ${now.seq} ${where}`);
  if (now !== null) assert.equal(now.seq - after.baseSeq, after.delivered + after.missed, `counts ${where}`);
  if (after.phase === 'live') assert.ok(now !== null && now.seq >= after.targetSeq, `live too early ${where}`);
  if (now !== shown && input.kind !== 'event' && input.kind !== 'snapshot')
    assert.equal(now, null, `moved without a frame ${where}`);
  if (!hasSocket(after.phase)) assert.equal(after.epoch, '', `an epoch without a connection ${where}`);
}

/** What a broker in order would say next in this phase: without it, a walk never gets far into a connection. */
function orderlyInput(random: Random, state: LinkState): Input {
  const shownSeq = state.position?.seq ?? 0;
  switch (state.phase) {
    case 'idle':
    case 'refused':
      return { kind: 'start' };
    case 'waiting':
      return { kind: 'retry' };
    case 'dialling':
      return { kind: 'hello', epoch: 'e', seq: shownSeq + random.int(4), resumed: state.resumable };
    case 'loading':
    case 'snapshot-due':
      return { kind: 'snapshot', epoch: state.epoch, seq: Math.max(shownSeq, state.targetSeq) };
    default:
      return random.pick<Input>([
        { kind: 'event', seq: shownSeq + 1 },
        { kind: 'event', seq: shownSeq + 1 },
        { kind: 'heartbeat', seq: shownSeq },
        { kind: 'lagged', missed: 3, from: shownSeq + 1, to: shownSeq + 3 },
        { kind: 'quiet' },
      ]);
  }
}

test('whatever a peer says: no step back in an epoch, and delivered + missed = published after every step', () => {
  const met = new Set<string>();
  for (let seed = 1; seed <= walks; seed++) {
    const random = seededRandom(seed);
    let state = initialLinkState;
    for (let count = 0; count < stepsPerWalk; count++) {
      const input = random.chance(0.8) ? orderlyInput(random, state) : anyInput(random, state);
      const next = step(state, input);
      checkStep(state, next.state, input, `at step ${count} of seed ${seed} (${input.kind} in ${state.phase})`);
      const socketGone = hasSocket(state.phase) && !hasSocket(next.state.phase);
      if (socketGone && input.kind !== 'closed')
        assert.equal(next.action.kind, 'hang-up', `a socket was forgotten, seed ${seed}, step ${count}`);
      met.add(`${state.phase} ${next.action.kind}`);
      state = next.state;
    }
  }
  for (const seen of [
    'live apply',
    'stale apply',
    'catching-up apply',
    'loading replace',
    'snapshot-due replace',
    'live redial',
    'refused dial',
  ])
    assert.ok(met.has(seen), `the walks never met '${seen}'`);
});
