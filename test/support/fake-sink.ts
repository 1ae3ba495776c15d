import type { FeedSink } from '../../src/feed/feed.ts';
import type { SourceState } from '../../src/protocol/frames.ts';
import type { FeedGap, RawMessage } from '../../src/protocol/raw.ts';

// A sink that keeps what it is given, and has room or not as its test says. It checks what every feed owes it: no offer
// between a refusal and the return of room, and after a refusal the same message again.

const enteredMethod = 'WebcastImEnterRoomMessage';

export type SinkEntry =
  | { readonly kind: 'message'; readonly raw: RawMessage }
  | { readonly kind: 'gap'; readonly gap: FeedGap }
  | { readonly kind: 'lost'; readonly count: number }
  | { readonly kind: 'state'; readonly state: SourceState; readonly detail: string };

export class FakeSink implements FeedSink {
  readonly entries: SinkEntry[] = [];
  /** What the feed did that no feed may do; a test ends by asserting that this is empty. */
  readonly violations: string[] = [];
  /** Decides per offer whether there is room. Default: always. */
  hasRoom: (offers: number) => boolean = () => true;
  offers = 0;
  refusals = 0;
  #refused: RawMessage | null = null;
  #resume: (() => void) | null = null;
  #waiting = false;

  offer(raw: RawMessage): boolean {
    this.offers++;
    if (this.#waiting) this.violations.push(`offered ${raw.method} while waiting for room`);
    if (this.#refused !== null && this.#refused !== raw) this.violations.push('another message after a refusal');
    if (!this.hasRoom(this.offers)) {
      this.refusals++;
      this.#refused = raw;
      return false;
    }
    this.#refused = null;
    this.entries.push({ kind: 'message', raw });
    return true;
  }

  whenSpace(resume: () => void): void {
    this.#waiting = true;
    this.#resume = resume;
  }

  lost(count: number): void {
    this.#refused = null;
    this.entries.push({ kind: 'lost', count });
  }

  gap(gap: FeedGap): void {
    this.entries.push({ kind: 'gap', gap });
  }

  state(state: SourceState, detail: string): void {
    this.entries.push({ kind: 'state', state, detail });
  }

  /** Room has come back: calls whoever waits for it. False: nobody does. */
  makeRoom(): boolean {
    const resume = this.#resume;
    if (resume === null) return false;
    this.#resume = null;
    this.#waiting = false;
    resume();
    return true;
  }

  /** What upstream has sent. */
  get messages(): RawMessage[] {
    return this.#offered.filter(({ method, msgId }) => method !== enteredMethod && !msgId.startsWith('looked-up-'));
  }

  /** How often the feed itself has said which LIVE it has entered. */
  get livesEntered(): number {
    return this.#offered.filter(({ method }) => method === enteredMethod).length;
  }

  get #offered(): RawMessage[] {
    return this.entries.flatMap((entry) => (entry.kind === 'message' ? [entry.raw] : []));
  }

  get gaps(): FeedGap[] {
    return this.entries.flatMap((entry) => (entry.kind === 'gap' ? [entry.gap] : []));
  }

  get states(): SourceState[] {
    return this.entries.flatMap((entry) => (entry.kind === 'state' ? [entry.state] : []));
  }
}
