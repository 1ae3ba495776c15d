import type { BattleSide } from '../protocol/battle-state.ts';
import { unknownUser, type BattleSideInfo, type ScoreEvent, type User } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { BattleInput } from './battle.ts';

// Who stands against whom in a battle, and with how many match points. Pure: every function makes new sides from old
// ones. Messages tell of sides in pieces and in any order: anchors or teams, with names or without, points newer or
// older.

/** What is known of the room that watches: to find its own side. '' = not known. */
export interface OwnRoom {
  readonly hostId: string;
  readonly handle: string;
  /** Upstream's id of the LIVE. */
  readonly liveId: string;
}

/** How the points of a message go together with those known: see `mergePoints`. */
export type PointsRule = 'replace' | 'raise' | 'ignore';

/** Puts the own side first, where it is known. */
export function ownFirst(sides: BattleSide[], own: number): BattleSide[] {
  if (own <= 0) return sides;
  return [sides[own]!, ...sides.filter((_, index) => index !== own)];
}

/** Index of the side that has the host; -1 where none has. */
export function sideOfHost(sides: readonly BattleSide[], hostId: string): number {
  if (hostId === '') return -1;
  for (let index = 0; index < sides.length; index++) {
    const side = sides[index]!;
    if (side.id === hostId) return index;
    for (let host = 0; host < side.hosts.length; host++) if (side.hosts[host]!.id === hostId) return index;
  }
  return -1;
}

/** The id of the room's host as these sides tell it, by LIVE id or handle; '' where they do not. */
export function hostInSides(sides: readonly BattleSideInfo[], room: OwnRoom): string {
  const handle = room.handle.toLowerCase();
  for (const side of sides) {
    // Rooms are told in the order of the hosts, but not of all of them.
    const place = side.rooms.length === side.hosts.length ? side.rooms.indexOf(room.liveId) : -1;
    if (room.liveId !== '' && place >= 0) return side.hosts[place]!.id;
    const named = side.hosts.find((host) => host.handle !== '' && host.handle.toLowerCase() === handle);
    if (named !== undefined) return named.id;
  }
  return '';
}

/** The sides after a message that names some. `ends`: it tells how the battle ended, so that outcomes count. */
export function mergeSides(
  known: readonly BattleSide[],
  told: readonly BattleSideInfo[],
  rule: PointsRule,
  ends: boolean,
): BattleSide[] {
  // Everybody a winner is what the wire makes of results that were left out.
  const allWin = told.length > 1 && told.every((side) => side.outcome === 'win');
  let sides = known.slice();
  for (const info of told) {
    const outcome = ends && !allWin ? info.outcome : 'unknown';
    const same = sides.findIndex((side) => side.id === info.id);
    if (same >= 0) {
      const merged = mergeSide(sides[same]!, info, rule, outcome);
      sides = sides.map((side) => (side.id === info.id ? merged : side)).filter((side) => !isAnchorOf(side, info));
      continue;
    }
    // One anchor of a team that is known: what it tells of the result is the team's.
    const team = sides.findIndex((side) => side.hosts.some((host) => host.id === info.id));
    if (team >= 0) {
      if (outcome !== 'unknown') sides[team] = { ...sides[team]!, outcome };
      continue;
    }
    // A team whose anchors were taken for sides of their own, in a battle joined in the middle: regrouped.
    sides = sides.filter((side) => !isAnchorOf(side, info));
    const { id, hosts, points, winStreak } = info;
    if (sides.length < limits.battleSidesMax.value)
      sides.push({ id, hosts, points, diamonds: null, outcome, winStreak });
  }
  return boundHosts(sides);
}

/**
 * The sides with as many hosts as an event has room for, whatever messages came together: the first of every side, then
 * the second of every side, and so on.
 */
function boundHosts(sides: BattleSide[]): BattleSide[] {
  let left = limits.battleHostsMax.value;
  if (sides.reduce((sum, side) => sum + side.hosts.length, 0) <= left) return sides;
  const kept = sides.map(() => 0);
  for (let place = 0; left > 0; place++) {
    for (let index = 0; index < sides.length && left > 0; index++) {
      if (place >= sides[index]!.hosts.length) continue;
      kept[index]!++;
      left--;
    }
  }
  return sides.map((side, index) => ({ ...side, hosts: side.hosts.slice(0, kept[index]) }));
}

