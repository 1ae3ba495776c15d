import type { MeksEvent } from './events.ts';

/**
 * Whether the event's time is what time it is in the room. Not what the broker and its operators date by their own
 * clock: a recording's time is another. Nor what is run again out of the quarantine: that was, minutes or hours ago.
 */
export function tellsTime(event: MeksEvent): boolean {
  if (event.late === true) return false;
  switch (event.kind) {
    case 'correction':
    case 'operator':
    case 'gap':
      return false;
    case 'score':
      return event.from === undefined;
    case 'room':
      return event.topic !== 'reconciliation' && event.topic !== 'time';
    default:
      return true;
  }
}
