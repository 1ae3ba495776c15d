import type { CorrectionRequest, LedgerEntry } from '../../src/protocol/corrections.ts';
import type { OperatorWish } from '../../src/protocol/operator.ts';
import { brokerUrl } from '../shell/rooms.ts';

// What an operator does, sent to the broker. Nothing is shown before it comes back in the stream, which is the truth;
// an answer is only asked whether something went wrong. Never throws: what went wrong is an answer.

export type Outcome<Answer = unknown> =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly why: string };

type WithoutStamp<Request> = Request extends unknown ? Omit<Request, 'id' | 'by'> : never;

/** A correction without the id and the name that every one gets here. */
export type CorrectionWish = WithoutStamp<CorrectionRequest>;

export class OperatorApi {
  readonly #room: string;
  readonly #who: () => { readonly name: string; readonly token: string };

  /** `who` tells the name under which this desk acts, and its token; '' = none is needed. */
  constructor(room: string, who: () => { readonly name: string; readonly token: string }) {
    this.#room = room;
    this.#who = who;
  }

  set(set: OperatorWish): Promise<Outcome> {
    return this.#post('operator', { set });
  }

  /** Takes back the change with this id, or the newest one of this operator. */
  undo(undoes?: string): Promise<Outcome> {
    return this.#post('operator/undo', undoes === undefined ? {} : { undoes });
  }

  correct(wish: CorrectionWish): Promise<Outcome> {
    return this.#post('corrections', wish);
  }

  undoCorrection(id: string, reason: string): Promise<Outcome> {
    return this.#post(`corrections/${encodeURIComponent(id)}/undo`, { reason });
  }

  async ledger(): Promise<Outcome<readonly LedgerEntry[]>> {
    const outcome = await this.#ask('corrections', { method: 'GET' });
    if (outcome.kind === 'failed') return outcome;
    const { answer } = outcome;
    const listed = typeof answer === 'object' && answer !== null && 'corrections' in answer ? answer.corrections : null;
    // The broker's own answer, by the schema that its documents show.
    return Array.isArray(listed)
      ? { kind: 'done', answer: listed as LedgerEntry[] }
      : { kind: 'failed', why: 'The broker’s ledger cannot be read.' };
  }

  #post(path: string, body: object): Promise<Outcome> {
    const asked = { id: chosenId(), by: this.#who().name, ...body };
    return this.#ask(path, { method: 'POST', body: JSON.stringify(asked) });
  }

  async #ask(path: string, init: RequestInit): Promise<Outcome> {
    const { token } = this.#who();
    const headers = new Headers({ accept: 'application/json' });
    if (init.body !== undefined) headers.set('content-type', 'application/json');
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    try {
      const url = brokerUrl(`v1/rooms/${encodeURIComponent(this.#room)}/${path}`);
      const response = await fetch(url, { ...init, headers });
      const answer: unknown = await response.json();
      if (response.ok) return { kind: 'done', answer };
      if (response.status === 401) return failed('This broker asks for its token: set it under your name.');
      return failed(messageOf(answer) ?? `The broker answered ${response.status}.`);
    } catch {
      return failed('The broker cannot be reached. Nothing was changed.');
    }
  }
}

function failed(why: string): Outcome<never> {
  return { kind: 'failed', why };
}

/** The broker's own words, as a sentence. */
function messageOf(answer: unknown): string | null {
  if (typeof answer !== 'object' || answer === null || !('error' in answer)) return null;
  const { error } = answer;
  if (typeof error !== 'object' || error === null || !('message' in error)) return null;
  const { message } = error;
  if (typeof message !== 'string' || message === '') return null;
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** Pages may be served without https, where there is no randomUUID. */
function chosenId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `desk-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}
