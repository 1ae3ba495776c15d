import type { ScoreEvent, SideScore } from '../protocol/events.ts';
import { armiesTrigger } from '../protocol/webcast/values.ts';
import type {
  UserArmies,
  WebcastLinkMicArmies,
  WebcastLinkMicFanTicketMethod,
} from '../protocol/webcast/webcast_pb.ts';
import { readBattleId, readSettings } from './battle.ts';
import { battlePerson, readId, readName, readPicture, readTime } from './read.ts';
import type { Handled, Turn } from './turn.ts';

// Upstream's own running totals: match points of a battle ("armies") and diamonds by host or guest ("fan tickets").

/** Match points. About one a change of score; the clock of the score, not the order of arrival, says which is newer. */
export function armies(message: WebcastLinkMicArmies, turn: Turn): Handled {
  const battleId = readBattleId(message.battleId, message.battleSettings);
  if (battleId === '') return turn.quarantine('battle-missing', 'points without their battle');
  const sides = message.teamArmies.length > 0 ? teamScores(message, turn) : anchorScores(message, turn);
  if (sides.length === 0) return 'ignored';
  const { form, startAt, durationSec, extraSec } = readSettings(message.battleSettings, turn);
  turn.out.push({
    kind: 'score',
    id: turn.nextId(),
    at: turn.at,
    basis: 'points',
    battleId,
    scoredAt: readTime(message.updateBattleScoreTime, turn.raw.receivedAt),
    startAt,
    durationSec,
    extraSec,
    form,
    sides,
    cause: causeOf(message),
    state: null,
  });
  return 'events';
}

function anchorScores(message: WebcastLinkMicArmies, turn: Turn): SideScore[] {
  const rows = turn.rows(message.armies.length);
  const sides: SideScore[] = [];
  for (let index = 0; index < rows; index++) {
    const { key, value } = message.armies[index]!;
    const id = readId(key);
    if (id !== '' && value !== undefined)
      sides.push({ id, value: turn.number(value.hostScore), top: topOf(value, turn) });
  }
  return sides;
}

function teamScores(message: WebcastLinkMicArmies, turn: Turn): SideScore[] {
  const rows = turn.rows(message.teamArmies.length);
  const sides: SideScore[] = [];
  for (let index = 0; index < rows; index++) {
    const team = message.teamArmies[index]!;
    const id = readId(team.teamId);
    if (id !== '') sides.push({ id, value: turn.number(team.teamTotalScore), top: topOf(team.userArmies, turn) });
  }
  return sides;
}

/** Upstream names the three largest contributors of a side. */
function topOf(side: UserArmies | undefined, turn: Turn): SideScore['top'] {
  if (side === undefined) return [];
  const rows = turn.rows(side.userArmies.length);
  const top: SideScore['top'][number][] = [];
  for (let index = 0; index < rows; index++) {
    const army = side.userArmies[index]!;
    const id = readId(army.userId);
    if (id === '' || !turn.person()) continue;
    const avatar = readPicture(army.avatarThumb);
    const user = battlePerson({ id, handle: '', name: readName(army.nickname), avatar });
    // Absent in 2023, and 0 for who only liked: not told, either way.
    const diamonds = army.diamondScore === '0' ? null : turn.number(army.diamondScore);
    top.push({ user, points: turn.number(army.score), diamonds });
  }
  return top;
}

function causeOf(message: WebcastLinkMicArmies): ScoreEvent['cause'] {
  switch (message.triggerReason) {
    case armiesTrigger.score:
      return readId(message.giftId) === '' ? 'like' : 'gift';
    case armiesTrigger.battleEnd:
      return 'end';
    case armiesTrigger.effect:
      return 'effect';
    default:
      return 'other';
  }
}

/** Running diamonds of each host and guest: what the room's own count can be compared with. */
export function fanTickets(message: WebcastLinkMicFanTicketMethod, turn: Turn): Handled {
  const notice = message.fanTicketRoomNotice;
  if (notice === undefined) return 'ignored';
  const rows = turn.rows(notice.userFanTicket.length);
  const sides: SideScore[] = [];
  for (let index = 0; index < rows; index++) {
    const ticket = notice.userFanTicket[index]!;
    const id = readId(ticket.userId);
    if (id !== '') sides.push({ id, value: turn.number(ticket.fanTicket), top: [] });
  }
  if (sides.length === 0) return 'ignored';
  turn.out.push({
    kind: 'score',
    id: turn.nextId(),
    at: turn.at,
    basis: 'diamonds',
    battleId: readId(notice.matchId),
    scoredAt: readTime(notice.eventTime, turn.raw.receivedAt),
    sides,
    cause: 'other',
    state: null,
  });
  return 'events';
}
