import type { Clock } from '../base/clock.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { BattleEvent, MeksEvent } from '../protocol/events.ts';
import { isUnderWay } from '../protocol/room-view.ts';
import type { Ranking } from '../ranking/ranking.ts';

// A battle whose end nobody told: it fell into a gap, or the creator ended the LIVE in the middle, perhaps while nobody
// listened. Without a word it would be under way until the next battle, hours later: its clock at zero, and alerts that
// are meant for the time without battles silent. So the broker says it with an event, and the battle ends as if
// upstream had. What upstream still tells (points, who won) is taken in all the same. An invitation that nobody answers
// would stay as long. Owns since when nothing was told of the battle on display.

/** Upstream tells an end within four seconds, and extra time that was not heard of is half a minute at most. */
const overdueMs = 60_000;
/** What was sent before a LIVE ended has come by then. */
const settlingMs = 5_000;
/** Invitations stand for half a minute or less. */
const unansweredMs = 120_000;

export class UnseenEnd {
  readonly #clock: Clock;
  /** The battle when it was looked at last: another object after each event that tells of it. */
  #battle: BattleState | null = null;
  #sinceMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Called about once a second: appends the event that ends the battle where nobody else has. */
  look({ view, aging }: Pick<Ranking, 'view' | 'aging'>, out: MeksEvent[]): void {
    const { battle, session, source } = view;
    const nowMs = this.#clock.nowMs();
    if (battle !== this.#battle) {
      this.#battle = battle;
      this.#sinceMs = nowMs;
    }
    if (battle === null) return;
    const quietForMs = nowMs - this.#sinceMs;
    const time = aging.time();
    if (battle.phase === 'invited' && quietForMs >= unansweredMs) out.push(endOf(battle, 'declined', time));
    if (!isUnderWay(battle)) return;
    const isUp = battle.dueAt !== 0 && time >= battle.dueAt;
    const isOff = session.status === 'ended' || session.status === 'suspended';
    const isGone = source === 'offline' || (isUp && time - battle.dueAt >= overdueMs);
    if (quietForMs < (isOff ? settlingMs : isGone ? overdueMs : Number.POSITIVE_INFINITY)) return;
    // Whether it came to its end in a LIVE that ended unheard nobody knows: that it is over is all there is to say.
    out.push(endOf(battle, isOff && !isUp ? 'cut-short' : 'finished', time));
  }
}

function endOf({ battleId }: BattleState, phase: BattleEvent['phase'], at: number): BattleEvent {
  return {
    kind: 'battle',
    id: `unseen-end-${battleId}-${at}`,
    at,
    change: 'state',
    battleId,
    phase,
    form: 'unknown',
    startAt: 0,
    durationSec: 0,
    extraSec: 0,
    endAt: 0,
    sides: [],
    state: null,
  };
}
