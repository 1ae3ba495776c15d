import { Counters } from '../../base/counters.ts';

export const tiktokCounterSpec = {
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
  acks: 'acknowledgements sent',
  acksEmpty: 'frames that asked for an acknowledgement but gave nothing to send back',
  heartbeats: 'heartbeats sent',
  pauses: 'times the socket was not read because the sink had no room',
} as const;

export type TiktokCounters = Counters<keyof typeof tiktokCounterSpec>;

export function makeTiktokCounters(): TiktokCounters {
  return new Counters(tiktokCounterSpec);
}
