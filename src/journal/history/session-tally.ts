import { tellsTime } from '../../protocol/event-time.ts';
import type { EventFrame } from '../../protocol/frames.ts';
import type { RoomView } from '../../protocol/room-view.ts';

// What a session counts beside its view: numbers that dashboards do not show but people ask for afterwards.

export interface SessionTally {
  chats: number;
  viewersPeak: number;
  /** Time of the newest event, Unix ms. */
  lastAt: number;
  /** Whether upstream has dated one; absent in histories of before. */
  dated?: boolean;
}

export function emptyTally(): SessionTally {
  return { chats: 0, viewersPeak: 0, lastAt: 0 };
}

export function countEvent(tally: SessionTally, event: EventFrame, at: number): void {
  // That time went on is no sign of life.
  const isSilence = event.kind === 'room' && event.topic === 'time';
  // A restart, or an operator, the next morning is none either; and a recording's time is not the broker's.
  const isDated = event.at > 0 && tellsTime(event);
  const wasDated = tally.dated ?? false;
  if (isDated && !wasDated) {
    tally.dated = true;
    tally.lastAt = at;
  } else if (isDated === wasDated && !isSilence && at > tally.lastAt) tally.lastAt = at;
  if (event.kind === 'chat') tally.chats++;
  else if (event.kind === 'viewers' && event.current > tally.viewersPeak) tally.viewersPeak = event.current;
}

/** Length of a pulse, in milliseconds. */
export const pulseMs = 10_000;

/** Ten seconds of a session. */
export interface Pulse {
  /** Of its newest event. */
  seq: number;
  /** Of the event that it began with. */
  firstSeq: number;
  events: number;
  gifts: number;
  diamonds: number;
  viewers: number;
  ownPoints: number;
  rivalPoints: number;
}

/** Owns the pulses that are not written yet: a few, for they are written with every batch of the import. */
export class Pulses {
  readonly pending = new Map<number, Pulse>();

  add(at: number, event: EventFrame, view: RoomView): void {
    const bucket = at - (at % pulseMs);
    let pulse = this.pending.get(bucket);
    if (pulse === undefined) {
      const firstSeq = event.seq;
      pulse = { seq: 0, firstSeq, events: 0, gifts: 0, diamonds: 0, viewers: 0, ownPoints: -1, rivalPoints: -1 };
      this.pending.set(bucket, pulse);
    }
    pulse.seq = event.seq;
    pulse.events++;
    pulse.viewers = view.session.viewers;
    if (event.kind === 'gift') {
      pulse.gifts += event.count;
      pulse.diamonds += event.diamonds;
    }
    pulse.ownPoints = view.battle?.sides[0]?.points ?? -1;
    pulse.rivalPoints = view.battle?.sides[1]?.points ?? -1;
  }
}
