import { ScalarType } from '@bufbuild/protobuf';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { file_webcast } from '../../protocol/webcast/webcast_pb.ts';

// What is private in which field of webcast.proto. Whatever is not named here is treated as unknown fields are: texts
// go, long numbers are ids.

export type Treatment =
  /** Nothing in it is about anybody. */
  | 'keep'
  /** A number, always an id of a person or a room, however short. */
  | 'id'
  /** The same as decimal text. */
  | 'id-text'
  | 'handle'
  | 'name'
  /** What somebody wrote. */
  | 'words'
  /** A message of the schema. */
  | 'message'
  | 'unknown';

export interface FieldPlan {
  readonly treatment: Treatment;
  /** For `message`. */
  readonly plan: MessagePlan | null;
  /** A list of numbers that may come as one packed field. */
  readonly packed: boolean;
}

/** By field number. */
export type MessagePlan = ReadonlyMap<number, FieldPlan>;

/** Texts, by message and field. All others are left out. */
const texts: Readonly<Record<string, Treatment>> = {
  'Common.method': 'keep',
  'Text.key': 'keep',
  'User.nickname': 'name',
  'User.display_id': 'handle',
  'BattleUser.nickname': 'name',
  'BattleUser.display_id': 'handle',
  'UserArmy.nickname': 'name',
  'Gift.name': 'keep',
  'WebcastChatMessage.content': 'words',
  'WebcastChatMessage.content_language': 'keep',
  'WebcastControlMessage.tips': 'words',
  'WebcastGoalUpdateMessage.contributor_display_id': 'handle',
  'WebcastLiveIntroMessage.content': 'words',
  'WebcastImEnterRoomMessage.identity': 'keep',
  'Envelope.envelope_id': 'id-text',
  'Envelope.send_user_id': 'id-text',
  'Envelope.send_user_name': 'name',
  'Goal.description': 'words',
  'Question.content': 'words',
};

/** Numbers that name a person or a room. Others are ids where they are long enough. */
const personal = /(?:^|_)(?:user_id|anchor_id|room_id|uid|contributor_id|to_member_id_int|current_user_id)$/;

const plans = new Map<string, MessagePlan>();

/** The plan of a method's message; null = no message of that name is known. */
export function planOf(method: string): MessagePlan | null {
  return plans.get(method) ?? null;
}

function makePlan(message: DescMessage): MessagePlan {
  const known = plans.get(message.name);
  if (known !== undefined) return known;
  const plan = new Map<number, FieldPlan>();
  // Before the fields: a message may hold another of its own kind.
  plans.set(message.name, plan);
  for (const field of message.fields) plan.set(field.number, makeFieldPlan(message, field));
  return plan;
}

function makeFieldPlan(message: DescMessage, field: DescField): FieldPlan {
  const inner =
    field.fieldKind === 'message' || (field.fieldKind === 'list' && field.listKind === 'message')
      ? field.message
      : null;
  if (inner !== null) return { treatment: 'message', plan: makePlan(inner), packed: false };
  const scalar = field.fieldKind === 'scalar' || (field.fieldKind === 'list' && field.listKind === 'scalar');
  const isText = scalar && field.scalar === ScalarType.STRING;
  if (isText) return { treatment: texts[`${message.name}.${field.name}`] ?? 'unknown', plan: null, packed: false };
  const packed = field.fieldKind === 'list';
  return { treatment: isPersonal(message.name, field.name) ? 'id' : 'unknown', plan: null, packed };
}

function isPersonal(message: string, field: string): boolean {
  return (
    personal.test(field) || (message === 'User' && field === 'id') || (message.endsWith('Entry') && field === 'key')
  );
}

for (const message of file_webcast.messages) makePlan(message);
