import { styleText } from 'node:util';

// Words for a terminal: colour where the stream shows it (NO_COLOR and FORCE_COLOR are respected), and text of
// strangers made harmless first: a display name must not move the cursor, change the colours or turn the line around.

export type Style = Parameters<typeof styleText>[0];

/** Colours `text` for `stream`, or leaves it as it is where colour is not shown. */
export function paint(style: Style, text: string, stream: NodeJS.WriteStream): string {
  return styleText(style, text, { stream });
}

/** Controls, invisible formatting, private use, line separators. The joiner of emoji stays. */
const unprintable = /(?!\u200d)[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** `text` of a stranger on one line: what does not print is shown as `·`, what is long is cut. */
export function printable(text: string, charsMax = 80): string {
  const clean = text.replaceAll(unprintable, '·');
  if (clean.length <= charsMax) return clean;
  const chars = Array.from(graphemes.segment(clean), ({ segment }) => segment);
  return chars.length <= charsMax ? clean : `${chars.slice(0, charsMax - 1).join('')}…`;
}

/** 1234567 as 1,234,567: the same on every machine. */
export function grouped(value: number): string {
  return value.toLocaleString('en');
}

/** `1 gift`, `1,200 gifts`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
