import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { MeksError } from '../protocol/errors.ts';
import { pushTokenPattern } from '../protocol/room-definition.ts';

/** Shorter ones are guessed. */
const tokenCharactersMin = 16;

const makeOne = '`openssl rand -hex 24` makes one';

/** A token that nobody guesses. */
export function makeToken(): string {
  return randomBytes(24).toString('base64url');
}

/** The push token in a file. Throws MeksError. */
export function readPushToken(file: string): string {
  const token = readToken(file, '--push-token-file');
  if (pushTokenPattern.test(token)) return token;
  throw new MeksError(
    'MEKS_FILE_MALFORMED',
    `--push-token-file ${JSON.stringify(file)}: use letters, digits, "-", "_", "." and "~", 200 at most`,
  );
}

/** The token in a file, which `flag` names: its text without white space around it. Throws MeksError. */
export function readToken(file: string, flag = '--token-file'): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const remedy = why === 'ENOENT' ? `there is no such file: ${makeOne}` : `it cannot be read (${why})`;
    throw new MeksError('MEKS_FILE_UNREADABLE', `${flag} ${JSON.stringify(file)}: ${remedy}`, error);
  }
  if (text.length < tokenCharactersMin || /\s/.test(text))
    throw new MeksError(
      'MEKS_FILE_MALFORMED',
      `${flag} ${JSON.stringify(file)}: a token is one word of ${tokenCharactersMin} characters or more: ${makeOne}`,
    );
  return text;
}
