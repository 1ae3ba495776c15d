import type { Trouble } from './trouble.ts';

// What is said of trouble, once, in a polite live region, and of its end. What keeps everything new off the screen
// (`bad`) begins as an alert of its own (LinkBanner); that it is over is said here.

/** The sentences to say when the worst trouble was `before` and is `now` (null = none); '' = nothing. */
export function troubleSpeech(before: Trouble | null, now: Trouble | null): string {
  if (before?.key === now?.key || now?.tone === 'bad') return '';
  const isSaid = now?.tone === 'warn' || now?.tone === 'wrong';
  // After a disk that failed comes one that is slow for a moment: whoever heard the alert waits for its end.
  const isOver = before !== null && (isSaid ? before.tone === 'bad' : before.tone !== 'plain');
  const over = isOver ? overWords(before) : '';
  return isSaid ? `${over} ${now.title}. ${now.means}`.trim() : over;
}

/** What is said when it is no longer told. That TikTok has changed does not end with its last sign. */
function overWords({ key, title }: Trouble): string {
  return key.startsWith('drift ') ? `${title}: no new sign of it.` : `Over: ${title}.`;
}
