// Under which ids wishes are sent. The broker carries an id out once (docs/OPERATORS.md): a wish keeps its id until it
// is known to be done, so that one whose answer was lost may be sent again. Owns the ids of what is not known to be
// done. Bounded: `wishesMax`; beyond that the wish that was formed first is forgotten, and would be a new one.

const wishesMax = 500;

/** What is wished: another `content` about the same is another wish, and takes the place of the one before. */
export interface NamedWish {
  readonly about: string;
  readonly content: string;
}

export class WishIds {
  readonly #kept = new Map<string, { readonly content: string; readonly id: string }>();

  /** The id of this wish: the same one until it is done. */
  idOf({ about, content }: NamedWish): string {
    const kept = this.#kept.get(about);
    if (kept?.content === content) return kept.id;
    const id = chosenId();
    this.#kept.delete(about);
    this.#kept.set(about, { content, id });
    const [first] = this.#kept.keys();
    if (this.#kept.size > wishesMax) this.#kept.delete(first!);
    return id;
  }

  /** It is known to be done under this id: the same once more is a wish of its own. */
  done({ about }: NamedWish, id: string): void {
    if (this.#kept.get(about)?.id === id) this.#kept.delete(about);
  }
}

/** Pages may be served without https, where there is no randomUUID. */
function chosenId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `desk-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
