import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ErrorCode, errorCodes } from '../protocol/errors.ts';

// An error as an HTTP answer: `{"error":{"code","message"}}` with the status that the code has.

export interface Refusal {
  readonly code: ErrorCode;
  /** Names the value and the remedy. */
  readonly message: string;
  /** For 503: when to come back. */
  readonly retryAfterSec?: number;
}

function bodyOf(refusal: Refusal): string {
  return JSON.stringify({ error: { code: refusal.code, message: refusal.message } }) + '\n';
}

function headersOf(refusal: Refusal, body: string): Record<string, string> {
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  };
  if (refusal.retryAfterSec !== undefined) headers['retry-after'] = String(refusal.retryAfterSec);
  if (refusal.code === 'MEKS_UPGRADE_REQUIRED') {
    headers['upgrade'] = 'websocket';
    headers['sec-websocket-version'] = '13';
  }
  return headers;
}

/** Answers a request with an error. */
export function refuseRequest(response: ServerResponse, refusal: Refusal): void {
  const body = bodyOf(refusal);
  response.writeHead(errorCodes[refusal.code], headersOf(refusal, body));
  response.end(body);
}

/** Answers on a socket that no ServerResponse belongs to (an upgrade, bytes that were no request), and closes it. */
export function refuseSocket(socket: Duplex, refusal: Refusal): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = bodyOf(refusal);
  const status = errorCodes[refusal.code];
  const headers = Object.entries({ ...headersOf(refusal, body), connection: 'close' });
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.once('finish', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}\r\n${body}`);
}
