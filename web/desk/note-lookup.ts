import type { Note, OperatorChange } from '../../src/protocol/operator.ts';
import type { Outcome } from './operator-api.ts';
import type { NoteKnown } from './operator-face.ts';

// The note on whoever the dialog is about, where the view does not have it: it has those of people in sight. "Not known"
// is never shown as "none", or saving would put nothing in the place of what is there. Owns one question at most; what
// the stream tells while it is under way is newer than its answer.

/** What came of it so far. */
export type Looked = NoteKnown | { readonly kind: 'asking' } | { readonly kind: 'failed'; readonly why: string };

export class NoteLookup {
  readonly #ask: (user: string) => Promise<Outcome<Note | null>>;
  readonly #tell: (looked: Looked) => void;
  #user: string | null = null;
  /** The question whose answer counts. */
  #asked = 0;

  constructor(ask: (user: string) => Promise<Outcome<Note | null>>, tell: (looked: Looked) => void) {
    this.#ask = ask;
    this.#tell = tell;
  }

  /** Asks for the note on `user`, and follows it from then on. */
  async look(user: string): Promise<void> {
    const question = ++this.#asked;
    this.#user = user;
    this.#tell({ kind: 'asking' });
    const outcome = await this.#ask(user);
    if (question !== this.#asked) return;
    this.#tell(outcome.kind === 'done' ? { kind: 'known', note: outcome.answer } : outcome);
  }

  /** Somebody else is looked at, of whom nothing is known yet. */
  forget(): void {
    this.#asked++;
    this.#user = null;
    this.#tell({ kind: 'asking' });
  }

  /** What the stream tells. */
  observe(change: OperatorChange): void {
    if (change.list !== 'note' || change.key !== this.#user) return;
    this.#asked++;
    this.#tell({ kind: 'known', note: change.now });
  }
}

export interface NoteDraft {
  readonly text: string;
  readonly regular: boolean;
}

/** What stands in the form: what was written, or else what is there. */
export function noteShown(known: NoteKnown | null, draft: NoteDraft | null): NoteDraft {
  const { text, regular } = draft ?? known?.note ?? { text: '', regular: false };
  return { text, regular };
}

/** Whether there is something to save; while it is not known what is there, nothing. */
export function isNoteNew(known: NoteKnown | null, draft: NoteDraft | null): boolean {
  if (known === null || draft === null) return false;
  const there = noteShown(known, null);
  return draft.text.trim() !== there.text || draft.regular !== there.regular;
}
