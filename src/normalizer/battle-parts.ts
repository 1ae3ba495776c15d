import type { BattleItemEvent, BattleTaskEvent } from '../protocol/events.ts';
import { battleCard, battleTaskResult, battleTaskStep } from '../protocol/webcast/values.ts';
import type {
  BattleUserInfo,
  WebcastLinkMicBattleItemCard,
  WebcastLinkmicBattleTaskMessage,
} from '../protocol/webcast/webcast_pb.ts';
import { readId, readTime } from './read.ts';
import type { Handled, Turn } from './turn.ts';

// What happens inside a battle beside points: speed challenges and power-ups.

/** Longest effect believed, in seconds. */
const effectSecMax = 3_600;
/** Highest multiple of match points believed. */
const multiplierMax = 100;

/** A step of a speed challenge. In 2023 it did not name its battle: '' then. */
export function battleTask(message: WebcastLinkmicBattleTaskMessage, turn: Turn): Handled {
  const step = stepOf(message.taskMessageType);
  if (step === null) return 'ignored';
  const { taskUpdate, taskSettle } = message;
  turn.out.push({
    kind: 'battle',
    id: turn.nextId(),
    at: turn.at,
    change: 'task',
    battleId: readId(message.battleId),
    step,
    progress: taskUpdate === undefined ? 0 : turn.number(taskUpdate.progress),
    result: taskSettle === undefined ? 'unknown' : resultOf(taskSettle.result),
    userId: taskUpdate === undefined ? '' : readId(taskUpdate.fromUserId),
    state: null,
  });
  return 'events';
}

function stepOf(type: number): BattleTaskEvent['step'] | null {
  switch (type) {
    case battleTaskStep.start:
      return 'start';
    case battleTaskStep.update:
      return 'progress';
    case battleTaskStep.settle:
      return 'settled';
    case battleTaskStep.reward:
      return 'reward';
    default:
      return null;
  }
}

function resultOf(result: number): BattleTaskEvent['result'] {
  if (result === battleTaskResult.succeeded || result === battleTaskResult.both) return 'succeeded';
  return result === battleTaskResult.failed ? 'failed' : 'unknown';
}

/** What the cards have in common, wherever each of them keeps it. */
interface PlayedCard {
  readonly item: BattleItemEvent['item'];
  readonly anchorId: string;
  readonly sender: BattleUserInfo | undefined;
  readonly sendTimeSec: string;
  /** Seconds. */
  readonly duration: string;
  readonly multiplier: string;
}

/** A power-up was played. Notices that one was won, and guides to win one, are of no use here. */
export function battleItem(message: WebcastLinkMicBattleItemCard, turn: Turn): Handled {
  const card = playedCard(message);
  if (card === null) return 'ignored';
  const battleId = readId(message.battleId);
  if (battleId === '') return turn.quarantine('battle-missing', `${card.item} without its battle`);
  turn.out.push({
    kind: 'battle',
    id: turn.nextId(),
    at: turn.at,
    change: 'item',
    battleId,
    item: card.item,
    userId: readId(card.sender?.user?.userId ?? ''),
    anchorId: readId(card.anchorId),
    startAt: readTime(card.sendTimeSec, turn.raw.receivedAt),
    durationSec: turn.number(card.duration, effectSecMax),
    multiplier: Math.max(1, turn.number(card.multiplier, multiplierMax)),
    state: null,
  });
  return 'events';
}

/** The one content that the message has, by which field is there. */
function playedCard(message: WebcastLinkMicBattleItemCard): PlayedCard | null {
  const { useCriticalStrikeCard: glove, useExtraTimeCard: extra } = message;
  if (glove !== undefined) return plainCard('glove', glove, glove.cardInfo?.multipleOrAnchor ?? '1');
  if (message.useSmokeCard !== undefined) return plainCard('mist', message.useSmokeCard, '1');
  if (extra !== undefined) {
    const info = extra.cardInfo;
    return {
      item: 'extra-time',
      anchorId: extra.anchorId,
      sender: info?.sendUser,
      sendTimeSec: info?.sendTimeSec ?? '0',
      duration: info?.extraDurationSec ?? '0',
      multiplier: '1',
    };
  }
  if (message.usePotionCard !== undefined) return plainCard('potion', message.usePotionCard, '1');
  if (message.useWaveCard !== undefined) return plainCard('wave', message.useWaveCard, '1');
  if (message.useSpecialEffectCard !== undefined) return plainCard('other', message.useSpecialEffectCard, '1');
  return boosterCard(message);
}

type PlainCard = NonNullable<WebcastLinkMicBattleItemCard['useSmokeCard']>;

function plainCard(item: PlayedCard['item'], card: PlainCard, multiplier: string): PlayedCard {
  const info = card.cardInfo;
  return {
    item,
    anchorId: card.anchorId,
    sender: info?.sendUser,
    sendTimeSec: info?.sendTimeSec ?? '0',
    duration: info?.effectLastDuration ?? '0',
    multiplier,
  };
}

/** Boosters double or triple the points of the top two or three gifters; a vault glove says its own multiple. */
function boosterCard(message: WebcastLinkMicBattleItemCard): PlayedCard | null {
  const { useTop2Card: top2, useTop3Card: top3, useVaultGloveCard: vault } = message;
  const card = top2 ?? top3 ?? vault;
  if (card === undefined) return null;
  const info = card.cardInfo?.common;
  const isTop2 = card === top2 || message.msgType === battleCard.top2;
  const isVault = card === vault;
  return {
    item: isVault ? 'vault-glove' : isTop2 ? 'top2' : 'top3',
    anchorId: card.anchorId,
    sender: info?.sendUser,
    sendTimeSec: info?.sendTimeSec ?? '0',
    duration: info?.effectLastDuration ?? '0',
    multiplier: isVault ? (card.cardInfo?.multiple ?? '1') : isTop2 ? '2' : '3',
  };
}
