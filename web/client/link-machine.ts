import { retryMsOf, shouldReconnect } from '../../src/protocol/close-codes.ts';
import type { Position } from '../../src/protocol/position.ts';

// The client's connection as a pure state machine: a state and an input give a new state and one action. No clock, no
// socket, no chance: the client (client.ts) feeds it and does what it says. Owns the law of the client: within an epoch
// the position never goes back, and `position.seq - baseSeq = delivered + missed`. Bounded: one small record.
//
//   idle ─start─► dialling ─hello─► loading ─snapshot─► catching-up ─event…─► live ◄─any frame─ stale
//                  ▲  ▲  └──hello(resumed)─────────────────▲   └──────lagged──► snapshot-due      ▲
//                  │  └─retry─ waiting ◄─closed, dead, any breach of order─ (all of these)  quiet ┘
//                  │           refused ◄─closed with a code that says: do not come back─
//                  └─slept─ (all but idle and refused)
//
// A breach (a gap in seq, a repeat, a snapshot from the past, a frame out of turn) is a bug somewhere: the client hangs
// up and asks for the whole state again, without `since`, rather than show what it cannot vouch for.

export const phases = [
  'idle',
  'dialling',
  /** Greeted, without a resume: what is shown, if anything, is from before, and a snapshot will replace it. */
  'loading',
  /** It lagged a moment ago, and a snapshot heals that. */
  'snapshot-due',
  'catching-up',
  'live',
  'stale',
  'waiting',
  'refused',
] as const;
export type Phase = (typeof phases)[number];

/** What happened. `upMs` is how long the connection had been greeted: 0 when it never was. */
export type Input =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'hello'; readonly epoch: string; readonly seq: number; readonly resumed: boolean }
  | { readonly kind: 'snapshot'; readonly epoch: string; readonly seq: number }
  | { readonly kind: 'event'; readonly seq: number }
  | { readonly kind: 'lagged'; readonly missed: number; readonly from: number; readonly to: number }
  | { readonly kind: 'heartbeat'; readonly seq: number }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }
  /** A frame that could not be read, or whose event could not be applied. `corrupt`: the view was harmed by it. */
  | { readonly kind: 'malformed'; readonly why: string; readonly corrupt: boolean }
  /** Nothing was heard for longer than the heartbeat allows. */
  | { readonly kind: 'quiet' }
  /** Nothing was heard for so long that the connection counts as dead. */
  | { readonly kind: 'dead' }
  /** This machine was asleep, or its clock was set: nothing that is known of the connection still counts. */
  | { readonly kind: 'slept' }
  | { readonly kind: 'closed'; readonly code: number; readonly reason: string; readonly upMs: number }
  | { readonly kind: 'retry' };

/** What the client has to do now. */
export type Action =
  | { readonly kind: 'none' }
  /** Open a socket, with `since` when it is not null. */
  | { readonly kind: 'dial'; readonly since: Position | null }
  /** Close the socket, let go of it, and open another, with `since` when it is not null. */
  | { readonly kind: 'redial'; readonly since: Position | null }
  /** Apply the event of this input to the view. */
  | { readonly kind: 'apply' }
  /** Replace the view by the snapshot of this input; `missed` events were skipped by it. */
  | { readonly kind: 'replace'; readonly missed: number; readonly newEpoch: boolean }
  /** Close the socket and let go of it. */
  | { readonly kind: 'hang-up'; readonly code: number; readonly reason: string };

export interface LinkState {
  readonly phase: Phase;
  /** What the view shows. Kept while the link is down; null before the first snapshot, or when the view was harmed. */
  readonly position: Position | null;
  /** Whether the next connection may ask to go on from `position`. */
  readonly resumable: boolean;
  /** Epoch of the connection, from its hello; '' between connections. */
  readonly epoch: string;
  /** seq from which the client counts as up to date. */
  readonly targetSeq: number;
  /** Attempts since the last connection that held. */
  readonly attempt: number;
  /** When the broker said to come back, in milliseconds; null = it did not say. */
  readonly toldRetryMs: number | null;
  /** Why it is down or refused, for people; '' when it is not. */
  readonly reason: string;
  /** Counts of the running epoch: `position.seq - baseSeq = delivered + missed`. */
  readonly baseSeq: number;
  readonly delivered: number;
  readonly missed: number;
  /** Counts of this client's life. */
  readonly connects: number;
  readonly resumes: number;
  readonly snapshots: number;
  readonly lags: number;
  readonly breaches: number;
  readonly epochs: number;
}

