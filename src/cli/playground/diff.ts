// What changed between two runs, line by line: the fewest lines to take out and put in (longest common subsequence).
// Bounded: where what differs is longer than `cellsMax` allows, it is shown as all out, then all in.

export interface ComparedLine {
  readonly kind: 'same' | 'removed' | 'added';
  readonly line: string;
}

/** Memory of one comparison: four bytes a cell. */
const cellsMax = 4_000_000;

/** Every line of `before` and `after`, in order of both; removed before added where they stand together. */
export function compareLines(before: readonly string[], after: readonly string[]): ComparedLine[] {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const out = before.slice(start, before.length - end);
  const into = after.slice(start, after.length - end);
  const middle =
    out.length * into.length > cellsMax
      ? [...out.map((line) => as('removed', line)), ...into.map((line) => as('added', line))]
      : walk(out, into, commonLengths(out, into));
  const same = (line: string): ComparedLine => as('same', line);
  return [...before.slice(0, start).map(same), ...middle, ...before.slice(before.length - end).map(same)];
}

/** Length of the longest common subsequence of what follows, for each pair of places; one row more than lines. */
function commonLengths(out: readonly string[], into: readonly string[]): Uint32Array {
  const width = into.length + 1;
  const lengths = new Uint32Array((out.length + 1) * width);
  for (let row = out.length - 1; row >= 0; row--) {
    for (let column = into.length - 1; column >= 0; column--) {
      const at = row * width + column;
      lengths[at] =
        out[row] === into[column] ? lengths[at + width + 1]! + 1 : Math.max(lengths[at + width]!, lengths[at + 1]!);
    }
  }
  return lengths;
}

function walk(out: readonly string[], into: readonly string[], lengths: Uint32Array): ComparedLine[] {
  const width = into.length + 1;
  const lines: ComparedLine[] = [];
  let row = 0;
  let column = 0;
  while (row < out.length && column < into.length) {
    if (out[row] === into[column]) {
      lines.push(as('same', out[row++]!));
      column++;
    } else if (lengths[(row + 1) * width + column]! >= lengths[row * width + column + 1]!)
      lines.push(as('removed', out[row++]!));
    else lines.push(as('added', into[column++]!));
  }
  while (row < out.length) lines.push(as('removed', out[row++]!));
  while (column < into.length) lines.push(as('added', into[column++]!));
  return lines;
}

function as(kind: ComparedLine['kind'], line: string): ComparedLine {
  return { kind, line };
}
