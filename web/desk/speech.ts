// What a polite live region has come to say, as lines of its own: who says something never says it over somebody else's
// sentence of the same moment, and a sentence that is said again is heard again. Bounded: `linesMax`, the newest; a
// screen reader takes a line when it comes, and what goes later is not told.

const linesMax = 5;

export interface SpokenLine {
  readonly id: number;
  readonly text: string;
}

/** The lines after `text` was said. */
export function withLine(lines: readonly SpokenLine[], text: string): readonly SpokenLine[] {
  const id = (lines.at(-1)?.id ?? 0) + 1;
  return [...lines, { id, text }].slice(-linesMax);
}
