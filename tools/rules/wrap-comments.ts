// Breaks comment lines that are too long. Prose flows on into the next line of the same comment; where that line is a
// drawing, a list or code (it begins with more than one space, a dash, a bar or a digit), a new line is put in between.

/** Indentation and mark of a comment line that may be wrapped: `  // ` or `   * `. */
const commentLine = /^(\s*(?:\/\/|\*) )(\S.*)$/;
const oneLineDoc = /^(\s*)\/\*\* (.*) \*\/$/;
const setApart = /^(?:[-*|#<>└├│╭╰{}]|\d+[.)] |\w+:\/\/)/;

/** `text` with every comment line of at most `charsMax` characters, as far as words allow. */
export function wrapComments(text: string, charsMax: number): string {
  const lines = text.split('\n').flatMap((line) => (line.length > charsMax ? splitDoc(line) : [line]));
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const match = line.length > charsMax ? commentLine.exec(line) : null;
    if (match === null || setApart.test(match[2]!)) continue;
    const mark = match[1]!;
    const at = line.lastIndexOf(' ', charsMax);
    if (at <= mark.length) continue;
    lines[index] = line.slice(0, at);
    const rest = line.slice(at + 1);
    const next = commentLine.exec(lines[index + 1] ?? '');
    if (next !== null && next[1] === mark && !setApart.test(next[2]!)) lines[index + 1] = `${mark}${rest} ${next[2]}`;
    else lines.splice(index + 1, 0, mark + rest);
  }
  return lines.join('\n');
}

/** A doc comment of one line as one of several. */
function splitDoc(line: string): string[] {
  const match = oneLineDoc.exec(line);
  if (match === null) return [line];
  const indent = match[1]!;
  return [`${indent}/**`, `${indent} * ${match[2]}`, `${indent} */`];
}
