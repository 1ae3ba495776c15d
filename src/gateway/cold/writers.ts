import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { MeksError } from '../../protocol/errors.ts';
import { sameOrigin } from '../guard.ts';
import type { WritePolicy } from '../write-policy.ts';

// Who may change something. Reading is open to whoever reaches the port (guard.ts keeps other sites out); writing is
// closed by default: only on a broker that this machine alone can reach is there nothing to show.

/** Throws MeksError MEKS_UNAUTHORIZED unless the request may change something. */
export function checkWriter(policy: WritePolicy, request: FastifyRequest): void {
  if (policy.kind === 'local') {
    const { origin, host = '' } = request.headers;
    if (origin === undefined || sameOrigin(origin, host)) return;
    throw new MeksError('MEKS_UNAUTHORIZED', 'a page of another site may read here, and change nothing');
  }
  if (policy.kind === 'nobody')
    throw new MeksError(
      'MEKS_UNAUTHORIZED',
      'this broker is open to a network and has no token: set one (--token-file) to change things over HTTP',
    );
  if (bearsToken(request, policy.token)) return;
  throw new MeksError('MEKS_UNAUTHORIZED', 'send the token of this broker: `Authorization: Bearer …`');
}

/** Whether the request shows this token. Takes the same time whatever it shows. */
export function bearsToken(request: FastifyRequest, token: string): boolean {
  const shown = shownToken(request);
  return token !== '' && timingSafeEqual(digest(shown), digest(token));
}

/** The token that a request shows; '' when it shows none. */
export function shownToken(request: FastifyRequest): string {
  return /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