export interface Step {
  readonly state: LinkState;
  readonly action: Action;
}

/** Client's own close codes: server and client agree on ranges (protocol/close-codes.ts), these are only logged. */
export const hangUpCodes = { done: 1000, breach: 4490, dead: 4491, slept: 4492 } as const;

/** A connection that held this long starts the backoff afresh. */
const steadyMs = 5_000;

const none: Action = { kind: 'none' };
const apply: Action = { kind: 'apply' };

export const initialLinkState: LinkState = {
  phase: 'idle',
  position: null,
  resumable: false,
  epoch: '',
  targetSeq: 0,
  attempt: 0,
  toldRetryMs: null,
  reason: '',
  baseSeq: 0,
  delivered: 0,
  missed: 0,
  connects: 0,
  resumes: 0,
  snapshots: 0,
  lags: 0,
  breaches: 0,
  epochs: 0,
};

/** Whether a socket is open or being opened in this phase. */
export function hasSocket(phase: Phase): boolean {
  return phase !== 'idle' && phase !== 'waiting' && phase !== 'refused';
}

/** Whether a connection is wanted in this phase, or there already. */
export function isTrying(phase: Phase): boolean {
  return phase !== 'idle' && phase !== 'refused';
}

function isFollowing(phase: Phase): boolean {
  return phase === 'catching-up' || phase === 'live' || phase === 'stale';
}

/** The next state and what to do. Total: every input has an answer in every phase. */
export function step(state: LinkState, input: Input): Step {
  switch (input.kind) {
    case 'start':
      return hasSocket(state.phase) ? stay(state) : dial({ ...state, attempt: 0 });
    case 'retry':
      return state.phase === 'waiting' ? dial(state) : stay(state);
    case 'stop':
      return stop(state);
    case 'slept':
      return slept(state);
    default:
      return hasSocket(state.phase) ? stepConnected(state, input) : stay(state);
  }
}

function stepConnected(state: LinkState, input: Exclude<Input, { kind: 'start' | 'retry' | 'stop' | 'slept' }>): Step {
  switch (input.kind) {
    case 'hello':
      return hello(state, input);
    case 'snapshot':
      return snapshot(state, input);
    case 'event':
      return event(state, input.seq);
    case 'lagged':
      return lagged(state, input);
    case 'heartbeat':
      return heartbeat(state, input.seq);
    case 'error':
      return stay({ ...state, reason: `${input.message} (${input.code})` });
    case 'malformed':
      return breach(input.corrupt ? { ...state, position: null } : state, input.why);
    case 'quiet':
      return isFollowing(state.phase) ? stay({ ...state, phase: 'stale' }) : stay(state);
    case 'dead':
      return hangUp(state, hangUpCodes.dead, 'nothing was heard for too long');
    default:
      return closed(state, input);
  }
}

function stay(state: LinkState): Step {
  return { state, action: none };
}

function dial(state: LinkState): Step & { readonly action: Extract<Action, { kind: 'dial' }> } {
  const since = state.resumable ? state.position : null;
  const connects = state.connects + 1;
  return {
    state: { ...state, phase: 'dialling', epoch: '', reason: '', toldRetryMs: null, connects },
    action: { kind: 'dial', since },
  };
}

function slept(state: LinkState): Step {
  if (!isTrying(state.phase)) return stay(state);
  const dialled = dial(state);
  if (!hasSocket(state.phase)) return dialled;
  return { state: dialled.state, action: { kind: 'redial', since: dialled.action.since } };
}

function stop(state: LinkState): Step {
  const stopped: LinkState = { ...state, phase: 'idle', epoch: '', attempt: 0, reason: 'stopped' };
  if (!hasSocket(state.phase)) return stay(stopped);
  return { state: stopped, action: { kind: 'hang-up', code: hangUpCodes.done, reason: 'done' } };
}

function hangUp(state: LinkState, code: number, reason: string): Step {
  const attempt = state.attempt + 1;
  return {
    state: { ...state, phase: 'waiting', epoch: '', attempt, reason },
    action: { kind: 'hang-up', code, reason },
  };
}

function breach(state: LinkState, why: string): Step {
  return hangUp({ ...state, resumable: false, breaches: state.breaches + 1 }, hangUpCodes.breach, why);
}

