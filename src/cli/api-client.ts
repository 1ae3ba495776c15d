import type { Command } from 'commander';
import { defaultPort } from '../broker/config.ts';
import { type ErrorCode, MeksError } from '../protocol/errors.ts';
import { readToken } from './token.ts';

// Talks to a running broker over its own HTTP interface: what the commands do that are about one.

const defaultUrl = `http://127.0.0.1:${defaultPort}`;

export interface ApiFlags {
  readonly url: string;
  readonly tokenFile?: string;
}

/** Adds the options that say which broker is meant. */
export function withApiOptions(command: Command): Command {
  return command
    .option('--url <address>', 'the running broker', defaultUrl)
    .option('--token-file <file>', 'file with its token, where it wants one');
}

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/** The answer's JSON. Throws MeksError with the code that the broker answered, or that there is none. */
export async function askBroker(flags: ApiFlags, request: ApiRequest): Promise<unknown> {
  const response = await fetchBroker(flags, request);
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw answerCut(flags.url, error);
  }
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw noBroker(response.status);
  }
}

/** The connection was lost in the middle of an answer. */
export function answerCut(url: string, cause: unknown): MeksError {
  return new MeksError('MEKS_BROKER_UNREACHABLE', `the answer of ${url} broke off: ask again`, cause);
}

/** The answer as it comes, for what is no JSON. Throws like askBroker. */
export async function fetchBroker(flags: ApiFlags, { method = 'GET', path, json }: ApiRequest): Promise<Response> {
  const headers: Record<string, string> = {};
  const body = json === undefined ? null : JSON.stringify(json);
  if (flags.tokenFile !== undefined) headers['authorization'] = `Bearer ${readToken(flags.tokenFile)}`;
  if (json !== undefined) headers['content-type'] = 'application/json';
  const address = addressOf(flags.url, path);
  let response: Response;
  try {
    response = await fetch(address, { method, headers, body });
  } catch (error) {
    throw new MeksError(
      'MEKS_BROKER_UNREACHABLE',
      `no broker answers at ${flags.url}${reasonOf(error)}: start one, or give --url`,
      error,
    );
  }
  if (!response.ok) throw answeredError(response.status, await response.text(), flags);
  return response;
}

/** A host and port are enough. */
function addressOf(url: string, path: string): URL {
  const whole = url.includes('://') ? url : `http://${url}`;
  if (/^https?:/.test(whole) && URL.canParse(path, whole)) return new URL(path, whole);
  throw new MeksError('MEKS_OPTION_INVALID', `--url ${JSON.stringify(url)}: give an address such as ${defaultUrl}`);
}

/** Why a connection failed, where it is not that nobody listens: a certificate, a name, no TLS. */
function reasonOf(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown };
  const { code, message } = (cause ?? error) as { readonly code?: string; readonly message?: string };
  return code === 'ECONNREFUSED' ? '' : ` (${message ?? String(error)})`;
}

function answeredError(status: number, text: string, { tokenFile }: ApiFlags): MeksError {
  try {
    const { error } = JSON.parse(text) as { readonly error: { readonly code: ErrorCode; readonly message: string } };
    // A broker that takes no token says so itself, and what to start it with.
    if (error.code !== 'MEKS_UNAUTHORIZED' || error.message.includes('--token-file'))
      return new MeksError(error.code, error.message);
    const remedy = tokenFile === undefined ? 'give its token with --token-file FILE' : `is ${tokenFile} its token?`;
    return new MeksError(error.code, `${error.message}: ${remedy}`);
  } catch {
    return noBroker(status);
  }
}

function noBroker(status: number): MeksError {
  return new MeksError('MEKS_BROKER_UNREACHABLE', `status ${status}, and no answer of a broker: is --url right?`);
}
