import { isFieldSet } from '@bufbuild/protobuf';
import {
  unknownUser,
  type BattleEvent,
  type BattleOutcome,
  type BattlePhase,
  type BattleSideInfo,
  type User,
} from '../protocol/events.ts';
import { battleAction, battleResult, battleStatus, battleType } from '../protocol/webcast/values.ts';
import {
  BattleResultSchema,
  TeamResultSchema,
  type BattleSettings,
  type WebcastLinkMicBattle,
  type WebcastLinkMicBattlePunishFinish,
} from '../protocol/webcast/webcast_pb.ts';
import { readBattleUser, readId, readTime } from './read.ts';
import type { Handled, Turn } from './turn.ts';

// Battles as upstream tells them: what has happened (phase), and the sides with points and results. The state machine
// is the ranking's. TikTok's WIN is 0, which the wire leaves out: a result is read as a win only where the message
// ends a battle, names the side, says that another side lost, and the points do not contradict it.

/** Longest battle and extra time believed, in seconds: a day. */
const durationSecMax = 86_400;

type BattleForm = BattleEvent['form'];

export function battle(message: WebcastLinkMicBattle, turn: Turn): Handled {
  const settings = message.battleSettings;
  const battleId = readBattleId(message.battleId, settings);
  if (battleId === '') return turn.quarantine('battle-missing', 'battle without its id');
  const phase = phaseOf(message.action, settings?.status ?? battleStatus.notStarted);
  if (phase === null) return 'ignored';
  const ended = phase === 'finished' || phase === 'cut-short';
  const sides = isTeamBattle(message) ? teamSides(message, turn, ended) : anchorSides(message, turn, ended);
  return emitState(turn, battleId, phase, settings, sides);
}

/** The end of victory lap or punishment: over for good. It may come twice, with different message ids. */
export function punishFinish(message: WebcastLinkMicBattlePunishFinish, turn: Turn): Handled {
  const battleId = readBattleId(message.battleId, message.battleSettings);
  if (battleId === '') return turn.quarantine('battle-missing', 'punish-finish without its battle');
  if (!turn.memory.ids.add(settledKey(battleId))) return 'duplicate';
  return emitState(turn, battleId, 'settled', message.battleSettings, []);
}

/** What the window of ids remembers of a battle that is over for good. */
export function settledKey(battleId: string): string {
  return `settled-${battleId}`;
}

export function readBattleId(own: string, settings: BattleSettings | undefined): string {
  const id = readId(own);
  return id === '' && settings !== undefined ? readId(settings.battleId) : id;
}

/** null = says nothing about how far the battle is: a request to quit, a refusal of it, somebody leaving. */
function phaseOf(action: number, status: number): BattlePhase | null {
  switch (action) {
    case battleAction.invite:
    case battleAction.accept:
      return 'invited';
    case battleAction.reject:
    case battleAction.cancel:
      return 'declined';
    case battleAction.open:
      return 'open';
    case battleAction.finish:
      return 'finished';
    case battleAction.cutShort:
      return 'cut-short';
    default:
  }
  if (status === battleStatus.punishStarted) return 'punish';
  return status === battleStatus.punishFinished ? 'settled' : null;
}

function formOf(type: number): BattleForm {
  if (type === battleType.normal) return 'duel';
  if (type === battleType.team) return 'team';
  if (type === battleType.individual) return 'individual';
  return type === battleType.oneVersusMany ? 'one-vs-many' : 'unknown';
}

/** What a battle is like, as its own messages and its scores tell. 0 and 'unknown' = not said. */
export function readSettings(
  settings: BattleSettings | undefined,
  turn: Turn,
): Pick<BattleEvent, 'form' | 'startAt' | 'durationSec' | 'extraSec'> {
  if (settings === undefined) return { form: 'unknown', startAt: 0, durationSec: 0, extraSec: 0 };
  return {
    form: formOf(settings.battleType),
    startAt: readTime(settings.startTimeMs, turn.raw.receivedAt),
    durationSec: turn.number(settings.duration, durationSecMax),
    extraSec: turn.number(settings.extraDurationSecond, durationSecMax),
  };
}

function emitState(
  turn: Turn,
  battleId: string,
  phase: BattlePhase,
  settings: BattleSettings | undefined,
  sides: BattleSideInfo[],
): Handled {
  const { form, startAt, durationSec, extraSec } = readSettings(settings, turn);
  turn.out.push({
    kind: 'battle',
    id: turn.nextId(),
    at: turn.at,
    change: 'state',
    battleId,
    phase,
    form,
    startAt,
    durationSec,
    extraSec,
    endAt: settings === undefined ? 0 : readTime(settings.endTimeMs, turn.raw.receivedAt),
    sides,
    state: null,
  });
  return 'events';
}

function isTeamBattle(message: WebcastLinkMicBattle): boolean {
  return (
    message.teamBattleResult.length > 0 ||
    message.teamArmies.length > 0 ||
    (message.teamMember.length > 0 && message.battleSettings?.battleType === battleType.team)
  );
}

