import { readFileSync } from 'node:fs';
import { MeksError } from '../protocol/errors.ts';

/** Shorter ones are guessed. */
const tokenCharactersMin = 16;

/** The token in a file: its text without white space around it. Throws MeksError. */
export function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new MeksError('MEKS_FILE_UNREADABLE', `--token-file ${JSON.stringify(file)} cannot be read`, error);
  }
  if (text.length < tokenCharactersMin || /\s/.test(text))
    throw new MeksError(
      'MEKS_FILE_MALFORMED',
      `--token-file ${JSON.stringify(file)}: a token is one word of ${tokenCharactersMin} characters or more`,
    );
  return text;
}
