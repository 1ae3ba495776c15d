// The desk's keys. Single letters act only while no field or button would take them, never with a modifier, and can all
// be turned off (WCAG 2.1.4). One table serves the keyboard and the help.

export type Shortcut =
  | { readonly kind: 'help' | 'theme' | 'pause' | 'filter' | 'board' | 'feed' | 'scope' }
  | { readonly kind: 'room'; readonly index: number };

export interface Key {
  readonly keys: string;
  readonly does: string;
}

/** What the help says. */
export const keyList: readonly Key[] = [
  { keys: 'Space', does: 'Pause the feed, or let it run' },
  { keys: 'F', does: 'Filter the feed by diamonds' },
  { keys: 'S', does: 'Board: session, then each side of the battle' },
  { keys: 'B', does: 'Go to the board (then arrow keys scroll)' },
  { keys: 'G', does: 'Go to the gift feed' },
  { keys: '1–9', does: 'Open a room' },
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
  if (press.ctrlKey || press.metaKey || press.altKey || isTaken(press)) return null;
  if (/^[1-9]$/.test(press.key)) return { kind: 'room', index: Number(press.key) - 1 };
  return letters[press.key.toLowerCase()] ?? null;
}

function isTaken({ key, target }: KeyPress): boolean {
  const tag = target !== null && 'tagName' in target ? target.tagName : '';
  if (tag === 'INPUT' || tag === 'SELECT' || tag === 'TEXTAREA') return true;
  return key === ' ' && (tag === 'BUTTON' || tag === 'A' || tag === 'SUMMARY');
}
