import type { CorrectionRequest, LedgerEntry } from '../../src/protocol/corrections.ts';
import type { KnownPerson, Note, OperatorWish } from '../../src/protocol/operator.ts';
import type { ClientClock } from '../client/environment.ts';
import { systemEnvironment } from '../client/environment.ts';
import { type NamedWish, WishIds } from './wish-ids.ts';

// What an operator does, sent to the broker. Nothing is shown before it comes back in the stream, which is the truth;
// an answer is only asked whether something went wrong. Never throws: what went wrong is an answer. Where none came,
// the wish may have been carried out: it keeps its id, and to send it again is to ask again.

export type Outcome<Answer = unknown> =
  | { readonly kind: 'done'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly why: string };

/** `again`: it had been carried out before, and was not carried out once more. */
export interface Done {
  readonly again: boolean;
}

type WithoutStamp<Request> = Request extends unknown ? Omit<Request, 'id' | 'by'> : never;

/** A correction without the id and the name that every one gets here. */
export type CorrectionWish = WithoutStamp<CorrectionRequest>;

/** No answer is waited for longer. The broker gives up before that (limits.httpAnswerMs), and says so. */
export const answerMsMax = 35_000;

export interface OperatorApiOptions {
  /** Where the broker has the room: `…/v1/rooms/main`. */
  readonly roomUrl: string;
  /** The name under which this desk acts, and its token; '' = none is needed. */
  readonly who: () => { readonly name: string; readonly token: string };
  readonly fetch?: typeof fetch;
  readonly clock?: ClientClock;
}

/** What is sent, and which wish it is. */
interface Posted {
  readonly path: string;
  readonly body: object;
  readonly wish: NamedWish;
}

type Answered =
  | { readonly kind: 'answered'; readonly status: number; readonly ok: boolean; readonly body: unknown }
  | { readonly kind: 'none' };

export class OperatorApi {
  readonly #roomUrl: string;
  readonly #who: OperatorApiOptions['who'];
  readonly #fetch: typeof fetch;
  readonly #clock: ClientClock;
  readonly #ids = new WishIds();
  /** Changes that this desk has made: with each, `undo` is another wish. */
  #changes = 0;

  constructor(options: OperatorApiOptions) {
    this.#roomUrl = options.roomUrl;
    this.#who = options.who;
    this.#fetch = options.fetch ?? ((url, init) => fetch(url, init));
    this.#clock = options.clock ?? systemEnvironment.clock;
  }

  async set(set: OperatorWish): Promise<Outcome<Done>> {
    const wish = { about: placeOf(set), content: JSON.stringify(set) };
    const outcome = await this.#post([{ path: 'operator', body: { set }, wish }]);
    if (outcome.kind === 'done') this.#changes++;
    return outcome;
  }

