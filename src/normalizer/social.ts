import type { User } from '../protocol/events.ts';
import { memberAction, socialAction } from '../protocol/webcast/values.ts';
import type {
  WebcastChatMessage,
  WebcastLikeMessage,
  WebcastMemberMessage,
  WebcastSocialMessage,
} from '../protocol/webcast/webcast_pb.ts';
import { readName, readText, readUser } from './read.ts';
import { say } from './room.ts';
import type { Handled, Turn } from './turn.ts';

// What viewers do beside giving: like, follow, share, join, chat.

/** Upstream bundles 1 to 15 likes in a message. */
const likesMax = 1_000;

export function like(message: WebcastLikeMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'likes without the viewer');
  if (message.count < 0 || message.count > likesMax)
    return turn.quarantine('count-absurd', `${message.count} likes at once`);
  turn.out.push({
    kind: 'like',
    id: turn.nextId(),
    at: turn.at,
    user,
    count: message.count,
    total: turn.number(message.total),
  });
  return 'events';
}

/** A follow or a share: by its action, or, where that is new, by the key of the text that TikTok shows for it. */
export function social(message: WebcastSocialMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'a follow or share without the viewer');
  const action = Number(message.action);
  const textKey = message.common?.displayText?.key ?? '';
  if (action === socialAction.follow || (!isShare(action) && textKey.includes('follow')))
    return follow(message, turn, user);
  if (!isShare(action) && !textKey.includes('share')) return 'ignored';
  turn.out.push({ kind: 'share', id: turn.nextId(), at: turn.at, user });
  return 'events';
}

function isShare(action: number): boolean {
  return action === socialAction.share || action === socialAction.repost;
}

function follow(message: WebcastSocialMessage, turn: Turn, user: User): Handled {
  turn.out.push({
    kind: 'follow',
    id: turn.nextId(),
    at: turn.at,
    user,
    followers: turn.number(message.followCount),
  });
  return 'events';
}

export function member(message: WebcastMemberMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'a join without the viewer');
  if (message.action === memberAction.subscribed) return say(turn, 'subscription', user, '', 0, 0);
  if (message.action !== memberAction.joined) return 'ignored';
  turn.out.push({
    kind: 'join',
    id: turn.nextId(),
    at: turn.at,
    user,
    viewers: turn.number(message.memberCount),
  });
  return 'events';
}

export function chat(message: WebcastChatMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'a chat message without its author');
  turn.out.push({
    kind: 'chat',
    id: turn.nextId(),
    at: turn.at,
    user,
    text: readText(message.content),
    language: readName(message.contentLanguage),
  });
  return 'events';
}
