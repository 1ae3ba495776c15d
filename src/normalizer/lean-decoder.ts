import { ScalarType, type DescField, type DescMessage, fromBinary } from '@bufbuild/protobuf';
import { FeatureSet_FieldPresence } from '@bufbuild/protobuf/wkt';
import { wireType, WireReader } from '../base/wire-reader.ts';

// From bytes to a plain object with the fields of a schema: what `fromBinary` of @bufbuild/protobuf gives for them, at
// a third of its time and a sixth of its garbage, because every message of a burst goes through here. It relies on the
// wire check having passed (wire-check.ts), and knows the kinds of fields that the schema of upstream has; a message
// with another one is left to the library. The objects have no methods and no type name: handlers read fields.

type Fields = Record<string, unknown>;

const kinds = { skip: 0, int32: 1, int64: 2, bool: 3, text: 4, message: 5, texts: 6, int64s: 7, messages: 8 } as const;
type Kind = (typeof kinds)[keyof typeof kinds];

/** Lists that are read up to their first element: pictures come with four addresses, of which one is shown. */
const firstOnly: ReadonlySet<string> = new Set(['Image.url_list']);

const none: readonly unknown[] = Object.freeze([]);

/** How one kind of message is read. */
interface Plan {
  /** What a message is without a field. Copied for each: a copy of an object of known shape is one block of memory. */
  readonly template: Fields;
  readonly kinds: Uint8Array;
  readonly names: readonly string[];
  /** The text that a field had last: names of gifts and of methods come again, and are not made anew then. */
  readonly texts: string[];
  readonly children: readonly (Plan | undefined)[];
}

const reader = new WireReader();

export class LeanDecoder {
  readonly #schema: DescMessage;
  /** null = the library has to do it. */
  readonly #plan: Plan | null;

  constructor(schema: DescMessage) {
    this.#schema = schema;
    this.#plan = planOf(schema);
  }

  /** Whether it reads by itself. */
  get lean(): boolean {
    return this.#plan !== null;
  }

  /** The message that `bytes` are. Throws where they are none. */
  decode(bytes: Uint8Array): unknown {
    // Fields that no family reads are skipped, not kept: keeping them costs a view for each of about thirty.
    if (this.#plan === null) return fromBinary(this.#schema, bytes, { readUnknownFields: false });
    reader.reset(bytes);
    try {
      const message = { ...this.#plan.template };
      read(this.#plan, message);
      return message;
    } finally {
      reader.release();
    }
  }
}

/** Reads the fields of the part at hand into `message`; what comes twice is there as the last one says. */
function read(plan: Plan, message: Fields): void {
  while (reader.next()) {
    const { field } = reader;
    const kind = field < plan.kinds.length ? plan.kinds[field]! : kinds.skip;
    if (kind === kinds.skip) {
      reader.skip();
      continue;
    }
    const name = plan.names[field]!;
    switch (kind) {
      case kinds.int32:
        message[name] = reader.int32();
        break;
      case kinds.int64:
        message[name] = reader.int64();
        break;
      case kinds.bool:
        message[name] = reader.bool();
        break;
      case kinds.text:
        message[name] = plan.texts[field] = reader.textLike(plan.texts[field]!);
        break;
      case kinds.message:
        message[name] = readPart(plan.children[field]!, message[name] as Fields | undefined);
        break;
      default:
        readElement(plan, field, kind, message);
    }
  }
}

/** A message inside of a message. One that comes in several pieces is one. */
function readPart(plan: Plan, before: Fields | undefined): Fields {
  const part = before ?? { ...plan.template };
  const outer = reader.enter();
  read(plan, part);
  reader.leave(outer);
  return part;
}

function readElement(plan: Plan, field: number, kind: number, message: Fields): void {
  const name = plan.names[field]!;
  let list = message[name] as unknown[];
  if (list === none) message[name] = list = [];
  else if (kind === kinds.texts && plan.children[field] === firstPlan) return reader.skip();
  if (kind === kinds.texts) list.push(reader.text());
  else if (kind === kinds.messages) list.push(readPart(plan.children[field]!, undefined));
  else if (reader.wire !== wireType.lengthed) list.push(reader.int64());
  else {
    const outer = reader.enter();
    while (reader.more) list.push(reader.int64());
    reader.leave(outer);
  }
}

/** Stands in the place of a child for lists that end at their first element. */
const firstPlan: Plan = { template: {}, kinds: new Uint8Array(0), names: [], texts: [], children: [] };

/** null = it has a field of a kind that is not known here. */
function planOf(schema: DescMessage): Plan | null {
  const fieldsMax = Math.max(0, ...schema.fields.map((field) => field.number)) + 1;
  const plan = {
    template: {} as Fields,
    kinds: new Uint8Array(fieldsMax),
    names: Array.from({ length: fieldsMax }, () => ''),
    texts: Array.from({ length: fieldsMax }, () => ''),
    children: Array.from({ length: fieldsMax }, (): Plan | undefined => undefined),
  };
  for (const field of schema.fields) {
    const kind = kindOf(field);
    if (kind === null) return null;
    plan.kinds[field.number] = kind;
    plan.names[field.number] = field.localName;
    plan.template[field.localName] = defaultOf(kind);
    if (kind === kinds.texts && firstOnly.has(`${schema.name}.${field.name}`)) plan.children[field.number] = firstPlan;
    const { message } = field;
    if (message === undefined) continue;
    const child = planOf(message);
    if (child === null) return null;
    plan.children[field.number] = child;
  }
  return plan;
}

function kindOf(field: DescField): Kind | null {
  if (field.fieldKind === 'message') return kinds.message;
  if (field.fieldKind === 'list' && field.listKind === 'message') return kinds.messages;
  if (field.fieldKind === 'scalar' && field.presence === FeatureSet_FieldPresence.IMPLICIT) {
    if (field.scalar === ScalarType.STRING) return kinds.text;
    if (field.scalar === ScalarType.BOOL) return kinds.bool;
    if (field.scalar === ScalarType.INT32) return kinds.int32;
    if (field.scalar === ScalarType.INT64 && field.longAsString) return kinds.int64;
  }
  if (field.fieldKind === 'list' && field.listKind === 'scalar') {
    if (field.scalar === ScalarType.STRING) return kinds.texts;
    if (field.scalar === ScalarType.INT64 && field.longAsString) return kinds.int64s;
  }
  return null;
}

function defaultOf(kind: Kind): unknown {
  switch (kind) {
    case kinds.int32:
      return 0;
    case kinds.int64:
      return '0';
    case kinds.bool:
      return false;
    case kinds.text:
      return '';
    case kinds.texts:
    case kinds.int64s:
    case kinds.messages:
      return none;
    default:
      return undefined;
  }
}
