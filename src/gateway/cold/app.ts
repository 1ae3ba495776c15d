import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type * as z from 'zod';
import { parseExact } from '../../base/exact-json.ts';
import type { Log } from '../../base/log.ts';
import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { apiRoutes, upgradeRequired } from './api.ts';
import { asyncApiDocument, openApiDocument } from './documents.ts';
import { errorHandler, notFound } from './errors.ts';
import type { HistorySource } from './history-source.ts';
import type { HotLink } from './hot-link.ts';
import { registerPages } from './pages.ts';
import type { QuarantineSource } from './quarantine-source.ts';
import type { ReadPush } from './routes/push.ts';
import { type ApiRoute, fastifyPath, type MetricsSource } from './route.ts';
import type { WritePolicy } from '../write-policy.ts';
import { checkWriter } from './writers.ts';

// The HTTP application of the cold thread: routes, documents, pages, and the headers that every answer has.

/** What every answer says. Pages load nothing from elsewhere, run no inline script, and are framed by nobody else. */
const securityHeaders = {
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws: wss:; img-src 'self' data:; " +
    "frame-ancestors 'self'; base-uri 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface AppOptions {
  readonly hot: HotLink;
  readonly log: Log;
  readonly metrics: MetricsSource;
  readonly readPush: ReadPush;
  readonly quarantine: QuarantineSource;
  readonly pagesDirectory: string;
  readonly version: string;
  /** Origins beside its own whose pages may read answers. */
  readonly allowedOrigins: readonly string[];
  readonly writes: WritePolicy;
  /** Null: no logs are kept. */
  readonly history: HistorySource | null;
}

export function buildApp(options: AppOptions): FastifyInstance {
  const handleError = errorHandler(options.log);
  const app = fastify({
    bodyLimit: limits.requestBytesMax.value,
    routerOptions: { maxParamLength: 200 },
    exposeHeadRoutes: true,
    // What fastify refuses before it has a route: an address that cannot be decoded.
    frameworkErrors: (error, request, reply) => {
      reply.headers(securityHeaders);
      handleError(error, request, reply);
    },
  });
  app.setErrorHandler(handleError);
  app.setNotFoundHandler(notFound);
  app.setValidatorCompiler<z.ZodType>(
    ({ schema }) =>
      (input: unknown) =>
        validate(schema, input),
  );
  const origins = new Set(options.allowedOrigins);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders);
    const { origin } = request.headers;
    if (origin === undefined || !origins.has(origin)) return;
    reply.headers({
      'access-control-allow-origin': origin,
      vary: 'origin',
      'cross-origin-resource-policy': 'cross-origin',
    });
  });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    // It looks for what is unsafe; then the ids in it keep their digits.
    void parseJson(request, body, (error) => done(error, error === null ? parseExact(body) : undefined));
  });
  // Bodies that are no JSON: lines of events, and whatever a program calls them.
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  const routes = apiRoutes(options);
  for (const route of routes) addRoute(app, route, options.writes);
  app.get('/v1/rooms/:room/stream', async () => upgradeRequired());
  app.get('/v1/rooms/:room/boards/:scope/stream', async () => upgradeRequired());
  addDocument(app, '/openapi.json', () => openApiDocument(routes, options.version));
  addDocument(app, '/asyncapi.json', () => asyncApiDocument(options.version));
  registerPages(app, options.pagesDirectory);
  return app;
}

function validate(schema: z.ZodType, input: unknown): { value: unknown } | { error: MeksError } {
  const result = schema.safeParse(input);
  if (result.success) return { value: result.data };
  const problem = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
  return { error: new MeksError('MEKS_REQUEST_INVALID', `${problem}: see /openapi.json`) };
}

function addRoute(app: FastifyInstance, route: ApiRoute, writes: WritePolicy): void {
  const { method = 'GET', params, query, body, handle } = route;
  const schema = {
    ...(params === null ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined || body === 'text' ? {} : { body }),
  };
  const guarded = method !== 'GET' && route.guard !== 'own';
  app.route({
    method,
    url: fastifyPath(route),
    schema,
    onRequest: async (request) => {
      if (guarded) checkWriter(writes, request);
    },
    preValidation: async (request) => {
      if (body !== undefined && body !== 'text') checkJson(request);
    },
    handler: async (request, reply) => {
      reply.header('cache-control', 'no-store');
      return handle(request, reply);
    },
  });
}

/** A body that was taken as text: what is nearly always wrong then is its type, which curl sets to that of a form. */
function checkJson({ body, headers }: FastifyRequest): void {
  const type = headers['content-type'];
  if (typeof body !== 'string' || type?.includes('json') === true) return;
  const came = type === undefined ? 'without a content-type' : `as ${JSON.stringify(type.slice(0, 80))}`;
  throw new MeksError('MEKS_REQUEST_INVALID', `the body came ${came}: send JSON with content-type: application/json`);
}

/** Written when it is first asked for: most brokers never are, and start sooner. */
function addDocument(app: FastifyInstance, path: string, write: () => unknown): void {
  let text: string | null = null;
  app.get(path, async (_request, reply) => {
    text ??= JSON.stringify(write(), null, 2);
    reply.headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache' });
    return text;
  });
}
