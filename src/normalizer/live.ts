import type { RoomEvent } from '../protocol/events.ts';
import type { WebcastImEnterRoomMessage } from '../protocol/webcast/webcast_pb.ts';
import { readId } from './read.ts';
import type { Handled, Memory, Turn } from './turn.ts';

// Which LIVE the messages belong to. Upstream gives each LIVE of a creator its own room id, which every message
// carries: another one than before is another session. A feed that knows which LIVE it has entered says so with the
// message it enters with; without that it is told from the messages. One stray id must not empty the boards: an id
// that replaces another, of which no end was told, has to be named by `rivalsNeeded` messages in a row.
//
// Messages of TikFinity and of pushes name no LIVE. There the first message shows that one is on, and after an end
// whatever was sent more than `settlingMs` later shows that the next one is.

const rivalsNeeded = 3;
/** Gifts that were sent before the end, and what upstream makes of it, arrive within seconds. */
const settlingMs = 60_000;

/** The event that says which LIVE this is. */
function liveEvent(liveId: string, at: number, receivedAt: number): RoomEvent {
  return {
    kind: 'room',
    id: `live-${liveId}-${receivedAt}`,
    at,
    topic: 'live',
    user: null,
    text: '',
    value: 0,
    target: 0,
    liveId,
  };
}

/** The feed has entered a LIVE. */
export function enterRoom(message: WebcastImEnterRoomMessage, turn: Turn): Handled {
  const liveId = readId(message.roomId);
  if (liveId === '') return 'ignored';
  const { receivedAt } = turn.raw;
  if (liveId === turn.memory.liveId) {
    // Lookups name a LIVE for a while after it has ended.
    if (turn.memory.liveEnded) return 'ignored';
    // That it is entered once more does not say that it goes on.
    if (turn.memory.livePaused) return 'duplicate';
  }
  setLive(turn.memory, liveId);
  turn.out.push(liveEvent(liveId, receivedAt, receivedAt));
  return 'events';
}

/**
 * Looks at the LIVE id of a message that belongs to the room for certain. Gives the event that has to stand before what
 * the message itself says, or null where nothing has changed.
 */
export function noteLive(roomId: string, turn: Turn): RoomEvent | null {
  const { memory } = turn;
  if (roomId === memory.liveId) {
    memory.rivalLiveCount = 0;
    return null;
  }
  const liveId = readId(roomId);
  if (liveId === '') return memory.liveId === '' ? noteNameless(turn) : null;
  if (memory.liveId !== '' && !memory.liveEnded) {
    memory.rivalLiveCount = liveId === memory.rivalLiveId ? memory.rivalLiveCount + 1 : 1;
    memory.rivalLiveId = liveId;
    if (memory.rivalLiveCount < rivalsNeeded) return null;
  }
  setLive(memory, liveId);
  return liveEvent(liveId, turn.at, turn.raw.receivedAt);
}

/** The same for a room whose messages have never named a LIVE. */
function noteNameless(turn: Turn): RoomEvent | null {
  const { memory, raw } = turn;
  // What is run again later belongs to what was on when it came.
  if (raw.late === true) return null;
  if (memory.liveEnded ? settlesAfterEnd(turn) : memory.liveTold) return null;
  setLive(memory, '');
  return liveEvent('', turn.at, raw.receivedAt);
}

/** Whether a message was made before the LIVE at hand ended, or so shortly after that it still belongs to it. */
export function settlesAfterEnd(turn: Turn): boolean {
  return turn.memory.liveEnded && timeOf(turn) <= turn.memory.liveEndedAt + settlingMs;
}

/** Unix ms at which the message was made, or else at which it came. */
function timeOf({ at, raw }: Turn): number {
  return at === 0 ? raw.receivedAt : at;
}

/** Upstream says that the LIVE at hand is over. */
export function endLive(turn: Turn): void {
  turn.memory.liveEnded = true;
  turn.memory.liveEndedAt = timeOf(turn);
}

export function setLive(memory: Memory, liveId: string): void {
  // The screens of another LIVE begin empty: a place that is the same as in the one before has to be told again.
  if (liveId !== memory.liveId || memory.liveEnded) memory.ranks.clear();
  memory.liveId = liveId;
  memory.liveTold = true;
  memory.liveEnded = false;
  memory.liveEndedAt = 0;
  memory.livePaused = false;
  memory.rivalLiveId = '';
  memory.rivalLiveCount = 0;
}
