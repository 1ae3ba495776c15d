import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import type { Answer, Question, ToHot } from '../bridge.ts';

// The cold side's questions to the hot thread. Whoever asks what has been asked and is not answered yet shares the
// answer, so that no crowd of clients can make the hot thread describe its rooms more often than once at a time.
// Bounded by asksPendingMax questions, each by askMs: a hot thread that is stuck costs an HTTP client an error, and
// nothing more.

type Settle = (answer: Answer | MeksError) => void;

export class HotLink {
  readonly #port: MessagePort;
  readonly #clock: Clock;
  /** Open questions by number, and what they will be answered by the question's text. */
  readonly #settles = new Map<number, Settle>();
  readonly #answers = new Map<string, Promise<Answer | MeksError>>();
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
    const key = JSON.stringify(question);
    let asked = this.#answers.get(key);
    if (asked === undefined) {
      if (this.#answers.size >= limits.asksPendingMax.value) throw full();
      asked = this.#send(question).finally(() => this.#answers.delete(key));
      this.#answers.set(key, asked);
    }
    const answer = await asked;
    if (answer instanceof MeksError) throw answer;
    // The hot side answers a question in kind, or says that there is no such room (answers.ts).
    return answer as Extract<Answer, { readonly kind: Kind | 'unknown-room' }>;
  }

  /** An answer came. */
  answered(ask: number, answer: Answer): void {
    this.#settles.get(ask)?.(answer);
  }

  #send(question: Question): Promise<Answer | MeksError> {
    const ask = this.#nextAsk++;
    return new Promise((resolve) => {
      const timer = this.#clock.after(limits.askMs.value, () => this.#settles.get(ask)?.(late()));
      this.#settles.set(ask, (answer) => {
        timer.cancel();
        this.#settles.delete(ask);
        resolve(answer);
      });
      this.send({ kind: 'ask', ask, question });
    });
  }
}

function full(): MeksError {
  const message = `${limits.asksPendingMax.value} questions about rooms are open: come back in a moment`;
  return new MeksError('MEKS_REQUESTS_FULL', message);
}

function late(): MeksError {
  const message = `no answer about rooms within ${limits.askMs.value} ms: come back in a moment`;
  return new MeksError('MEKS_ANSWER_LATE', message);
}
