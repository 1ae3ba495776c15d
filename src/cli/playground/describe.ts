import { unreachable } from '../../base/assert.ts';
import type { BattleState } from '../../protocol/battle-state.ts';
import type {
  BattleEvent,
  BattleItemEvent,
  BattleTaskEvent,
  GiftEvent,
  MeksEvent,
  RankEvent,
  User,
} from '../../protocol/events.ts';
import { grouped, printable } from '../terminal.ts';

// One line of plain words for each event: what a person wants to know of it, without colours or columns.

export function describeEvent(event: MeksEvent): string {
  switch (event.kind) {
    case 'gift':
      return describeGift(event);
    case 'battle':
      return describeBattle(event);
    case 'score': {
      const values = event.sides.map((side) => `${side.id} ${grouped(side.value)}`);
      return `${event.basis}: ${values.join(', ')} (${event.cause})${describeState(event.state)}`;
    }
    case 'rank':
      return describeRank(event);
    case 'viewers':
      return `${grouped(event.current)} watching${event.total > 0 ? `, ${grouped(event.total)} so far` : ''}`;
    case 'like':
      return `${nameOf(event.user)} likes ${event.count} times, ${grouped(event.total)} in all`;
    case 'follow':
      return `${nameOf(event.user)} follows${event.followers > 0 ? `, ${grouped(event.followers)} followers` : ''}`;
    case 'share':
      return `${nameOf(event.user)} shares the LIVE`;
    case 'join':
      return `${nameOf(event.user)} joins`;
    case 'chat':
      return `${nameOf(event.user)}: ${printable(event.text)}`;
    case 'room':
      return [event.topic, event.user === null ? '' : nameOf(event.user), printable(event.text), describeValue(event)]
        .filter((part) => part !== '')
        .join(' ');
    case 'correction':
      return `${event.action} ${grouped(event.diamonds)} diamonds, ${nameOf(event.user)}: ${printable(event.reason)}`;
    case 'operator':
      return `${event.by === '' ? 'the broker' : printable(event.by, 30)}: ${event.change.list}`;
    case 'gap':
      return `${event.reason}, ${event.missed} messages missing, ${grouped(event.lengthMs)} ms`;
    default:
      return unreachable(event);
  }
}

export function nameOf(user: User): string {
  return user.handle === '' ? `#${user.id}` : `@${printable(user.handle, 30)}`;
}

function describeGift(event: GiftEvent): string {
  const { user, gift, count, diamonds, streak, standing, battle } = event;
  const gave = count === 0 ? 'ends a streak of' : `gives ${grouped(count)} x`;
  const receiver = event.receiver === '' ? '' : ` to #${event.receiver}`;
  const running = streak === null ? '' : ` (streak ${grouped(streak.total)}${streak.open ? '' : ', settled'})`;
  const total =
    standing === null ? '' : `, now ${grouped(standing.diamonds)}, rank ${standing.rank}/${standing.gifters}`;
  const side = battle === null ? '' : `, side ${battle.side} has ${grouped(battle.sideDiamonds)}`;
  const name = printable(gift.name === '' ? gift.id : gift.name, 30);
  return `${nameOf(user)} ${gave} ${name}${receiver}${running}: +${grouped(diamonds)}${total}${side}`;
}

function describeBattle(event: BattleEvent | BattleTaskEvent | BattleItemEvent): string {
  switch (event.change) {
    case 'state':
      return `${event.battleId} ${event.phase} (${event.form})${describeState(event.state)}`;
    case 'task':
      return `${event.battleId} speed challenge: ${event.step}, ${event.result}, ${event.progress}`;
    case 'item':
      return `${event.battleId} ${event.item} for ${event.durationSec} s, x${event.multiplier}`;
    default:
      return unreachable(event);
  }
}

function describeState(state: BattleState | null): string {
  return state === null || state.sides.length === 0 ? '' : `: ${describeBattleState(state)}`;
}

/** The sides of a battle as it stands: match points, and diamonds where MEKS counts them. */
export function describeBattleState(state: BattleState): string {
  const sides = state.sides.map(({ id, hosts, points, diamonds, outcome }) => {
    const name = hosts.length === 0 ? `#${id}` : hosts.map(nameOf).join('+');
    const counted = diamonds === null ? '' : ` (${grouped(diamonds)} diamonds)`;
    return `${name} ${points === null ? '?' : grouped(points)}${counted}${outcome === 'unknown' ? '' : ` ${outcome}`}`;
  });
  return sides.join(' - ');
}

function describeRank(event: RankEvent): string {
  const who = event.userId === '' ? '' : ` of #${event.userId}`;
  const score = event.score === null ? '' : `, score ${grouped(event.score)}`;
  return `${event.list}${who}: ${event.rank === 0 ? 'not placed' : `place ${event.rank}`}${score}`;
}

function describeValue(event: { value: number; target: number }): string {
  if (event.target > 0) return `${grouped(event.value)} of ${grouped(event.target)}`;
  return event.value > 0 ? grouped(event.value) : '';
}
