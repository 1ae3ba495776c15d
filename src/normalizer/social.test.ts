import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Normalized, only } from '../../test/support/normalized.ts';
import { commonOf, messageTime, rawOf, viewer } from '../../test/support/webcast-messages.ts';
import type { RawMessage } from '../protocol/raw.ts';
import {
  WebcastChatMessageSchema,
  WebcastLikeMessageSchema,
  WebcastMemberMessageSchema,
  WebcastSocialMessageSchema,
} from '../protocol/webcast/webcast_pb.ts';

const common = commonOf('1');
const user = viewer('42');

/** The common part with the key of the text that TikTok shows. */
function textOf(key: string) {
  return { msgId: '1', createTime: String(messageTime), displayText: { key } };
}

const told = { id: '42', handle: 'viewer.42', name: 'Viewer 42', avatar: 'https://pictures.example/42.webp' };

const understood: [string, RawMessage, object][] = [
  [
    'likes',
    rawOf(WebcastLikeMessageSchema, { common, count: 15, total: '40000', user }),
    { kind: 'like', id: '1', at: messageTime, user: told, count: 15, total: 40000 },
  ],
  [
    'a follow',
    rawOf(WebcastSocialMessageSchema, { common, action: '1', followCount: '90000', user }),
    { kind: 'follow', id: '1', at: messageTime, user: told, followers: 90000 },
  ],
  [
    'a share',
    rawOf(WebcastSocialMessageSchema, { common, action: '3', shareCount: 13, user }),
    { kind: 'share', id: '1', at: messageTime, user: told },
  ],
  [
    'a repost',
    rawOf(WebcastSocialMessageSchema, { common, action: '4', user }),
    { kind: 'share', id: '1', at: messageTime, user: told },
  ],
  [
    'a follow that only its text tells',
    rawOf(WebcastSocialMessageSchema, { common: textOf('pm_main_follow_2'), user }),
    { kind: 'follow', id: '1', at: messageTime, user: told, followers: 0 },
  ],
  [
    'a share that only its text tells',
    rawOf(WebcastSocialMessageSchema, { common: textOf('pm_guidance_share'), user }),
    { kind: 'share', id: '1', at: messageTime, user: told },
  ],
  [
    'a join',
    rawOf(WebcastMemberMessageSchema, { common, action: 1, memberCount: 1500, user }),
    { kind: 'join', id: '1', at: messageTime, user: told, viewers: 1500 },
  ],
  [
    'a join that is a subscription',
    rawOf(WebcastMemberMessageSchema, { common, action: 3, user }),
    { kind: 'room', id: '1', at: messageTime, topic: 'subscription', user: told, text: '', value: 0, target: 0 },
  ],
  [
    'a chat message',
    rawOf(WebcastChatMessageSchema, { common, user, content: 'hello \u202Ethere\u0000', contentLanguage: 'en' }),
    { kind: 'chat', id: '1', at: messageTime, user: told, text: 'hello  there', language: 'en' },
  ],
];

for (const [what, raw, event] of understood) {
  test(`${what}: one event that says so`, () => {
    assert.deepEqual(only(new Normalized().readOne(raw).events), event);
  });
}

const others: [string, string, RawMessage][] = [
  ['likes of nobody', 'quarantined', rawOf(WebcastLikeMessageSchema, { common, count: 1 })],
  ['likes below zero', 'quarantined', rawOf(WebcastLikeMessageSchema, { common, count: -1, user })],
  ['a million likes at once', 'quarantined', rawOf(WebcastLikeMessageSchema, { common, count: 1_000_000, user })],
  ['a follow of nobody', 'quarantined', rawOf(WebcastSocialMessageSchema, { common, action: '1' })],
  ['a join of nobody', 'quarantined', rawOf(WebcastMemberMessageSchema, { common, action: 1 })],
  ['a chat message of nobody', 'quarantined', rawOf(WebcastChatMessageSchema, { common, content: 'x' })],
  ['some other social action', 'ignored', rawOf(WebcastSocialMessageSchema, { common, action: '9', user })],
  ['some other member action', 'ignored', rawOf(WebcastMemberMessageSchema, { common, action: 26, user })],
];

for (const [what, outcome, raw] of others) {
  test(`${what}: ${outcome}`, () => {
    const room = new Normalized();
    assert.deepEqual(room.readOne(raw), { outcome, events: [] });
    room.assertCountersAddUp();
  });
}

test('a total of likes below zero counts as none', () => {
  const raw = rawOf(WebcastLikeMessageSchema, { common, count: 1, total: '-5', user });
  const event = only(new Normalized().readOne(raw).events);
  assert.equal(event.kind === 'like' && event.total, 0);
});
