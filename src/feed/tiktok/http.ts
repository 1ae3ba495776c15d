import type { Clock } from '../../base/clock.ts';
import { limits } from '../../protocol/limits.ts';

// One GET with a deadline and a size limit, both counted over the whole answer. Cold code: a handful of calls per LIVE.

export interface HttpAnswer {
  readonly kind: 'answer';
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

export type HttpOutcome = HttpAnswer | { readonly kind: 'failed'; readonly reason: string };

export interface HttpOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Gives up at once: the feed is being stopped. */
  readonly signal: AbortSignal;
  /** Default: follow. With a key among the headers nobody else may be asked: the redirect is the answer. */
  readonly redirect?: 'follow' | 'manual';
}

/** Never throws; `reason` names what happened, without the address (it may carry secrets). */
export async function httpGet(url: string, options: HttpOptions): Promise<HttpOutcome> {
  const limit = new AbortController();
  const timer = options.clock.after(options.timeoutMs, () =>
    limit.abort(new Error(`no answer in ${options.timeoutMs} ms`)),
  );
  try {
    const signal = AbortSignal.any([limit.signal, options.signal]);
    const { headers, redirect = 'follow' } = options;
    const answer = await fetch(url, { headers, signal, redirect });
    const body = await readBody(answer);
    return { kind: 'answer', status: answer.status, headers: answer.headers, body };
  } catch (error) {
    return { kind: 'failed', reason: describe(limit.signal.aborted ? limit.signal.reason : error) };
  } finally {
    timer.cancel();
  }
}

async function readBody(answer: Response): Promise<Uint8Array> {
  if (answer.body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body) {
    bytes += chunk.length;
    if (bytes > limits.httpAnswerBytesMax.value)
      throw new Error(`an answer above ${limits.httpAnswerBytesMax.value} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** fetch says only "fetch failed"; the cause says why. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? error.cause : error;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  return code === '' ? cause.message : inWords(code);
}

function inWords(code: string): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `its name is not known here: is there a network? (${code})`;
    case 'ECONNREFUSED':
      return `nobody listens there (${code})`;
    default:
      return code;
  }
}
