import { create, toBinary } from '@bufbuild/protobuf';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { noIdPattern, type RawMessage } from '../../protocol/raw.ts';
import { controlAction } from '../../protocol/webcast/values.ts';
import { file_webcast, WebcastControlMessageSchema } from '../../protocol/webcast/webcast_pb.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { WireReader, WireWriter } from './wire.ts';

// A recording that is played in a loop: each round after the first is another LIVE, some time after the one before. Its
// ids of messages, LIVEs, battles and streaks are others, the same for the same one throughout the round, and all times
// are moved on: with the old ones it would be taken for a replayed backlog, and not be counted. People keep their ids.
// Between two rounds the LIVE ends, as upstream tells it. It works on the bytes, so that what MEKS does not read stays.
// To a room that has a past, such as that of a loop before a restart, the first round is another LIVE as well.
//
// Owns the ids of the round at hand, at most dedupeIdsMax (see Pseudonyms).

type Treatment = 'id' | 'time' | MessagePlan;

/** By field number; what is not in it stays as it is. */
type MessagePlan = Map<number, Treatment>;

const idFields = /^(?:msg_id|room_id|battle_id|match_id|group_id)$/;
const timeFields = /^(?:create_time|(?:start|end)_time_ms|update_battle_score_time|event_time|send_time_sec)$/;

/** Longer than what was sent before an end takes to arrive: messages after it that name no LIVE are of the next. */
const breakMs = 120_000;
/** The last moment of a Date, Unix ms. */
const timeMax = 8.64e15;
/** Times below are seconds: as Unix ms they would be of 1970. */
const secondsMax = 10_000_000_000n;

const plans = new Map<string, MessagePlan>();
for (const message of file_webcast.messages) planOf(message, plans);

export class Rounds {
  /** Unix ms at which the replay began: the ids of one that is started again are others. */
  readonly #startedAt: number;
  #round = 0;
  #names: Pseudonyms | null = null;
  #firstAt = Number.POSITIVE_INFINITY;
  #lastAt = 0;
  /** How much later than recorded the first round is. */
  #laterMs = 0;
  #shiftMs = 0;
  readonly #pastAt: number;

  /** `pastAt`: Unix ms of the newest that the room has heard, in a life before this one; 0 = nothing. */
  constructor(startedAt: number, pastAt: number) {
    this.#startedAt = startedAt;
    this.#pastAt = pastAt;
    if (pastAt > 0) this.#names = this.#ownNames();
  }

  /** Whether this is the round that tells what is wrong with the recording: it is the same in all others. */
  get isFirst(): boolean {
    return this.#round === 0;
  }

  /** The round is over: what comes is of the next one. Gives what upstream would say of the LIVE that has ended. */
  next(): RawMessage {
    const ending = this.#ending(this.time(this.#lastAt), `${this.#round}`);
    this.#round++;
    this.#names = this.#ownNames();
    this.#shiftMs = this.#laterMs + wholeSeconds(this.#lastAt - this.#firstAt + breakMs) * this.#round;
    return ending;
  }

  /** The same of the LIVE that the room was in when it was left, to be told before all else; null = it has no past. */
  endPast(): RawMessage | null {
    return this.#pastAt > 0 ? this.#ending(this.#pastAt, 'the past') : null;
  }

  /** When something recorded at `at` is said to have happened. Unix ms. */
  time(at: number): number {
    if (this.#round === 0) {
      if (this.#pastAt > 0 && this.#firstAt === Number.POSITIVE_INFINITY)
        this.#shiftMs = this.#laterMs = wholeSeconds(Math.max(0, this.#pastAt + breakMs - at));
      this.#firstAt = Math.min(this.#firstAt, at);
      this.#lastAt = Math.max(this.#lastAt, at);
    }
    return Math.min(at + this.#shiftMs, timeMax);
  }

  /** The message as this round has it. `place` names its line, for a message without any id. */
  message(raw: RawMessage, place: string): RawMessage {
    const receivedAt = this.time(raw.receivedAt);
    const names = this.#names;
    if (names === null) return raw;
    const msgId = names.id(noIdPattern.test(raw.msgId) || raw.msgId === '' ? place : raw.msgId);
    const plan = plans.get(raw.method);
    const payload = plan === undefined ? null : this.#rewrite(raw.payload, plan, names);
    return { ...raw, receivedAt, msgId, payload: payload ?? raw.payload };
  }

  #ownNames(): Pseudonyms {
    return new Pseudonyms(`${this.#startedAt} ${this.#round}`);
  }

  #ending(receivedAt: number, ofWhat: string): RawMessage {
    const method = WebcastControlMessageSchema.name;
    const msgId = new Pseudonyms(`${this.#startedAt}`).id(`end of ${ofWhat}`);
    const message = create(WebcastControlMessageSchema, {
      common: { method, msgId, createTime: String(receivedAt) },
      action: controlAction.ended,
    });
    const payload = toBinary(WebcastControlMessageSchema, message);
    return { method, payload, msgId, receivedAt, history: false };
  }

  /** null = it is no message, and nobody reads it anyway. */
  #rewrite(payload: Uint8Array, plan: MessagePlan, names: Pseudonyms): Uint8Array | null {
    const reader = new WireReader(payload);
    const writer = new WireWriter();
    while (reader.next()) {
      const treatment = plan.get(reader.number);
      if (reader.wire === 0 && treatment === 'id') writer.varint(reader.number, otherId(reader.varint, names));
      else if (reader.wire === 0 && treatment === 'time') writer.varint(reader.number, this.#otherTime(reader.varint));
      else if (reader.wire === 2 && treatment instanceof Map) {
        const inner = this.#rewrite(reader.value, treatment, names);
        if (inner === null) return null;
        writer.lengthed(reader.number, inner);
      } else writer.copy(reader.field);
    }
    return reader.ended ? writer.bytes() : null;
  }

  /** 0 = not said; from 2^63 on it is below zero. */
  #otherTime(time: bigint): bigint {
    if (time === 0n || time >= BigInt(timeMax)) return time;
    return time + BigInt(time < secondsMax ? this.#shiftMs / 1_000 : this.#shiftMs);
  }
}

/** `ms` rounded up: some times are told in whole seconds. */
function wholeSeconds(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}

/** 0 = none; from 2^63 on it is below zero, and none either. */
function otherId(id: bigint, names: Pseudonyms): bigint {
  return id >= 1n << 63n ? id : BigInt(names.id(String(id)));
}

/** What is to be done with such a message; messages within are only looked into where there is something in them. */
function planOf(message: DescMessage, known: Map<string, MessagePlan>): MessagePlan {
  const made = known.get(message.name);
  if (made !== undefined) return made;
  const plan: MessagePlan = new Map();
  known.set(message.name, plan);
  for (const field of message.fields) {
    const inner = messageOf(field);
    const treatment = inner === null ? treatmentOf(field) : planOf(inner, known);
    if (treatment !== null && (typeof treatment === 'string' || treatment.size > 0)) plan.set(field.number, treatment);
  }
  return plan;
}

function treatmentOf({ name }: DescField): 'id' | 'time' | null {
  if (idFields.test(name)) return 'id';
  return timeFields.test(name) ? 'time' : null;
}

function messageOf(field: DescField): DescMessage | null {
  if (field.fieldKind === 'message') return field.message;
  return field.fieldKind === 'list' && field.listKind === 'message' ? field.message : null;
}
