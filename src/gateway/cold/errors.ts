import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { errorFields, type Log } from '../../base/log.ts';
import { type ErrorCode, errorCodes, MeksError } from '../../protocol/errors.ts';

// Every error of the cold half as the same body: `{"error":{"code","message"}}`.

/** Statuses of fastify's own errors that have a code of ours; other 4xx are MEKS_REQUEST_INVALID. */
const codesByStatus: ReadonlyMap<number, ErrorCode> = new Map([
  [404, 'MEKS_ROUTE_UNKNOWN'],
  [413, 'MEKS_REQUEST_TOO_LARGE'],
]);

export function sendError(
  reply: FastifyReply,
  code: ErrorCode,
  message: string,
  status: number = errorCodes[code],
): void {
  if (status === 503) reply.header('retry-after', '1');
  // RFC 9110, 15.5.22: says what to upgrade to.
  if (status === 426) reply.headers({ upgrade: 'websocket', 'sec-websocket-version': '13' });
  reply.code(status).header('cache-control', 'no-store').send({ error: { code, message } });
}

/**
 * Answers with the code of the error; what has none is a fault of ours, is logged, and tells the client nothing more.
 */
export function errorHandler(log: Log) {
  return (error: FastifyError | MeksError | Error, request: FastifyRequest, reply: FastifyReply): void => {
    if (error instanceof MeksError && errorCodes[error.code] > 0) return sendError(reply, error.code, error.message);
    const status = 'statusCode' in error ? (error.statusCode ?? 500) : 500;
    // Of @fastify/static: what lies outside the pages, or begins with a dot. There is nothing there for anybody.
    if (status === 403) return notFound(request, reply);
    if (status >= 400 && status < 500)
      return sendError(
        reply,
        codesByStatus.get(status) ?? 'MEKS_REQUEST_INVALID',
        `${error.message}: see /openapi.json`,
        status,
      );
    // Who asked has gone: what fails because of that is no fault, and nobody reads the answer.
    if (!request.raw.destroyed)
      log.error('gateway.answer-failed', {
        method: request.method,
        path: request.routeOptions.url,
        ...errorFields(error),
      });
    return sendError(reply, 'MEKS_INTERNAL', 'the answer failed: see the log of the broker');
  };
}

export function notFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = JSON.stringify(request.url.replace(/\?.*$/s, '').slice(0, 100));
  sendError(reply, 'MEKS_ROUTE_UNKNOWN', `nothing at ${request.method} ${path}: /openapi.json lists what there is`);
}
