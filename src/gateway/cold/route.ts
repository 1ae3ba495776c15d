import type { FastifyReply, FastifyRequest } from 'fastify';
import type * as z from 'zod';

// What a REST route is: registered (app.ts) and documented (documents.ts) from the same description, whose schemas are
// those that validate.

export interface ApiRoute {
  /** GET unless given. Anything else changes something, and needs the right to (guard.ts). */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** As in OpenAPI: `/v1/rooms/{room}`. */
  readonly path: string;
  readonly summary: string;
  readonly params: z.ZodObject | null;
  readonly query?: z.ZodObject;
  /** JSON of this schema, or `text`: the body as it is. */
  readonly body?: z.ZodType | 'text';
  /** What it answers when all is well: JSON of this schema, text, or bytes that are a file. */
  readonly answers: z.ZodType | 'text' | 'file';
  /** Codes of errors that this route has beside those that every route has. */
  readonly errors: readonly string[];
  /** Who may: `own` = the route looks for itself. Of use to routes that have a token of their own. */
  readonly guard?: 'own';
  /** Gives the body; headers are set on `reply`. Input has been validated by the schemas. */
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;
}

/** What /metrics shows. Implemented by telemetry. */
export interface MetricsSource {
  readonly metricsContentType: string;
  renderMetrics(): string;
}

/** Address of a route in fastify's words: `{room}` is `:room` there. */
export function fastifyPath(route: ApiRoute): string {
  return route.path.replaceAll(/\{(\w+)\}/g, ':$1');
}
