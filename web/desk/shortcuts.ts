// The desk's keys. Single letters act only while no field or button would take them, never with a modifier, and can all
// be turned off (WCAG 2.1.4). One table serves the keyboard and the help.

export type Shortcut =
  | {
      readonly kind:
        | 'help'
        | 'theme'
        | 'pause'
        | 'filter'
        | 'board'
        | 'feed'
        | 'scope'
        | 'past'
        | 'speed'
        | 'trouble'
        | 'rooms';
    }
  | { readonly kind: OperatorAction }
  | { readonly kind: 'room'; readonly index: number };

/** What an operator does; `thank` to `mute` are about the selected gifter. */
export type OperatorAction =
  | 'next'
  | 'previous'
  | 'open'
  | 'thank'
  | 'pin'
  | 'note'
  | 'mute'
  | 'undo'
  | 'ledger'
  | 'rules'
  | 'thanks';

export interface Key {
  readonly keys: string;
  readonly does: string;
}

/** What the help says. */
export const keyList: readonly Key[] = [
  { keys: 'Space', does: 'Pause the feed, or let it run' },
  { keys: 'F', does: 'Filter the feed by diamonds' },
  { keys: 'S', does: 'Next board: session, 5 minutes, hour, day, sides of the battle' },
  { keys: 'B', does: 'Go to the board (then arrow keys scroll)' },
  { keys: 'G', does: 'Go to the gift feed' },
  { keys: 'J, K', does: 'Next and previous gifter on the board' },
  { keys: 'Enter', does: 'What can be done about that gifter' },
  { keys: 'P, T, N, M', does: 'Pin, thanked, note, mute that gifter' },
  { keys: 'Ctrl Z', does: 'Take back what you did last' },
  { keys: 'Q', does: 'Who is still to be thanked' },
  { keys: 'L', does: 'Corrections: the ledger' },
  { keys: 'A', does: 'Alerts and goals' },
  { keys: 'V', does: 'Hitch meter: what was slow, and where' },
  { keys: 'W', does: 'What is wrong, as far as the broker knows, and what to do' },
  { keys: 'H', does: 'Sessions and gifters of the past, in a new tab' },
  { keys: '1–9', does: 'Open a room' },
  { keys: 'R', does: 'All rooms, also those no longer followed, and their past' },
  { keys: 'D', does: 'Dark or light' },
  { keys: '?', does: 'This help' },
];

const letters: Readonly<Record<string, Shortcut>> = {
  ' ': { kind: 'pause' },
  f: { kind: 'filter' },
  s: { kind: 'scope' },
  b: { kind: 'board' },
  g: { kind: 'feed' },
  d: { kind: 'theme' },
  h: { kind: 'past' },
  r: { kind: 'rooms' },
  v: { kind: 'speed' },
  w: { kind: 'trouble' },
  j: { kind: 'next' },
  k: { kind: 'previous' },
  enter: { kind: 'open' },
  t: { kind: 'thank' },
  p: { kind: 'pin' },
  n: { kind: 'note' },
  m: { kind: 'mute' },
  q: { kind: 'thanks' },
  l: { kind: 'ledger' },
  a: { kind: 'rules' },
  '?': { kind: 'help' },
};

/** The parts of a keyboard event that decide. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly target: EventTarget | null;
}

/** What a key means here; null when it belongs to a field, a button or the browser. */
export function shortcutFor(press: KeyPress): Shortcut | null {
  if (press.altKey || isTaken(press)) return null;
  if (press.ctrlKey || press.metaKey) return press.key.toLowerCase() === 'z' ? { kind: 'undo' } : null;
  if (/^[1-9]$/.test(press.key)) return { kind: 'room', index: Number(press.key) - 1 };
  return letters[press.key.toLowerCase()] ?? null;
}

function isTaken({ key, target }: KeyPress): boolean {
  const tag = target !== null && 'tagName' in target ? target.tagName : '';
  if (tag === 'INPUT' || tag === 'SELECT' || tag === 'TEXTAREA') return true;
  return (key === ' ' || key === 'Enter') && (tag === 'BUTTON' || tag === 'A' || tag === 'SUMMARY');
}
