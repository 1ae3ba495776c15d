import { RawSocket, request } from './raw-socket.ts';
import { until } from './until.ts';

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Takes one answer with a content-length off the front of what `raw` has received; waits for it. */
export async function readAnswer(raw: RawSocket, options: { readonly hasBody?: boolean } = {}): Promise<RawAnswer> {
  let answer: RawAnswer | null = null;
  await until('an answer comes', () => {
    answer = takeAnswer(raw, options.hasBody ?? true);
    return answer !== null || raw.closed;
  });
  if (answer === null) throw new Error(`the connection was closed after: ${raw.text.slice(0, 200)}`);
  return answer;
}

function takeAnswer(raw: RawSocket, hasBody: boolean): RawAnswer | null {
  // Only the head is made text: this is asked every few milliseconds while a large body comes.
  const headEnd = raw.received.indexOf('\r\n\r\n');
  if (headEnd < 0) return null;
  const [statusLine = '', ...lines] = raw.received.toString('latin1', 0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const status = Number(statusLine.split(' ')[1]);
  const bodyBytes = hasBody && status !== 304 ? Number(headers['content-length'] ?? 0) : 0;
  if (raw.received.length < headEnd + 4 + bodyBytes) return null;
  const body = raw.received.subarray(headEnd + 4, headEnd + 4 + bodyBytes);
  raw.received = raw.received.subarray(headEnd + 4 + bodyBytes);
  return { status, headers, body };
}

/** One request on a connection of its own, with its target written exactly as given. */
export async function rawRequest(
  port: number,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): Promise<RawAnswer> {
  const raw = await RawSocket.open(port);
  const length: Record<string, string> = body === '' ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  raw.send(request(port, line, { ...headers, ...length }) + body);
  const answer = await readAnswer(raw, { hasBody: !line.startsWith('HEAD') });
  raw.close();
  return answer;
}

/** The error code in an answer's body. */
export function codeOf(answer: RawAnswer): string {
  const { error } = JSON.parse(answer.body.toString() || '{}') as { error?: { code: string } };
  return error?.code ?? '';
}
