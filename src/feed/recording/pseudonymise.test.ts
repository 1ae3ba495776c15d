import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commonOf, giftOf, rawBytes, rawOf, viewer } from '../../../test/support/webcast-messages.ts';
import { fromBinary } from '@bufbuild/protobuf';
import {
  WebcastChatMessageSchema,
  WebcastGiftMessageSchema,
  type WebcastChatMessage,
} from '../../protocol/webcast/webcast_pb.ts';
import { Pseudonymiser } from './pseudonymise.ts';
import type { TextPolicy } from './pseudonymise.ts';
import { WireReader, WireWriter } from './wire.ts';

const chat = rawOf(WebcastChatMessageSchema, {
  common: commonOf('7400000000000000123'),
  user: viewer('6900000000000000777'),
  content: 'greetings to you',
  contentLanguage: 'en',
});

function rewritten(words: TextPolicy = 'replace', key = 'k'): WebcastChatMessage {
  const raw = new Pseudonymiser({ key, words }).rewrite(chat);
  assert.ok(raw !== null);
  return fromBinary(WebcastChatMessageSchema, raw.payload);
}

test('who wrote it becomes somebody else, the same one for the same key', () => {
  const { user, common } = rewritten();
  assert.match(user!.id, /^[1-9][0-9]{18}$/);
  assert.notEqual(user!.id, '6900000000000000777');
  assert.match(user!.displayId, /^user\.[a-z0-9]{10}$/);
  assert.match(user!.nickname, /^Guest [A-Z0-9]{6}$/);
  assert.deepEqual(user!.avatarThumb?.urlList, []);
  assert.notEqual(common!.msgId, '7400000000000000123');
  assert.deepEqual(rewritten(), rewritten());
  assert.notEqual(rewritten('replace', 'another').user!.id, user!.id);
});

test('words are replaced by as many others, left out, or kept', () => {
  assert.equal(rewritten().content, 'words of somebod');
  assert.equal(rewritten('drop').content, '');
  assert.equal(rewritten('keep').content, 'greetings to you');
  assert.equal(rewritten().contentLanguage, 'en');
});

test('what a gift is and adds stays as it was', () => {
  const raw = giftOf({ msgId: '7400000000000000123', price: 99, total: 7 });
  const gift = fromBinary(
    WebcastGiftMessageSchema,
    new Pseudonymiser({ key: 'k', words: 'drop' }).rewrite(raw)!.payload,
  );
  const { giftId, repeatCount, fanTicketCount, groupId } = gift;
  assert.deepEqual([giftId, repeatCount, fanTicketCount, groupId], ['5655', 7, 99, '1780000000500']);
  assert.deepEqual([gift.gift?.name, gift.gift?.diamondCount], ['Gift 5655', 99]);
});

/** Every value of `payload` by its path of field numbers: numbers as they are, texts in hexadecimal. */
function leaves(payload: Uint8Array, path: readonly number[] = []): string[] {
  const reader = new WireReader(payload);
  const found: string[] = [];
  while (reader.next()) {
    const here = [...path, reader.number];
    if (reader.wire === 0) found.push(`${here.join('.')}=${reader.varint}`);
    else if (reader.number < 100) found.push(...leaves(reader.value, here));
    else found.push(`${here.join('.')}=${Buffer.from(reader.value).toString()}`);
  }
  return found;
}

test('in fields without a name long numbers are ids, texts are left out, and small numbers stay', () => {
  const inner = new WireWriter();
  inner.varint(1, 6_900_000_000_000_000_777n);
  inner.varint(2, 55n);
  inner.varint(3, 1_780_000_000_500n);
  inner.text(101, 'Some Body');
  inner.text(102, '6900000000000000777');
  inner.text(103, '12');
  inner.text(104, '+49 170 1234567');
  inner.text(105, '1234567');
  inner.fixed(106, 1, new Uint8Array(8));
  const outer = new WireWriter();
  outer.part(60, inner);
  const payload = new Pseudonymiser({ key: 'k', words: 'drop' }).rewrite(
    rawBytes('WebcastTelepathyMessage', outer.bytes()),
  )!.payload;
  const id = rewritten().user!.id;
  assert.deepEqual(leaves(payload), [`60.1=${id}`, '60.2=55', '60.3=1780000000500', `60.102=${id}`, '60.103=12']);
});

test('a short id is learnt where it is a person, and known elsewhere', () => {
  const pseudonymiser = new Pseudonymiser({ key: 'k', words: 'drop' });
  const unknown = new WireWriter();
  unknown.varint(7, 107_955n);
  const raw = rawBytes('WebcastTelepathyMessage', unknown.bytes());
  assert.deepEqual(leaves(pseudonymiser.rewrite(raw)!.payload), ['7=107955'], 'nobody has said yet that it is an id');
  pseudonymiser.learn(giftOf({ msgId: '1', userId: '107955' }));
  assert.match(leaves(pseudonymiser.rewrite(raw)!.payload)[0]!, /^7=[0-9]{19}$/);
});

test('a count that happens to be the id of somebody stays a count', () => {
  const pseudonymiser = new Pseudonymiser({ key: 'k', words: 'drop' });
  const raw = giftOf({ msgId: '1', userId: '107955', total: 10_000, fan: 107_955 });
  pseudonymiser.learn(raw);
  assert.equal(fromBinary(WebcastGiftMessageSchema, pseudonymiser.rewrite(raw)!.payload).fanTicketCount, 107_955);
});

test('what cannot be read is left out as a whole', () => {
  const pseudonymiser = new Pseudonymiser({ key: 'k', words: 'drop' });
  for (const bytes of [[0x0a, 0x05, 0x01], [0xff, 0xff], [0x0b], [0x08]])
    assert.equal(pseudonymiser.rewrite(rawBytes('WebcastGiftMessage', Uint8Array.from(bytes))), null);
});

test('an id of a pusher, which may name an order, becomes another one, the same each time', () => {
  const pseudonymiser = new Pseudonymiser({ key: 'k', words: 'drop' });
  const idOf = (msgId: string): string => pseudonymiser.rewrite({ ...giftOf({ msgId: '1' }), msgId })!.msgId;
  const [first, again, second] = [idOf('order-1017'), idOf('order-1017'), idOf('key.1')];
  assert.match(first, /^[0-9]{19}$/);
  assert.equal(again, first);
  assert.notEqual(second, first);
  assert.deepEqual([idOf(''), idOf('42')], ['', '42'], 'a short number says nothing');
});

test('who a recording is of is renamed as well', () => {
  const pseudonymiser = new Pseudonymiser({ key: 'k', words: 'drop' });
  const origin = pseudonymiser.origin({ roomId: '7400000000000000001', uniqueId: 'ana.live' });
  assert.notEqual(origin.roomId, '7400000000000000001');
  assert.match(origin.uniqueId, /^user\./);
  assert.deepEqual(pseudonymiser.origin({ roomId: '', uniqueId: '' }), { roomId: '', uniqueId: '' });
});
