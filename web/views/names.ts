import type { User } from '../../src/protocol/events.ts';

// Names come from strangers. What is shown is cut to size, without the marks that turn text around or pile up on it;
// what is kept (in the broker and the log) is as it came. Identity is the id, never the name.

const graphemesMax = 32;
const marksMax = 2;

// Direction overrides and isolates, zero-width space and marks, control characters, line and paragraph separators.
const unwanted = /[\u0000-\u001F\u007F-\u009F\u00AD\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF\uFFF9-\uFFFB]/g;
const piledMarks = new RegExp(`(\\p{Mn}{${marksMax}})\\p{Mn}+`, 'gu');
const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** `text` without what could harm a layout; '' when nothing is left. */
export function cleanName(text: string): string {
  const plain = text.slice(0, 400).replace(unwanted, '').replace(piledMarks, '$1').replaceAll(/\s+/g, ' ').trim();
  if (plain.length <= graphemesMax) return plain;
  let [end, count] = [0, 0];
  for (const { index, segment } of segmenter.segment(plain)) {
    if (++count > graphemesMax) return `${plain.slice(0, end)}…`;
    end = index + segment.length;
  }
  return plain;
}

/** What a person is called on screen: name, else handle, else the end of the id. */
export function displayName(user: User): string {
  const name = cleanName(user.name);
  if (name !== '') return name;
  const handle = cleanName(user.handle);
  return handle !== '' ? `@${handle}` : `Viewer ${user.id.slice(-4)}`;
}

/** The handle where it adds something to the name; '' otherwise. */
export function secondName(user: User): string {
  const handle = cleanName(user.handle);
  return handle === '' || cleanName(user.name) === '' ? '' : `@${handle}`;
}

const latin = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u;

/** One or two letters that stand for a picture: pages load none from elsewhere. */
export function initials(name: string): string {
  const words = name
    .replace(/^@/, '')
    .split(/[\s._-]+/)
    .filter((word) => word !== '');
  const first = firstGrapheme(words[0] ?? '');
  const last = words.length > 1 ? firstGrapheme(words.at(-1)!) : '';
  const both = latin.test(first) && latin.test(last) ? first + last : first;
  return both.toLocaleUpperCase('en');
}

function firstGrapheme(word: string): string {
  for (const { segment } of segmenter.segment(word)) return segment;
  return '?';
}

/** One of `tints` background tints, always the same for the same person. */
export function tintOf(id: string, tints = 8): number {
  let hash = 2_166_136_261;
  for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 16_777_619);
  return (hash >>> 8) % tints;
}
