import type { MessagePort, Transferable } from 'node:worker_threads';
import type { Clock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { Command, CommandAnswer, CommandName, CommandOf, CommandOutcome } from '../../protocol/commands.ts';
import { limits } from '../../protocol/limits.ts';
import type { Answer, Question, ToHot } from '../bridge.ts';

// The cold side's questions to the hot thread. Whoever asks what has been asked and is not answered yet shares the
// answer, so that no crowd of clients can make the hot thread describe its rooms more often than once at a time.
// Bounded by asksPendingMax questions, each by askMs: a hot thread that is stuck costs an HTTP client an error, and
// nothing more.

type Settle = (answer: Answer | MeksError) => void;
type SettleCommand = (outcome: CommandOutcome) => void;

export class HotLink {
  readonly #port: MessagePort;
  readonly #clock: Clock;
  /** Open questions by number, and what they will be answered by the question's text. */
  readonly #settles = new Map<number, Settle>();
  /** Commands under way by number: never shared, and never sent again. */
  readonly #commands = new Map<number, SettleCommand>();
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
      if (this.#answers.size >= limits.asksPendingMax.value)
        throw full(limits.asksPendingMax.value, 'questions about rooms');
      asked = this.#send(question).finally(() => this.#answers.delete(key));
      this.#answers.set(key, asked);
    }
    const answer = await asked;
    if (answer instanceof MeksError) throw answer;
    // The hot side answers a question in kind, or says that there is no such room (answers.ts).
    return answer as Extract<Answer, { readonly kind: Kind | 'unknown-room' }>;
  }

  /**
   * Has a command carried out; gives its answer. Rejects with the code of the refusal, with MEKS_REQUESTS_FULL (not
   * begun), or with MEKS_ANSWER_LATE: then it may still be carried out.
   */
  async run<Name extends CommandName>(command: CommandOf<Name> & Command): Promise<CommandAnswer<Name>> {
    if (this.#commands.size >= limits.commandsPendingMax.value) throw full(limits.commandsPendingMax.value, 'commands');
    const ask = this.#nextAsk++;
    const outcome = await new Promise<CommandOutcome>((resolve) => {
      const timer = this.#clock.after(limits.commandMs.value, () => this.#commands.get(ask)?.(lateCommand));
      this.#commands.set(ask, (settled) => {
        timer.cancel();
        this.#commands.delete(ask);
        resolve(settled);
      });
      this.send({ kind: 'command', ask, command });
    });
    if (outcome.kind === 'refused') throw new MeksError(outcome.code, outcome.message);
    // The hot side answers a command in kind (broker/commands.ts).
    return outcome.answer as CommandAnswer<Name>;
  }

  /** What became of a command came. */
  carriedOut(ask: number, outcome: CommandOutcome): void {
    this.#commands.get(ask)?.(outcome);
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

const lateCommand: CommandOutcome = {
  kind: 'refused',
  code: 'MEKS_ANSWER_LATE',
  message: `not done within ${limits.commandMs.value / 1000} s: it may still be. Look before you ask again`,
};

function full(count: number, what: string): MeksError {
  return new MeksError('MEKS_REQUESTS_FULL', `${count} ${what} are under way: come back in a moment`);
}

function late(): MeksError {
  const message = `no answer about rooms within ${limits.askMs.value} ms: come back in a moment`;
  return new MeksError('MEKS_ANSWER_LATE', message);
}
