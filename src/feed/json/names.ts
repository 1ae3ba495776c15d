// What other programs call the fields of Webcast messages: v1 (connectors of 2022 to 2024, TikFinity), v2 (Euler's
// cloud, 2025) and v3 (2026). Names are compared without case and underscores, so `nickName`, `nick_name` and `nickname` are one.
// What has the same name everywhere is not listed.

/** By message of webcast.proto, then by its field: other names, the likeliest first. */
export const otherNames: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Common: { msgId: ['messageId', 'id'], displayText: ['displayTextForAudience'] },
  Text: { key: ['displayType'], defaultPattern: ['pattern', 'label'] },
  User: {
    id: ['userId', 'uid', 'idStr'],
    displayId: ['uniqueId', 'handle', 'username'],
    avatarThumb: ['profilePicture', 'profilePictureUrl', 'avatarThumbnail', 'avatar'],
  },
  Image: { urlList: ['urls', 'url', 'mUrls'] },
  WebcastGiftMessage: {
    gift: ['giftDetails', 'extendedGiftInfo'],
    fanTicketCount: ['fanTickets'],
    toUser: ['receiverUser'],
    toMemberIdInt: ['toMemberId', 'receiverUserId'],
    monitorInfo: ['giftMonitorInfo'],
  },
  Gift: { id: ['giftId'], name: ['giftName'], type: ['giftType'], diamondCount: ['diamonds', 'coins', 'diamondcost'] },
  WebcastLikeMessage: { count: ['likeCount'], total: ['totalLikeCount', 'totalLikes'] },
  WebcastChatMessage: { content: ['comment', 'text'], contentLanguage: ['language'] },
  WebcastMemberMessage: { memberCount: ['viewerCount'], action: ['actionId'] },
  WebcastSocialMessage: { followCount: ['followers'] },
  WebcastRoomUserSeqMessage: {
    ranks: ['ranksList', 'topViewers'],
    total: ['viewerCount'],
    totalUser: ['totalViewers'],
  },
  Contributor: { score: ['coinCount', 'coins'] },
  WebcastLinkMicBattle: {
    battleSettings: ['battleSetting'],
    anchorsInfo: ['anchorInfo', 'battleUsers'],
    battleCombo: ['battleComboV2', 'battleCombos'],
    armies: ['battleArmies'],
    teamMember: ['teamMembers'],
  },
  WebcastLinkMicArmies: {
    armies: ['battleItems'],
    updateBattleScoreTime: ['scoreUpdateTime'],
    triggerReason: ['battleStatus'],
    battleSettings: ['battleSetting'],
  },
  UserArmies: { userArmies: ['userArmy', 'userArmiesList'], hostScore: ['points'] },
  BattleSettings: { extraDurationSecond: ['extraDuration'] },
  BattleUser: { nickname: ['nickName'], displayId: ['uniqueId'], avatarThumb: ['profilePicture'] },
  WebcastLinkmicBattleTaskMessage: {
    taskMessageType: ['battleTaskMessageType'],
    taskUpdate: ['battleTaskUpdate'],
    taskSettle: ['battleTaskSettle'],
  },
  WebcastLinkMicFanTicketMethod: { fanTicketRoomNotice: ['fanTicketNotice'] },
  WebcastRankUpdateMessage: { updates: ['updatesList'] },
  Envelope: { sendUserId: ['userId'], sendUserName: ['nickname'], diamondCount: ['coins'], peopleCount: ['canOpen'] },
  WebcastEnvelopeMessage: { envelopeInfo: ['treasureBoxData'] },
  WebcastQuestionNewMessage: { data: ['details', 'question'] },
  Question: { content: ['questionText'] },
  WebcastSubNotifyMessage: { subMonth: ['months'] },
};

/** Objects that flat messages (v1, TikFinity) spread over the message itself. */
export const spreadFields: ReadonlySet<string> = new Set(['common', 'user', 'gift']);

/** What an event of TikFinity and of the old connectors is. */
export interface EventMethod {
  readonly method: string;
  /** What the event's name alone says. */
  readonly action?: number;
  /** Fields that the old connectors leave out, as they have to be read then. */
  readonly unsaid?: Readonly<Record<string, number>>;
  /** Its part that the old connectors spread over the message. */
  readonly spread?: string;
}

/** By TikFinity's and the old connectors' names. A follow and a share are one method, told apart by `action`. */
export const eventMethods: Readonly<Record<string, EventMethod>> = {
  gift: { method: 'WebcastGiftMessage' },
  chat: { method: 'WebcastChatMessage' },
  like: { method: 'WebcastLikeMessage' },
  member: { method: 'WebcastMemberMessage', action: 1 },
  follow: { method: 'WebcastSocialMessage', action: 1 },
  share: { method: 'WebcastSocialMessage', action: 3 },
  roomUser: { method: 'WebcastRoomUserSeqMessage' },
  subscribe: { method: 'WebcastSubNotifyMessage' },
  envelope: { method: 'WebcastEnvelopeMessage', unsaid: { display: 1 }, spread: 'envelopeInfo' },
  questionNew: { method: 'WebcastQuestionNewMessage', spread: 'data' },
  linkMicBattle: { method: 'WebcastLinkMicBattle' },
  linkMicArmies: { method: 'WebcastLinkMicArmies' },
  streamEnd: { method: 'WebcastControlMessage', action: 3 },
};