/** A side as it is put together from the parts of a message that name it. */
interface SideDraft {
  readonly id: string;
  readonly hostIds: string[];
  points: number | null;
  /** TikTok's result where the message ends the battle and has an entry for this side; null = no entry. */
  result: number | null;
  /** Whether that result was written, not left to be the default. */
  written: boolean;
  winStreak: number | null;
}

/** The side of that id, begun where it is new; null at the bound, or without an id. */
function sideOf(drafts: SideDraft[], id: string, turn: Turn): SideDraft | null {
  if (id === '') return null;
  for (const draft of drafts) if (draft.id === id) return draft;
  if (turn.rows(drafts.length + 1) === drafts.length) return null;
  const draft: SideDraft = { id, hostIds: [], points: null, result: null, written: false, winStreak: null };
  drafts.push(draft);
  return draft;
}

function addHost(draft: SideDraft, id: string, turn: Turn): void {
  if (id === '' || draft.hostIds.includes(id)) return;
  if (turn.person()) draft.hostIds.push(id);
}

/** Every anchor is a side. */
function anchorSides(message: WebcastLinkMicBattle, turn: Turn, ended: boolean): BattleSideInfo[] {
  const drafts: SideDraft[] = [];
  for (const { key, value } of message.anchorsInfo) {
    const draft = sideOf(drafts, readId(key) || readId(value?.user?.userId ?? ''), turn);
    if (draft !== null) addHost(draft, draft.id, turn);
  }
  for (const { key, value } of message.armies) {
    const draft = sideOf(drafts, readId(key), turn);
    if (draft !== null && value !== undefined) draft.points = turn.number(value.hostScore);
  }
  for (const { key, value } of message.battleResult) {
    const draft = sideOf(drafts, readId(key) || readId(value?.userId ?? ''), turn);
    if (draft === null || value === undefined) continue;
    draft.points = turn.number(value.score);
    if (ended) setResult(draft, value.result, isFieldSet(value, BattleResultSchema.field.result));
  }
  for (const { key, value } of message.battleCombo)
    for (const draft of drafts)
      if (draft.id === readId(key) && value !== undefined) draft.winStreak = turn.number(value.comboCount);
  for (const draft of drafts) addHost(draft, draft.id, turn);
  return finishSides(drafts, message);
}

/** Every team is a side; `battleResult` and `armies` list one anchor of each and are not read. */
function teamSides(message: WebcastLinkMicBattle, turn: Turn, ended: boolean): BattleSideInfo[] {
  const drafts: SideDraft[] = [];
  for (const team of message.teamMember) {
    const draft = sideOf(drafts, readId(team.teamId), turn);
    if (draft !== null) for (const id of team.userId) addHost(draft, readId(id), turn);
  }
  for (const team of message.teamArmies) {
    const draft = sideOf(drafts, readId(team.teamId), turn);
    if (draft === null) continue;
    for (const { userId } of team.teamUser) addHost(draft, readId(userId), turn);
    draft.points = turn.number(team.teamTotalScore);
  }
  for (const team of message.teamBattleResult) {
    const draft = sideOf(drafts, readId(team.teamId), turn);
    if (draft === null) continue;
    for (const { userId } of team.teamUser) addHost(draft, readId(userId), turn);
    draft.points = turn.number(team.totalScore);
    if (ended) setResult(draft, team.result, isFieldSet(team, TeamResultSchema.field.result));
  }
  return finishSides(drafts, message);
}

function setResult(draft: SideDraft, result: number, written: boolean): void {
  draft.result = result;
  draft.written = written;
}

function finishSides(drafts: SideDraft[], message: WebcastLinkMicBattle): BattleSideInfo[] {
  return drafts.map((draft) => ({
    id: draft.id,
    hosts: draft.hostIds.map((id) => hostOf(message, id)),
    rooms: draft.hostIds.map((id) => roomOf(message, id)).filter((id) => id !== ''),
    points: draft.points,
    outcome: outcomeOf(draft, drafts),
    winStreak: draft.winStreak,
  }));
}

function hostOf(message: WebcastLinkMicBattle, id: string): User {
  for (const { value } of message.anchorsInfo) {
    const user = readBattleUser(value?.user);
    if (user !== null && user.id === id) return user;
  }
  return unknownUser(id);
}

function roomOf(message: WebcastLinkMicBattle, hostId: string): string {
  for (const { value } of message.anchorsInfo)
    if (value?.user !== undefined && readId(value.user.userId) === hostId) return readId(value.user.roomId);
  return '';
}

/**
 * What a side came to. A defeat and a draw are said outright. A win is the default of the wire: it is believed when it
 * was written all the same or somebody else lost, and nobody who lost has more points.
 */
function outcomeOf(side: SideDraft, sides: readonly SideDraft[]): BattleOutcome {
  if (side.result === null) return 'unknown';
  if (side.result === battleResult.lose) return 'lose';
  if (side.result === battleResult.draw) return 'draw';
  if (side.result !== battleResult.win) return 'unknown';
  let lost = false;
  for (const other of sides) {
    if (other === side || other.result !== battleResult.lose) continue;
    lost = true;
    if ((other.points ?? 0) > (side.points ?? 0)) return 'unknown';
  }
  return lost || side.written ? 'win' : 'unknown';
}
