import { type Random, seededRandom } from '../../src/base/random.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { SimulatedDisk } from '../../src/journal/simulation/simulation.ts';
import { MeksError } from '../../src/protocol/errors.ts';
import type { MeksEvent } from '../../src/protocol/events.ts';
import { encodeEventFrame } from '../../src/protocol/frames.ts';
import { pinned, World } from '../../src/ranking/fixture.ts';
import { type RankedStanding, Ranking } from '../../src/ranking/ranking.ts';
import { Life } from './log-life.ts';

// A room's past with everything in it that may happen to a ranking, as a log on a simulated disk, and what the
// ranking said at positions along the way: the oracle of the history.

/** What the ranking knew at one position. */
export interface Moment {
  readonly seq: number;
  readonly startSeq: number;
  readonly board: readonly RankedStanding[];
  readonly diamonds: number;
  readonly gifters: number;
  /** Boards of the battle on display by the names of its sides. */
  readonly sides: readonly { readonly battleId: string; readonly side: string; readonly board: RankedStanding[] }[];
}

export interface Past {
  readonly life: Life;
  readonly moments: Moment[];
  readonly ranking: Ranking;
  /** Appends `count` more events, and notes a moment now and then. */
  go(count: number): void;
}

export function pastWorld(seed: number, gifters = 60): Past {
  const clock = new VirtualClock();
  const life = new Life(new SimulatedDisk(clock), clock, { segmentBytesMax: 65_536, ringBytes: 1_048_576 });
  return continuePast(life, seed, gifters);
}

/** A past that goes on in another life, with a ranking of its own. */
export function continuePast(life: Life, seed: number, gifters = 60): Past {
  const random = seededRandom(seed);
  const world = new World(random.fork(), { gifters, paceMs: 400 });
  const ranking = new Ranking({ room: { id: '1', handle: 'solene' }, hostId: '1' });
  const moments: Moment[] = [];
  let seq = life.nextSeq - 1;
  for (const text of life.recovered.events) {
    const { seq: at, ...event } = JSON.parse(text) as { seq: number } & MeksEvent;
    ranking.apply(at, event);
  }
  const go = (count: number): void => {
    for (let left = count; left > 0; left--) {
      const asked = random.chance(0.02) ? askedFor(ranking, random, seq) : null;
      const pin = random.chance(0.01) ? { ...pinned(String(100 + random.int(gifters))), id: `pin-${seq}` } : null;
      const event = asked ?? pin ?? world.next();
      ranking.apply(++seq, event);
      life.journal.append(seq, Buffer.from(encodeEventFrame(seq, event)));
      if (left % 100 === 0) life.clock.advance(1);
      if (random.chance(0.02)) moments.push(momentOf(ranking, seq));
    }
    life.clock.advance(5);
  };
  return { life, moments, ranking, go };
}

/** An undo, a voided gift or an attributed one, as an operator asks for it; null = there is nothing to ask. */
function askedFor(ranking: Ranking, random: Random, seq: number): MeksEvent | null {
  const base = { id: `asked-${seq}`, reason: 'test', by: 'operator' };
  const undoable = ranking.ledger().filter((entry) => entry.open);
  const gift = ranking.view.recentGifts.at(-1)?.id;
  const battle = random.chance(0.5) ? ranking.view.battle : ranking.formerBattle;
  const side = battle === null || battle.sides.length === 0 ? null : random.pick(battle.sides);
  const to = side === null ? null : { battleId: battle!.battleId, sideId: side.id };
  try {
    if (undoable.length > 0 && random.chance(0.5))
      return ranking.correctionOf({ ...base, action: 'undo', undoes: random.pick(undoable).id }, 1);
    if (gift === undefined) return null;
    if (random.chance(0.3)) return ranking.correctionOf({ ...base, action: 'void-gift', gift }, 1);
    return ranking.correctionOf({ ...base, action: 'attribute', gift, to }, 1);
  } catch (error) {
    if (error instanceof MeksError) return null;
    throw error;
  }
}

function momentOf(ranking: Ranking, seq: number): Moment {
  const { session, battle } = ranking.view;
  const rows = (scope: Parameters<Ranking['board']>[0]): RankedStanding[] => ranking.board(scope)?.top(1000) ?? [];
  const sides =
    battle === null ? [] : battle.sides.map(({ id }, side) => ({ id, board: rows({ kind: 'side', side }) }));
  return {
    seq,
    startSeq: session.startSeq,
    board: rows({ kind: 'session' }),
    diamonds: session.diamonds,
    gifters: session.gifters,
    sides: sides.map(({ id, board }) => ({ battleId: battle!.battleId, side: id, board })),
  };
}
