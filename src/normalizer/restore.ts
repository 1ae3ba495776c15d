import type { GiftEvent, MeksEvent, Streak as EventStreak } from '../protocol/events.ts';
import { settledKey } from './battle.ts';
import { isSettledId } from './gift.ts';
import { setLive } from './live.ts';
import { rankPlace } from './ranks.ts';
import { streakKey } from './streaks.ts';
import { keyOf, type Memory } from './turn.ts';

// After a restart the log says what had become of the messages before it. Events are enough: a message that gave none
// gives none again.

/**
 * Takes up one event, in the order of the log. `nowMs` is monotonic: open streaks have their full silence before
 * them.
 */
export function restoreEvent(event: MeksEvent, memory: Memory, nowMs: number): void {
  if (event.kind === 'correction' || event.kind === 'operator' || event.kind === 'gap') return;
  // No message has the id of an event that settled a streak: it must not push one out.
  if (!isSettledId(event.id)) memory.ids.add(keyOf(event.id));
  if (event.kind === 'gift' && event.streak !== null) restoreStreak(event, event.streak, memory, nowMs);
  else if (event.kind === 'rank' && event.userId === '')
    memory.ranks.set(event.list, rankPlace(event.rank, event.score));
  else if (event.kind === 'battle' && event.change === 'state' && event.phase === 'settled')
    memory.ids.add(settledKey(event.battleId));
  else if (event.kind === 'room') {
    if (event.topic === 'live') setLive(memory, event.liveId ?? '');
    else if (event.topic === 'paused' || event.topic === 'resumed') {
      memory.livePaused = event.topic === 'paused';
      memory.liveEnded = false;
    } else if (event.topic === 'ended' || event.topic === 'suspended') {
      memory.liveEnded = true;
      memory.liveEndedAt = event.at;
    }
  }
}

/**
 * The sum of what the events of a streak added, and its highest total, are all there is to know of it. They do not say
 * whether its price was listed: one that was joined in the middle may be a guess (gift.ts) until its next tick.
 */
function restoreStreak(event: GiftEvent, told: EventStreak, memory: Memory, nowMs: number): void {
  const { streaks } = memory;
  const { user, gift, receiver, at } = event;
  const key = streakKey(user.id, gift.id, told.group);
  let streak = streaks.find(key);
  if (streak === undefined) {
    // What has to go was open in the log: its silence is over as well.
    streaks.makeRoom();
    streak = streaks.begin({ key, user, gift, group: told.group, receiver, at }, told.total, nowMs);
    streak.priceGuessed = told.joined;
  } else if (told.total === streak.highest + 1) streak.priceGuessed = false;
  const counted = streak.highest - streak.floor + event.count;
  if (told.total > streak.highest) streak.highest = told.total;
  // One that was seen from its start has counted all, also where the events before this one are too old to be recalled.
  streak.floor = told.joined ? Math.max(0, streak.highest - counted) : 0;
  streak.user = user;
  streak.gift = gift;
  streak.receiver = receiver;
  if (at > streak.at) streak.at = at;
  if (told.open) streaks.touch(streak, nowMs);
  else {
    if (!isSettledId(event.id)) streak.ended = true;
    streaks.settle(streak, nowMs);
  }
}
