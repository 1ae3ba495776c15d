import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { Answer, Question, ToHot } from '../bridge.ts';

// The cold side's questions to the hot thread. Bounded by asksPendingMax, each by askMs: a hot thread that is stuck
// costs an HTTP client an error, never this thread its memory.

type Settle = (answer: Answer | MeksError) => void;

export class HotLink {
  readonly #port: MessagePort;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Settle>();
  #nextAsk = 1;

  constructor(port: MessagePort, clock: Clock) {
    this.#port = port;
    this.#clock = clock;
  }

  send(message: ToHot, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }

  /** The answer of the hot thread. Rejects with MEKS_REQUESTS_FULL or MEKS_ANSWER_LATE. */
  async ask<Kind extends Question['kind']>(
    question: Extract<Question, { readonly kind: Kind }>,
  ): Promise<Extract<Answer, { readonly kind: Kind | 'unknown-room' }>> {
    if (this.#pending.size >= limits.asksPendingMax.value)
      throw new MeksError(
        'MEKS_REQUESTS_FULL',
        `${this.#pending.size} questions about rooms are open: come back in a moment`,
      );
    const ask = this.#nextAsk++;
    const answer = await new Promise<Answer | MeksError>((settle) => {
      this.#pending.set(ask, settle);
      this.#clock.after(limits.askMs.value, () => this.#settle(ask, late));
      this.send({ kind: 'ask', ask, question });
    });
    if (answer instanceof MeksError) throw answer;
    // The hot side answers a question in kind, or says that there is no such room (answers.ts).
    return answer as Extract<Answer, { readonly kind: Kind | 'unknown-room' }>;
  }

  /** An answer came. */
  answered(ask: number, answer: Answer): void {
    this.#settle(ask, answer);
  }

  #settle(ask: number, answer: Answer | MeksError): void {
    const settle = this.#pending.get(ask);
    this.#pending.delete(ask);
    settle?.(answer);
  }
}

const late = new MeksError(
  'MEKS_ANSWER_LATE',
  `no answer about rooms within ${limits.askMs.value} ms: come back in a moment`,
);
