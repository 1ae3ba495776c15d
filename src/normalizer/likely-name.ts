import { methodsRead } from './handlers.ts';

// Which method a new one may have been until yesterday, by its name: upstream renames by adding words, versions and
// prefixes (WebcastGiftMessage, WebcastGiftMessageV2, GiftMessage, WebcastNewGiftMessage).

/** Words that all methods share, and versions. */
const empty = /^(?:Webcast|Message|Method|V|[0-9]+|New)$/i;

/** `WebcastLinkMicBattle` as `Link Mic Battle`, without the words that say nothing. */
function wordsOf(method: string): string[] {
  const words = method.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+/g) ?? [];
  return words.filter((word) => !empty.test(word)).map((word) => word.toLowerCase());
}

const readByWords: ReadonlyMap<string, string> = new Map(methodsRead.map((name) => [wordsOf(name).join(' '), name]));

/** The method that is read and has the same words as `method`, or ''. */
export function likelyName(method: string): string {
  return readByWords.get(wordsOf(method).join(' ')) ?? '';
}
