import { Counters } from '../../base/counters.ts';
import type { RawMessage } from '../../protocol/raw.ts';

export const upstreamCounterSpec = {
  lookups: 'times the room of the creator was looked up',
  signCalls: 'calls to the sign service',
  signRefusals: 'calls that the sign service refused (rate, payment, authorization, failure)',
  connects: 'sockets that were opened',
  connectFailures: 'attempts that did not become a socket',
  interruptions: 'sockets that were lost; each is a gap',
  frames: 'frames read',
  framesUnreadable: 'frames that could not be read; each is a gap',
  framesOther: 'frames of a type without a meaning here',
  messages: 'raw messages read from frames and signed connects',
  history: 'of these, marked as backlog',
  livesEntered:
    'LIVEs that were found by a lookup and entered; each is told to the room by a message beside those read',
  statesLookedUp:
    'times a lookup knew whether the LIVE is paused, or over; told to the room by a message beside those read',
  acks: 'acknowledgements sent',
  acksEmpty: 'frames that asked for an acknowledgement but gave nothing to send back',
  heartbeats: 'heartbeats sent',
  pauses: 'times the socket was not read because the sink had no room',
} as const;

export type UpstreamCounters = Counters<keyof typeof upstreamCounterSpec>;

export function makeUpstreamCounters(): UpstreamCounters {
  return new Counters(upstreamCounterSpec);
}

/** Counts messages that were read, and which of them are backlog. */
export function countMessages(counters: UpstreamCounters, messages: readonly RawMessage[]): void {
  counters.add('messages', messages.length);
  let history = 0;
  for (const message of messages) if (message.history) history++;
  counters.add('history', history);
}