  /** Takes back the change with this id, or the newest one of this operator. */
  undo(undoes?: string): Promise<Outcome<Done>> {
    const wish = { about: `undo ${undoes ?? ''}`, content: undoes === undefined ? String(this.#changes) : '' };
    return this.#post([{ path: 'operator/undo', body: undoes === undefined ? {} : { undoes }, wish }]);
  }

  /** Corrections one after the other, up to the first that fails. All are one wish: sent again, it is gone on with. */
  correct(wishes: readonly CorrectionWish[]): Promise<Outcome<Done>> {
    return this.#post(wishes.map((body) => ({ path: 'corrections', body, wish: correctionWish(body) })));
  }

  undoCorrection(id: string, reason: string): Promise<Outcome<Done>> {
    const path = `corrections/${encodeURIComponent(id)}/undo`;
    return this.#post([{ path, body: { reason }, wish: { about: path, content: '' } }]);
  }

  async ledger(): Promise<Outcome<readonly LedgerEntry[]>> {
    return await this.#list<LedgerEntry>('corrections', 'corrections', 'ledger');
  }

  /** The note on one person, whether in sight or not; null = there is none. */
  async note(user: string): Promise<Outcome<Note | null>> {
    const path = `operator/notes?${new URLSearchParams({ user })}`;
    const outcome = await this.#list<KnownPerson>(path, 'notes', 'notes');
    return outcome.kind === 'done' ? { kind: 'done', answer: outcome.answer[0]?.note ?? null } : outcome;
  }

  /** What the broker lists in `field` of its answer; `name` is for people. */
  async #list<Item>(path: string, field: string, name: string): Promise<Outcome<readonly Item[]>> {
    const answered = await this.#ask(path, { method: 'GET' });
    if (answered.kind === 'none') return failed('The broker cannot be reached.');
    if (!answered.ok) return failed(refusalOf(answered));
    const { body } = answered;
    const listed = typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[field] : null;
    // The broker's own answer, by the schema that its documents show.
    return Array.isArray(listed)
      ? { kind: 'done', answer: listed as Item[] }
      : failed(`The broker’s ${name} cannot be read.`);
  }

  /** The ids are kept until all of it is done: what was carried out of it is then told apart from what was not. */
  async #post(parts: readonly Posted[]): Promise<Outcome<Done>> {
    const sent: { readonly wish: NamedWish; readonly id: string }[] = [];
    let again = true;
    for (const { path, body, wish } of parts) {
      const id = this.#ids.idOf(wish);
      const asked = { id, by: this.#who().name, ...body };
      const answered = await this.#ask(path, { method: 'POST', body: JSON.stringify(asked) });
      if (answered.kind === 'none') return unsure('The broker did not answer.');
      if (answered.status >= 500) return unsure(refusalOf(answered));
      if (!answered.ok) return failed(refusalOf(answered));
      const { body: answer } = answered;
      if (typeof answer !== 'object' || answer === null) return unsure('What was answered is not the broker’s.');
      sent.push({ wish, id });
      again &&= 'again' in answer && answer.again === true;
    }
    for (const { wish, id } of sent) this.#ids.done(wish, id);
    return { kind: 'done', answer: { again } };
  }

  async #ask(path: string, init: RequestInit): Promise<Answered> {
    const { token } = this.#who();
    const headers = new Headers({ accept: 'application/json' });
    if (init.body !== undefined) headers.set('content-type', 'application/json');
    if (token !== '') headers.set('authorization', `Bearer ${token}`);
    const given = new AbortController();
    const deadline = this.#clock.after(answerMsMax, () => given.abort());
    try {
      const response = await this.#fetch(`${this.#roomUrl}/${path}`, { ...init, headers, signal: given.signal });
      const text = await response.text();
      return { kind: 'answered', status: response.status, ok: response.ok, body: parsed(text) };
    } catch {
      return { kind: 'none' };
    } finally {
      deadline.cancel();
    }
  }
}

/** What a wish is about: the place of the item that it sets. */
function placeOf(set: OperatorWish): string {
  if ('user' in set) return `${set.list} ${set.user}`;
  return `${set.list} ${'gift' in set ? set.gift.id : set.key}`;
}

/** A gift is corrected once, whatever reason is given at the second try; diamonds for another reason are others. */
function correctionWish(wish: CorrectionWish): NamedWish {
  if ('gift' in wish) return { about: `gift ${wish.gift}`, content: JSON.stringify({ ...wish, reason: '' }) };
  return { about: JSON.stringify(wish), content: '' };
}

function failed(why: string): Outcome<never> {
  return { kind: 'failed', why };
}

function unsure(why: string): Outcome<never> {
  return failed(`${why} It is not known whether this was carried out. Trying again is safe: nothing is done twice.`);
}

/** What stands in the way of proxies may answer with something else than JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Why the broker did not do it: in its own words, as a sentence, where it has some. */
function refusalOf({ status, body }: { readonly status: number; readonly body: unknown }): string {
  if (status === 401) return 'This broker asks for its token: set it under your name.';
  const unnamed = `The broker answered ${status}.`;
  if (typeof body !== 'object' || body === null || !('error' in body)) return unnamed;
  const { error } = body;
  if (typeof error !== 'object' || error === null || !('message' in error)) return unnamed;
  const { message } = error;
  if (typeof message !== 'string' || message === '') return unnamed;
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}