/** How many of the hosts that a message tells have found no place on the sides. */
export function droppedHosts(event: BattleInput, sides: readonly BattleSide[]): number {
  if (event.kind !== 'battle' || event.change !== 'state') return 0;
  let dropped = 0;
  for (const { hosts } of event.sides) for (const { id } of hosts) if (sideOfHost(sides, id) < 0) dropped++;
  return dropped;
}

/** True for a side of its own that is one of a team's anchors: nobody stands on two sides. */
function isAnchorOf(side: BattleSide, team: BattleSideInfo): boolean {
  return side.id !== team.id && team.hosts.some((host) => host.id === side.id);
}

function mergeSide(
  side: BattleSide,
  info: BattleSideInfo,
  rule: PointsRule,
  outcome: BattleSide['outcome'],
): BattleSide {
  return {
    ...side,
    hosts: mergeHosts(hostsBeyondId(side, info), info.hosts),
    points: mergePoints(side.points, info.points, rule),
    outcome: outcome === 'unknown' ? side.outcome : outcome,
    winStreak: info.winStreak ?? side.winStreak,
  };
}

/**
 * The hosts of a side; without the one that stood for a team of which points alone were told, once its own are told.
 */
function hostsBeyondId(side: BattleSide, info: BattleSideInfo): readonly User[] {
  if (info.hosts.length === 0 || info.hosts.some((host) => host.id === side.id)) return side.hosts;
  return side.hosts.filter((host) => host.id !== side.id || isNamed(host));
}

/** The newest profile of each host; one that is nothing but an id replaces nobody. */
function mergeHosts(known: readonly User[], told: readonly User[]): User[] {
  const hosts = known.map((host) => told.find((other) => other.id === host.id && isNamed(other)) ?? host);
  for (const host of told) if (!hosts.some((other) => other.id === host.id)) hosts.push(host);
  return hosts.slice(0, limits.battleSidesMax.value);
}

function isNamed(user: User): boolean {
  return user.handle !== '' || user.name !== '';
}

/**
 * `replace`: the message is newer. `raise`: as old, or of unknown age; points do not fall in a battle. `ignore`: older.
 */
export function mergePoints(known: number | null, told: number | null, rule: PointsRule): number | null {
  if (told === null) return known;
  if (known === null || rule === 'replace') return told;
  return rule === 'raise' ? Math.max(known, told) : known;
}

/**
 * The sides after upstream's running points. A side gets the value under its own id, or the sum over its hosts where
 * every one of them has a value. Ids that belong to nobody known are sides that nobody has told of yet.
 */
export function scoreSides(known: readonly BattleSide[], scores: ScoreEvent['sides'], rule: PointsRule): BattleSide[] {
  const sides = known.map((side) => ({ ...side }));
  for (const side of sides) side.points = mergePoints(side.points, pointsOf(side, scores), rule);
  for (const score of scores) {
    if (sideOfHost(sides, score.id) >= 0 || sides.length >= limits.battleSidesMax.value) continue;
    sides.push({
      id: score.id,
      hosts: [unknownUser(score.id)],
      points: score.value,
      diamonds: null,
      outcome: 'unknown',
      winStreak: null,
    });
  }
  return boundHosts(sides);
}

function pointsOf(side: BattleSide, scores: ScoreEvent['sides']): number | null {
  const own = scores.find((score) => score.id === side.id);
  if (own !== undefined) return own.value;
  let sum = side.hosts.length === 0 ? null : 0;
  for (const host of side.hosts) {
    const value = scores.find((score) => score.id === host.id)?.value;
    sum = sum === null || value === undefined ? null : sum + value;
  }
  return sum;
}

/** True where diamonds were counted for a side that is no more: a battle was regrouped. */
export function losesCount(before: readonly BattleSide[], after: readonly BattleSide[]): boolean {
  return before.some((side) => (side.diamonds ?? 0) > 0 && !after.some((other) => other.id === side.id));
}
