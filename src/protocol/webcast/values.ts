// The values of Webcast's int32 "enums", as far as MEKS tells them apart (schema v3, 2026). Anything else is legal and
// means "other": a new value is no error.

/** WebcastLinkMicBattle.action. 7 to 11 belong to the invitation and to leaving; they do not move a battle. */
export const battleAction = {
  invite: 1,
  reject: 2,
  cancel: 3,
  open: 4,
  finish: 5,
  cutShort: 6,
  accept: 7,
} as const;

/** BattleSettings.status. */
export const battleStatus = {
  notStarted: 0,
  started: 1,
  finished: 2,
  punishStarted: 3,
  punishFinished: 4,
} as const;

/** BattleSettings.battle_type. */
export const battleType = { normal: 1, team: 2, individual: 3, oneVersusMany: 4 } as const;

/** BattleResult.result and TeamResult.result. WIN is the default that the wire leaves out: see webcast.proto. */
export const battleResult = { win: 0, lose: 1, draw: 2 } as const;

/** WebcastLinkMicArmies.trigger_reason. */
export const armiesTrigger = { score: 1, battleEnd: 2, optOut: 3, keepAlive: 4, effect: 5 } as const;

/** WebcastLinkmicBattleTaskMessage.task_message_type. */
export const battleTaskStep = { start: 0, update: 1, settle: 2, reward: 3 } as const;

/** BattleTaskSettle.result. */
export const battleTaskResult = { succeeded: 0, failed: 1, both: 2 } as const;

/** WebcastLinkMicBattleItemCard.msg_type. */
export const battleCard = {
  criticalStrike: 2,
  smoke: 3,
  extraTime: 5,
  potion: 7,
  wave: 8,
  top2: 10,
  top3: 11,
  vaultGlove: 12,
} as const;

/** RankUpdate.rank_type (TikTok's ProfitRankType). */
export const rankType = {
  hourly: 0,
  weekly: 1,
  hourlyStar: 2,
  weeklyRising: 4,
  weeklyRookie: 5,
  daily: 8,
  firstGift: 9,
  game: 10,
  dailyGame: 11,
  hallOfFame: 12,
  league: 13,
  dailyRookie: 14,
  team: 15,
  class: 16,
} as const;

/** WebcastControlMessage.action. */
export const controlAction = { paused: 1, unpaused: 2, ended: 3, suspended: 4 } as const;

/** WebcastSocialMessage.action. */
export const socialAction = { follow: 1, share: 3, repost: 4 } as const;

/** WebcastMemberMessage.action. */
export const memberAction = { joined: 1, subscribed: 3 } as const;

/** WebcastEnvelopeMessage.display. */
export const envelopeDisplay = { new: 1, hide: 2 } as const;

/** WebcastBarrageMessage.msg_type. */
export const barrageType = {
  subscribe: 4,
  userLevelUp: 8,
  gradeEntrance: 9,
  fansLevelUp: 10,
  fansEntrance: 11,
  giftGallery: 13,
} as const;

/** WebcastGiftMessage.repeat_end. */
export const repeatEnded = 1;
