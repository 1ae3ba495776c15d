import { limits } from '../../protocol/limits.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import type { RecordingOrigin } from './format.ts';
import { planOf } from './private-fields.ts';
import type { FieldPlan, MessagePlan } from './private-fields.ts';
import { idMin, Pseudonyms } from './pseudonyms.ts';
import { WireReader, WireWriter } from './wire.ts';

// Takes the people out of a recording and leaves what they did: ids, handles and names become invented ones, the same
// for the same person everywhere; pictures and every text that is not known to be harmless are left out; so is what
// cannot be read. It works on the bytes, and so also on fields that MEKS has no name for.
//
//   a number       15 digits or more is an id, wherever it stands; a shorter one is where the schema says so, and in
//                  fields without a name when `learn` has seen it as the id of a person
//   a text         treated as private-fields.ts says; elsewhere left out, but for ids in digits
//   bytes          a message when they read as one and not as text; else left out
//
// Owns the short ids that it has learnt: at most dedupeIdsMax.

/** What becomes of chat, questions and other words: invented ones of about that length, nothing, or they stay. */
export type TextPolicy = 'replace' | 'drop' | 'keep';

export interface PseudonymiserOptions {
  /** Whoever has it can tell who is who. The same key gives the same pseudonyms. */
  readonly key: string;
  readonly words: TextPolicy;
}

/** Shorter numbers are counts more often than ids. */
const shortIdMin = 10_000n;
const depthMax = 20;

export class Pseudonymiser {
  readonly #names: Pseudonyms;
  readonly #words: TextPolicy;
  readonly #shortIds = new Set<bigint>();

  constructor(options: PseudonymiserOptions) {
    this.#names = new Pseudonyms(options.key);
    this.#words = options.words;
  }

  /** Looks for short ids of people, so that `rewrite` knows them where nothing else tells them from counts. */
  learn(raw: RawMessage): void {
    const plan = planOf(raw.method);
    if (plan !== null) this.#learn(new WireReader(raw.payload), plan);
  }

  /** The same message about nobody; null = it is no protobuf, and nobody can say what is in it. */
  rewrite(raw: RawMessage): RawMessage | null {
    const writer = new WireWriter();
    if (!this.#message(new WireReader(raw.payload), planOf(raw.method), writer, 0)) return null;
    return { ...raw, payload: writer.bytes(), msgId: this.#messageId(raw.msgId) };
  }

  origin({ roomId, uniqueId }: RecordingOrigin): RecordingOrigin {
    return { roomId: this.#names.id(roomId), uniqueId: this.handle(uniqueId) };
  }

  handle(handle: string): string {
    return this.#names.handle(handle);
  }

  /** A short number is the count of some program. Anything else is upstream's, or a pusher's: it may name an order. */
  #messageId(id: string): string {
    return /^[0-9]*$/.test(id) && BigInt(id) < idMin ? id : this.#names.id(id);
  }

  #learn(reader: WireReader, plan: MessagePlan): void {
    while (reader.next()) {
      const field = plan.get(reader.number);
      if (field === undefined) continue;
      if (field.plan !== null && reader.wire === 2) this.#learn(new WireReader(reader.value), field.plan);
      else if (field.treatment === 'id' && reader.wire === 0) this.#learnId(reader.varint);
    }
  }

  #learnId(id: bigint): void {
    const isShort = id >= shortIdMin && id < idMin;
    if (isShort && this.#shortIds.size < limits.dedupeIdsMax.value) this.#shortIds.add(id);
  }

  /** False: it is no message, and what was written of it is to be thrown away. */
  #message(reader: WireReader, plan: MessagePlan | null, writer: WireWriter, depth: number): boolean {
    if (depth > depthMax) return false;
    while (reader.next()) {
      const field = plan?.get(reader.number);
      if (reader.wire === 0) writer.varint(reader.number, this.#number(reader.varint, field));
      else if (reader.wire === 2) this.#bytes(reader, field, writer, depth);
      // Fixed numbers are written where nothing longer than a float fits; none of the known messages has an id in one.
      else if (reader.wire === 5) writer.fixed(reader.number, 5, reader.value);
    }
    return reader.ended;
  }

  #number(value: bigint, field: FieldPlan | undefined): bigint {
    if (value === 0n || value >= 1n << 63n) return value;
    const isId = value >= idMin || (field === undefined ? this.#shortIds.has(value) : field.treatment === 'id');
    return isId ? BigInt(this.#names.id(String(value))) : value;
  }

  #bytes(reader: WireReader, field: FieldPlan | undefined, writer: WireWriter, depth: number): void {
    const { number, value } = reader;
    if (field?.packed === true) {
      this.#packed(number, value, field, writer);
      return;
    }
    const treatment = field?.treatment ?? 'unknown';
    if (treatment === 'message' || (treatment === 'unknown' && !isText(value))) {
      const inner = new WireWriter();
      if (this.#message(new WireReader(value), field?.plan ?? null, inner, depth + 1)) writer.part(number, inner);
      return;
    }
    const text = this.#text(Buffer.from(value.buffer, value.byteOffset, value.length).toString(), treatment);
    if (text !== '') writer.text(number, text);
  }

  #packed(number: number, value: Uint8Array, field: FieldPlan, writer: WireWriter): void {
    const inner = new WireWriter();
    const reader = new WireReader(value);
    while (reader.nextVarint()) inner.bareVarint(this.#number(reader.varint, field));
    writer.part(number, inner);
  }

  #text(text: string, treatment: FieldPlan['treatment']): string {
    switch (treatment) {
      case 'keep':
        return text;
      case 'handle':
        return this.#names.handle(text);
      case 'name':
        return this.#names.name(text);
      case 'words':
        return this.#replaceWords(text);
      default:
        return this.#idText(text);
    }
  }

  /** Ids also come as text. A few digits are a level or a count; anything else may be anything. */
  #idText(text: string): string {
    if (!/^[0-9]{1,19}$/.test(text)) return '';
    if (text.length <= 4) return text;
    const id = BigInt(text);
    return id >= idMin || this.#shortIds.has(id) ? this.#names.id(text) : '';
  }

  #replaceWords(text: string): string {
    if (this.#words === 'keep') return text;
    if (this.#words === 'drop' || text === '') return '';
    return filler.repeat(Math.ceil(text.length / filler.length)).slice(0, Math.min(text.length, 500));
  }
}

const filler = 'words of somebody ';

/** Every character prints: then it is taken for text, also where it could be read as a message. */
function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0) return false;
  for (let index = 0; index < bytes.length; index++) if (bytes[index]! < 32) return false;
  return (
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      .toString()
      .search(/[\u007f-\u009f\ufffd]/) < 0
  );
}
