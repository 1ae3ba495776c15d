import type { MeksEvent } from './events.ts';

/** False for what the broker and its operators date by their own clock: a recording's time is another. */
export function tellsTime(event: MeksEvent): boolean {
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