function hello(state: LinkState, frame: Extract<Input, { kind: 'hello' }>): Step {
  if (state.phase !== 'dialling') return breach(state, 'a second hello');
  const greeted: LinkState = { ...state, epoch: frame.epoch, targetSeq: frame.seq, reason: '' };
  if (!frame.resumed) return stay({ ...greeted, phase: 'loading' });
  const since = state.resumable ? state.position : null;
  if (since === null) return breach(state, 'resumed without having been asked to');
  if (since.epoch !== frame.epoch) return breach(state, 'resumed in another epoch');
  if (since.seq > frame.seq) return breach(state, `resumed at ${frame.seq}, before ${since.seq}`);
  const resumes = state.resumes + 1;
  return stay({ ...greeted, phase: since.seq === frame.seq ? 'live' : 'catching-up', resumes });
}

function snapshot(state: LinkState, frame: Extract<Input, { kind: 'snapshot' }>): Step {
  if (state.phase === 'dialling') return breach(state, 'a snapshot before hello');
  if (frame.epoch !== state.epoch) return breach(state, 'a snapshot of another epoch');
  const shown = state.position;
  const newEpoch = shown === null || shown.epoch !== frame.epoch;
  if (!newEpoch && frame.seq < shown.seq) return breach(state, `a snapshot of ${frame.seq}, before ${shown.seq}`);
  const missed = newEpoch ? 0 : frame.seq - shown.seq;
  const next: LinkState = {
    ...state,
    phase: frame.seq >= state.targetSeq ? 'live' : 'catching-up',
    position: { epoch: frame.epoch, seq: frame.seq },
    resumable: true,
    baseSeq: newEpoch ? frame.seq : state.baseSeq,
    delivered: newEpoch ? 0 : state.delivered,
    missed: newEpoch ? 0 : state.missed + missed,
    snapshots: state.snapshots + 1,
    epochs: state.epochs + (newEpoch ? 1 : 0),
  };
  return { state: next, action: { kind: 'replace', missed, newEpoch } };
}

function event(state: LinkState, seq: number): Step {
  const shown = state.position;
  if (!isFollowing(state.phase) || shown === null) return breach(state, `event ${seq} out of turn`);
  if (seq !== shown.seq + 1) return breach(state, `event ${seq} after ${shown.seq}`);
  const next: LinkState = {
    ...state,
    phase: seq >= state.targetSeq ? 'live' : 'catching-up',
    position: { epoch: shown.epoch, seq },
    delivered: state.delivered + 1,
  };
  return { state: next, action: apply };
}

function lagged(state: LinkState, frame: Extract<Input, { kind: 'lagged' }>): Step {
  const shown = state.position;
  if (!isFollowing(state.phase) || shown === null) return breach(state, 'lagged out of turn');
  const consistent = frame.from === shown.seq + 1 && frame.to - frame.from + 1 === frame.missed;
  if (!consistent) return breach(state, `lagged ${frame.from} to ${frame.to} (${frame.missed}) after ${shown.seq}`);
  const targetSeq = Math.max(state.targetSeq, frame.to);
  return stay({ ...state, phase: 'snapshot-due', targetSeq, lags: state.lags + 1 });
}

function heartbeat(state: LinkState, seq: number): Step {
  if (state.phase === 'dialling') return breach(state, 'a heartbeat before hello');
  const shown = state.position;
  if (!isFollowing(state.phase) || shown === null) return stay(state);
  // The broker has sent more than came: on an ordered connection that is a loss.
  if (seq > shown.seq) return breach(state, `heartbeat of ${seq} after event ${shown.seq}`);
  if (state.phase !== 'stale') return stay(state);
  return stay({ ...state, phase: shown.seq >= state.targetSeq ? 'live' : 'catching-up' });
}

function closed(state: LinkState, input: Extract<Input, { kind: 'closed' }>): Step {
  const reason = state.reason !== '' ? state.reason : input.reason !== '' ? input.reason : closeText(input.code);
  const next: LinkState = { ...state, epoch: '', reason, toldRetryMs: retryMsOf(input.reason) };
  // A position that the broker cannot read is no reason to stay away: come back without one.
  const badResume = input.code === 4502 && state.resumable;
  if (badResume) return stay({ ...next, phase: 'waiting', resumable: false, attempt: state.attempt + 1 });
  if (!shouldReconnect(input.code)) return stay({ ...next, phase: 'refused' });
  return stay({ ...next, phase: 'waiting', attempt: input.upMs >= steadyMs ? 1 : state.attempt + 1 });
}

function closeText(code: number): string {
  if (code === 1006) return 'the broker cannot be reached';
  return `closed with code ${code}`;
}
