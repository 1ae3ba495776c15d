import * as z from 'zod';
import { boardSubprotocol } from '../../protocol/board-frames.ts';
import { type CloseReason, closeReasons } from '../../protocol/close-codes.ts';
import { errorCodes } from '../../protocol/errors.ts';
import { subprotocol } from '../../protocol/frames.ts';
import { boardScopes } from '../board-address.ts';
import type { ApiRoute } from './route.ts';
import { boardDeltaFrame, boardFrame } from './schemas/boards.ts';
import { controlFrames, errorFrame, eventFrame, heartbeatFrame, helloFrame } from './schemas/frames.ts';
import { documented } from './schemas/registry.ts';

// OpenAPI and AsyncAPI, written from the routes and the schemas that are in use: they cannot say what is not so.

type Json = Readonly<Record<string, unknown>>;

const title = 'MEKS';
const schemaUri = (schemaId: string): string => `#/components/schemas/${schemaId}`;

/** Readers should not mind fields that they do not know, so the schemas are open; whole numbers need no bounds. */
function componentSchemas(): Record<string, Json> {
  const { schemas } = z.toJSONSchema(documented, { uri: schemaUri, io: 'input' });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const { $schema: _dialect, $id: _address, ...rest } = schema;
      return [name, rest];
    }),
  );
}

/** A reference to a schema that has a name, or the schema itself (parameters). */
function schemaOf(schema: z.ZodType): Json {
  const known = documented.get(schema);
  if (known !== undefined) return { $ref: schemaUri(known.id) };
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io: 'input' });
  return rest;
}

export function openApiDocument(routes: readonly ApiRoute[], version: string): Json {
  return {
    openapi: '3.1.0',
    info: { title, version, description: 'Rooms, snapshots and health. Streams are in /asyncapi.json.' },
    paths: pathsOf(routes),
    components: { schemas: componentSchemas() },
  };
}

/** Operations by path and method. */
function pathsOf(routes: readonly ApiRoute[]): Record<string, Record<string, Json>> {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [(route.method ?? 'GET').toLowerCase()]: operation(route) };
  }
  return paths;
}

function operation(route: ApiRoute): Json {
  const parameters = [...parametersIn('path', route.params), ...parametersIn('query', route.query ?? null)];
  const { body, answers } = route;
  const content =
    answers === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : answers === 'file'
        ? { 'application/octet-stream': {} }
        : { 'application/json': { schema: schemaOf(answers) } };
  const bodyContent =
    body === 'text'
      ? { 'text/plain': { schema: { type: 'string' } } }
      : body && { 'application/json': { schema: schemaOf(body) } };
  const writes = (route.method ?? 'GET') === 'GET' ? [] : ['MEKS_UNAUTHORIZED'];
  return {
    summary: route.summary,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(bodyContent === undefined ? {} : { requestBody: { required: true, content: bodyContent } }),
    responses: { '200': { description: 'OK', content }, ...errorResponses([...writes, ...route.errors]) },
  };
}

function parametersIn(place: 'path' | 'query', parameters: z.ZodObject | null): Json[] {
  return Object.entries(parameters?.shape ?? {}).map(([name, schema]) => ({
    name,
    in: place,
    required: place === 'path' || !(schema as z.ZodType).safeParse(undefined).success,
    schema: schemaOf(schema as z.ZodType),
  }));
}

/** One response for each status, which names the codes that have it. */
function errorResponses(codes: readonly string[]): Record<string, Json> {
  const byStatus = new Map<string, string[]>();
  for (const code of [...codes, 'MEKS_COLD_THREAD_DOWN', 'MEKS_INTERNAL']) {
    const status = String(errorCodes[code as keyof typeof errorCodes]);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/json': { schema: { $ref: schemaUri('Error') } } };
  return Object.fromEntries(
    [...byStatus].map(([status, names]) => [status, { description: names.join(', '), content }]),
  );
}

export function asyncApiDocument(version: string): Json {
  const roomFrames = [...controlFrames, ...eventFrame.options];
  const boardFrames = [helloFrame, boardFrame, boardDeltaFrame, heartbeatFrame, errorFrame];
  const names = [...new Set<z.ZodType>([...roomFrames, ...boardFrames])].map((frame) => documented.get(frame)!);
  const parameters = { room: { description: 'Id of the room, or the handle of its creator' } };
  const channel = (address: string, description: string, frames: readonly z.ZodType[] = roomFrames): Json => ({
    address,
    description,
    parameters: address.includes('{scope}')
      ? { ...parameters, scope: { description: `Which board: ${boardScopes}` } }
      : parameters,
    messages: Object.fromEntries(
      frames.map((frame) => {
        const { id } = documented.get(frame)!;
        return [id, { $ref: `#/components/messages/${id}` }];
      }),
    ),
  });
  const receive = (name: string, summary: string): Json => ({
    action: 'send',
    summary,
    channel: { $ref: `#/channels/${name}` },
  });
  return {
    asyncapi: '3.0.0',
    info: { title, version, description: 'What a dashboard is sent. docs/PROTOCOL.md tells how to read it.' },
    defaultContentType: 'application/json',
    channels: {
      stream: {
        ...channel(
          '/v1/rooms/{room}/stream',
          `A WebSocket with the subprotocol ${subprotocol}, resumed by ?since=epoch:seq.`,
        ),
        bindings: { ws: { method: 'GET', query: { type: 'object', properties: { since: { type: 'string' } } } } },
        'x-close-codes': Object.values(closeReasons).map((reason: CloseReason) => reason),
      },
      events: channel('/v1/rooms/{room}/events', 'The same as server-sent events, resumed by Last-Event-ID.'),
      board: channel(
        '/v1/rooms/{room}/boards/{scope}/stream',
        `One board: a WebSocket with the subprotocol ${boardSubprotocol}; ?rows=20&around=<userId>&each=3.`,
        boardFrames,
      ),
      boardEvents: channel('/v1/rooms/{room}/boards/{scope}/events', 'The same as server-sent events.', boardFrames),
    },
    operations: {
      stream: receive('stream', 'hello, then the missed events or a snapshot, then events as they come'),
      events: receive('events', 'the same; `close` events say what close codes say'),
      board: receive('board', 'hello, the whole board, then what changed of it, conflated and paced'),
      boardEvents: receive('boardEvents', 'the same; `close` events say what close codes say'),
    },
    components: {
      messages: Object.fromEntries(
        names.map(({ id, description }) => [id, { name: id, summary: description, payload: { $ref: schemaUri(id) } }]),
      ),
      schemas: componentSchemas(),
    },
  };
}
