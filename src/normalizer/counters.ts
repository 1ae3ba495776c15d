import { Counters, type CounterSpec } from '../base/counters.ts';

// What the normalizer counts. messages = understood + duplicates + ignored + quarantined + unknown, at every moment.

const spec = {
  messages: 'raw messages read',
  understood: 'messages that gave at least one event',
  duplicates: 'messages that said nothing new: seen before by id, or by what they say',
  ignored: 'messages that MEKS knows and has no use for',
  quarantined: 'messages that could not be understood: kept with the reason',
  unknown: 'messages with a method that MEKS has never heard of',
  faults: 'messages on which a bug showed: quarantined by reason `fault`, nothing of them was kept',
  events: 'events made, settled streaks included',
  gift: 'gift events',
  battle: 'battle events',
  score: 'score events',
  rank: 'rank events',
  viewers: 'viewers events',
  like: 'like events',
  follow: 'follow events',
  share: 'share events',
  join: 'join events',
  chat: 'chat events',
  room: 'room events',
  giftsCounted: 'gifts counted',
  diamondsCounted: 'diamonds counted',
  streaksSettled: 'streaks settled without an end mark, by silence or for want of room',
  withoutId: 'messages without an id: one was made of their bytes',
  clamped: 'numbers out of bounds that were moved to the bound, and lists that were cut',
  alarmJoined: 'streaks whose first tick seen was not their first: the gifts before it are not counted',
  alarmEndWithoutStart: 'end marks of streaks never seen: nothing is counted',
  alarmOutOfOrder: 'ticks with a lower running total than one seen before',
  alarmMissedTicks: 'ticks that raised the total by more than their own diamonds: what lay between is counted too',
  alarmPriceMismatch: 'gifts whose own diamonds fit neither price nor count: count times price is used',
  alarmFanTicketMissing: 'gifts that do not say their own diamonds',
  alarmMethodUnknown: 'methods nobody has heard of whose name is nearly that of one that is read: renamed upstream?',
  alarmMethodChanged: 'methods of which a message could not be understood as they used to be: a change upstream?',
  alarmPriceUnknown: 'gifts without a price anywhere: counted with 0 diamonds',
} as const satisfies CounterSpec<string>;

export type NormalizerCounter = keyof typeof spec;
export type NormalizerCounters = Counters<NormalizerCounter>;

export function normalizerCounters(values?: Float64Array): NormalizerCounters {
  return new Counters(spec, values);
}
