import { create, ScalarType, toBinary } from '@bufbuild/protobuf';
import type { DescField, DescMessage, MessageInitShape } from '@bufbuild/protobuf';
import type { RawMessage } from '../../protocol/raw.ts';
import { isRecord } from '../recording/format.ts';
import { type EventMethod, eventMethods, otherNames, spreadFields } from './names.ts';
import { schemaOf } from './schemas.ts';

// JSON as other programs decode Webcast messages, back to Webcast bytes: the rest of the house then has one kind of
// message to understand, and one place that judges it. The reader is tolerant as the wire is: any of the known names,
// numbers as text or text as numbers, maps as objects; what does not fit is left out. Depth and lists are bounded.

export type JsonReading =
  | { readonly kind: 'message'; readonly raw: RawMessage }
  | { readonly kind: 'unreadable'; readonly reason: string };

const depthMax = 12;
const listMax = 1_000;

/**
 * One message by the name of its method, such as `WebcastGiftMessage`. `receivedAt` also dates it where it is undated.
 */
export function messageOfType(method: string, data: unknown, receivedAt: number): JsonReading {
  if (!isRecord(data)) return { kind: 'unreadable', reason: `${method}: \`data\` must be an object` };
  if (!/^[\w.]{1,100}$/.test(method)) return { kind: 'unreadable', reason: 'the type is no method name' };
  const schema = schemaOf(method);
  const bare = { method, msgId: idOf(data), receivedAt, history: false };
  // A method that nobody has heard of is passed on: the normalizer counts it.
  if (schema === undefined) return { kind: 'message', raw: { ...bare, payload: new Uint8Array(0) } };
  const message = readMessage(schema, data, 0);
  const common = isRecord(message['common']) ? message['common'] : {};
  // Two equal gifts without id and time would be one message twice.
  message['common'] = { createTime: String(receivedAt), ...common, method };
  try {
    const payload = toBinary(schema, create(schema, message as MessageInitShape<DescMessage>));
    return { kind: 'message', raw: { ...bare, payload } };
  } catch (error) {
    return { kind: 'unreadable', reason: `${method}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

/** One event as TikFinity and the old connectors name it, such as `gift`. */
export function messageOfEvent(event: string, data: unknown, receivedAt: number): JsonReading {
  const known = Object.hasOwn(eventMethods, event) ? eventMethods[event] : undefined;
  if (known === undefined) return { kind: 'unreadable', reason: `unknown event ${JSON.stringify(event.slice(0, 60))}` };
  return messageOfType(known.method, isRecord(data) ? bodyOf(known, data) : data, receivedAt);
}

/** What an event's data says as a message: with what its name says, and with a part that was spread over it. */
function bodyOf(known: EventMethod, data: Record<string, unknown>): Record<string, unknown> {
  const { method, action, unsaid, spread } = known;
  const body = { ...unsaid, ...data, ...(action === undefined ? {} : { action }) };
  if (spread === undefined) return body;
  const keys = new Set(Object.keys(data).map(plain));
  const isNested = [spread, ...(otherNames[method]?.[spread] ?? [])].some((name) => keys.has(plain(name)));
  return isNested ? body : { ...body, [spread]: { user: data, ...data } };
}

function idOf(data: Record<string, unknown>): string {
  const common = isRecord(data['common']) ? data['common'] : data;
  const id = decimal(common['msgId'] ?? common['messageId']);
  return id === undefined || id === '0' || id.startsWith('-') ? '' : id;
}

type Init = Record<string, unknown>;

function readMessage(schema: DescMessage, value: Record<string, unknown>, depth: number): Init {
  const init: Init = {};
  if (depth > depthMax) return init;
  const keys = new Map<string, string>();
  for (const key of Object.keys(value)) keys.set(plain(key), key);
  for (const { field, names } of namedFieldsOf(schema)) {
    const found = find(value, keys, names);
    const read = found === undefined ? readSpread(field, value, depth) : readField(field, found, depth);
    if (read !== undefined) init[field.localName] = read;
  }
  return init;
}

/** The first of `names` that has a value. */
function find(value: Record<string, unknown>, keys: ReadonlyMap<string, string>, names: readonly string[]): unknown {
  for (const name of names) {
    const key = keys.get(name);
    if (key !== undefined && value[key] !== null && value[key] !== undefined) return value[key];
  }
  return undefined;
}

interface NamedField {
  readonly field: DescField;
  /** Plain names, its own first. */
  readonly names: readonly string[];
}

const namedFields = new WeakMap<DescMessage, readonly NamedField[]>();

function namedFieldsOf(schema: DescMessage): readonly NamedField[] {
  let named = namedFields.get(schema);
  if (named === undefined) {
    const others = otherNames[schema.name] ?? {};
    named = schema.fields.map((field) => ({
      field,
      names: [field.localName, ...(others[field.localName] ?? [])].map(plain),
    }));
    namedFields.set(schema, named);
  }
  return named;
}

/** A flat message holds the fields of its user, gift and common part itself. */
function readSpread(field: DescField, value: Record<string, unknown>, depth: number): Init | undefined {
  if (depth > 0 || field.fieldKind !== 'message' || !spreadFields.has(field.localName)) return undefined;
  const init = readMessage(field.message, value, depth + 1);
  return Object.keys(init).length === 0 ? undefined : init;
}

function readField(field: DescField, value: unknown, depth: number): unknown {
  if (field.fieldKind === 'scalar') return readScalar(field.scalar, value);
  if (field.fieldKind === 'message') return readPart(field.message, value, depth);
  if (field.fieldKind === 'list') return readList(field, value, depth);
  return undefined;
}

function readPart(schema: DescMessage, value: unknown, depth: number): Init | undefined {
  if (isRecord(value)) return readMessage(schema, value, depth + 1);
  // A picture as its bare address, or a list of them.
  if (schema.name === 'Image' && typeof value === 'string') return { urlList: [value] };
  if (schema.name === 'Image' && Array.isArray(value))
    return { urlList: value.filter((one) => typeof one === 'string') };
  return undefined;
}

function readList(field: DescField & { readonly fieldKind: 'list' }, value: unknown, depth: number): unknown[] {
  // Maps are objects in JSON and lists of (key, value) in webcast.proto.
  const asMap =
    isRecord(value) && field.listKind === 'message' && field.message.fields.some(({ name }) => name === 'key');
  const items = asMap
    ? Object.entries(value).map(([key, item]) => ({ key, value: item }))
    : Array.isArray(value)
      ? value
      : [value];
  const read: unknown[] = [];
  for (const item of items.slice(0, listMax)) {
    const one =
      field.listKind === 'message'
        ? readPart(field.message, item, depth)
        : field.listKind === 'scalar'
          ? readScalar(field.scalar, item)
          : undefined;
    if (one !== undefined) read.push(one);
  }
  return read;
}

function readScalar(type: ScalarType, value: unknown): unknown {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
    case ScalarType.BOOL:
      return value === true || value === 1 || value === 'true' || value === '1';
    case ScalarType.INT64:
      return inInt64(decimal(value));
    case ScalarType.INT32: {
      const number = Number(decimal(value));
      return Number.isInteger(number) && Math.abs(number) < 2_147_483_648 ? number : undefined;
    }
    default:
      return undefined;
  }
}

/** A whole number as text: from text, from a number that lost no digits, from true and false. */
function decimal(value: unknown): string | undefined {
  if (typeof value === 'string') return /^-?[0-9]{1,20}$/.test(value) ? value : undefined;
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Number.isSafeInteger(value) ? String(value) : undefined;
}

function inInt64(text: string | undefined): string | undefined {
  if (text === undefined || text.length < 19) return text;
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text) ? text : undefined;
}

/** Plain forms of names met before: messages have the same few dozen names again and again. */
const plainNames = new Map<string, string>();
const plainNamesMax = 2_000;

function plain(name: string): string {
  const known = plainNames.get(name);
  if (known !== undefined) return known;
  const made = name.replaceAll('_', '').toLowerCase();
  if (plainNames.size < plainNamesMax && name.length <= 64) plainNames.set(name, made);
  return made;
}
