import { unknownUser, type RoomEvent, type User } from '../protocol/events.ts';
import { barrageType, controlAction, envelopeDisplay } from '../protocol/webcast/values.ts';
import type {
  WebcastBarrageMessage,
  WebcastControlMessage,
  WebcastEnvelopeMessage,
  WebcastGoalUpdateMessage,
  WebcastHourlyRankRewardMessage,
  WebcastLiveIntroMessage,
  WebcastQuestionNewMessage,
  WebcastSubNotifyMessage,
} from '../protocol/webcast/webcast_pb.ts';
import { endLive, settlesAfterEnd } from './live.ts';
import { readId, readName, readText, readTextId, readUser } from './read.ts';
import type { Handled, Turn } from './turn.ts';

// What happens to or in the room: its beginning and end, goals, treasure boxes, subscriptions, questions, notices.

const monthsMax = 1_200;

/** Appends a room event. `user` null = nobody in particular. */
export function say(
  turn: Turn,
  topic: RoomEvent['topic'],
  user: User | null,
  text: string,
  value: number,
  target: number,
): Handled {
  turn.out.push({ kind: 'room', id: turn.nextId(), at: turn.at, topic, user, text: readText(text), value, target });
  return 'events';
}

export function control(message: WebcastControlMessage, turn: Turn): Handled {
  switch (message.action) {
    case controlAction.paused:
    case controlAction.unpaused:
      return pause(message, turn);
    case controlAction.ended:
      endLive(turn);
      return say(turn, 'ended', null, message.tips, 0, 0);
    case controlAction.suspended:
      endLive(turn);
      return say(turn, 'suspended', null, message.tips, 0, 0);
    default:
      return 'ignored';
  }
}

/** The creator pauses, or goes on. A lookup tells it as well, with each connection: what is known says nothing. */
function pause({ common, action, tips }: WebcastControlMessage, turn: Turn): Handled {
  const { memory } = turn;
  const paused = action === controlAction.paused;
  if (memory.liveEnded && readId(common?.roomId ?? '0') === memory.liveId) {
    // Overtaken by the end, which it does not take back; only later it shows that the LIVE goes on after all.
    if (settlesAfterEnd(turn)) return 'ignored';
    memory.liveEnded = false;
  } else if (memory.liveTold && !memory.liveEnded && memory.livePaused === paused) return 'duplicate';
  memory.livePaused = paused;
  return say(turn, paused ? 'paused' : 'resumed', null, tips, 0, 0);
}

/** A treasure box was opened to the viewers; that it is put away again is of no use. */
export function envelope(message: WebcastEnvelopeMessage, turn: Turn): Handled {
  const box = message.envelopeInfo;
  if (box === undefined || message.display !== envelopeDisplay.new) return 'ignored';
  const id = readTextId(box.sendUserId);
  const user = id === '' ? null : { ...unknownUser(id), name: readName(box.sendUserName) };
  return say(turn, 'envelope', user, '', turn.number(box.diamondCount), turn.number(box.peopleCount));
}

/** Progress over all parts of the goal; a part that is overfulfilled counts as full. */
export function goal(message: WebcastGoalUpdateMessage, turn: Turn): Handled {
  const { goal } = message;
  if (goal === undefined) return 'ignored';
  const rows = turn.rows(goal.subGoals.length);
  let progress = 0;
  let target = 0;
  for (let index = 0; index < rows; index++) {
    const part = goal.subGoals[index]!;
    const wanted = turn.number(part.target);
    progress += rows === 1 ? turn.number(part.progress) : Math.min(turn.number(part.progress), wanted);
    target += wanted;
  }
  const id = readId(message.contributorId);
  const user = id === '' ? null : { ...unknownUser(id), handle: readName(message.contributorDisplayId) };
  return say(turn, 'goal', user, goal.description, progress, target);
}

export function question(message: WebcastQuestionNewMessage, turn: Turn): Handled {
  if (message.data === undefined) return 'ignored';
  return say(turn, 'question', readUser(message.data.user), message.data.content, 0, 0);
}

export function subscription(message: WebcastSubNotifyMessage, turn: Turn): Handled {
  const user = readUser(message.user);
  if (user === null) return turn.quarantine('user-missing', 'a subscription without the viewer');
  return say(turn, 'subscription', user, '', turn.number(message.subMonth, monthsMax), 0);
}

/** Subscriptions and level-ups. Entrances of high grades also come as joins: they are left to those. */
export function barrage(message: WebcastBarrageMessage, turn: Turn): Handled {
  const text = message.common?.describe ?? '';
  switch (message.msgType) {
    case barrageType.subscribe:
      return say(turn, 'subscription', readUser(message.user), text, 0, 0);
    case barrageType.userLevelUp: {
      const grade = message.userGradeParam;
      const user = readUser(grade?.user ?? message.user);
      return say(turn, 'notice', user, text, turn.number(grade?.currentGrade ?? 0), 0);
    }
    case barrageType.fansLevelUp: {
      const level = message.fansLevelParam;
      const user = readUser(level?.user ?? message.user);
      return say(turn, 'notice', user, text, turn.number(level?.currentGrade ?? 0), 0);
    }
    default:
      return 'ignored';
  }
}

/** A notice that somebody was rewarded; the ranking itself comes as rank updates. */
export function hourlyRankReward(message: WebcastHourlyRankRewardMessage, turn: Turn): Handled {
  const rows = turn.rows(message.winners.length);
  let said: Handled = 'ignored';
  for (let index = 0; index < rows; index++) {
    const id = readId(message.winners[index]!.userId);
    if (id !== '')
      said = say(turn, 'notice', unknownUser(id), message.common?.describe || 'Hourly ranking reward', 0, 0);
  }
  return said;
}

/** The host's words of welcome. */
export function liveIntro(message: WebcastLiveIntroMessage, turn: Turn): Handled {
  if (message.content === '') return 'ignored';
  return say(turn, 'notice', readUser(message.user), message.content, 0, 0);
}
