import type { FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { MeksError } from '../../../protocol/errors.ts';
import type { roomParams } from '../schemas/answers.ts';

// What routes about a room have in common.

/** Fastify has validated the parameters by the route's own schema (app.ts). */
export function roomName(request: FastifyRequest): string {
  return (request.params as z.infer<typeof roomParams>).room;
}

/** For questions that name no room: the answer is in kind. */
export function known<Answer extends { readonly kind: string }>(
  answer: Answer,
): Exclude<Answer, { readonly kind: 'unknown-room' }> {
  return answer as Exclude<Answer, { readonly kind: 'unknown-room' }>;
}

export function unknownRoom(room: string): MeksError {
  const name = JSON.stringify(room.slice(0, 80));
  return new MeksError('MEKS_ROOM_UNKNOWN', `no room ${name}: GET /v1/rooms lists those that there are`);
}
