// Methods that MEKS knows of and has no use for: counted as ignored, not as unknown, so that a new name stands out.
// Seen in recordings of 2023 and 2026, or named by the schema of 2026. RoomMessage and LinkMicMethod are older
// spellings.

const prefixed =
  'AISummary AccessControl AccessRecall AnchorToolModification BALeadGen BoostCard Bottom Capsule Caption ' +
  'CommentTray DonationStickerModify EcShortItemRefresh EcTaskRegister EmoteChat EnvelopePortal ' +
  'GameRankNotify GameServerFeature GiftBroadcast GiftCollectionUpdate GiftDynamicRestriction ' +
  'GiftPanelUpdate GiftPrompt GoodyBag Guide Hashtag HourlyRank ImDelete InRoomBanner InRoomBannerRefresh ' +
  'Link LinkLayer LinkMic LinkMicAnchorGuide LinkMicLayoutState LinkScreenChange LinkState ' +
  'LinkmicBattleNotice LiveGameIntro MarqueeAnnouncement MsgDetect Notice OecLiveShopping ' +
  'PaidContentLiveShopping PartnershipCardChange PartnershipDownloadCount PartnershipDropsUpdate ' +
  'PartnershipGameOffline PartnershipPunish Perception PictionaryEnd PictionaryExit PictionaryStart ' +
  'PictionaryUpdate Poll PrivilegeAdvance QuestionDelete QuestionSelected QuestionSlideDown QuestionSwitch ' +
  'Room RoomNotify RoomPin RoomSticker RoomVerify Speaker SubPinEvent SubTimerSticker SubWave ' +
  'SubscriptionGuide System Toast UnauthorizedMember ViewerPicksUpdate WeeklyRankReward';

/** Spelled in full: they do not follow the pattern. */
const irregular = ['LinkMicMethod', 'RoomMessage', 'WebcastLinkMicMethod', 'WebcastDonationStickerModifyMethod'];

const ignored: ReadonlySet<string> = new Set([
  ...prefixed.split(' ').map((name) => `Webcast${name}Message`),
  ...irregular,
]);

export function isIgnored(method: string): boolean {
  return ignored.has(method);
}
