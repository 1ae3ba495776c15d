import { isCurrent, type Link } from '../client/client.ts';

// What the link's alert says. A screen reader reads an alert out whenever its text changes, over whatever it is saying:
// so the text stays the same for as long as the link is away, however often it is tried, and says when it is back.

const awayText = 'No connection to the broker. What is shown may be old.';
const refusedText = 'Refused by the broker. What is shown may be old.';
const backText = 'Connected again.';

/** What the desk shows, and how far it is to be trusted. */
export interface LinkScene {
  readonly link: Link;
  /** Whether there is anything on screen that could be old. */
  readonly hasView: boolean;
  /** What keeps the broker from showing anything new, in two words; '' = nothing. */
  readonly stuck: string;
}

/** The alert's text in `scene`, after it was `before`. */
export function linkAlert(before: string, { link, hasView, stuck }: LinkScene): string {
  if (hasView && link === 'refused') return refusedText;
  if (hasView && !isCurrent(link)) return awayText;
  if (stuck !== '') return `${stuck}. Nothing new is shown.`;
  return hasView && [awayText, refusedText, backText].includes(before) ? backText : '';
}
