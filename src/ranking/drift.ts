import type { BattleState } from '../protocol/battle-state.ts';
import { gifterCause, type Reconciliation, type ReconciliationCause } from '../protocol/reconciliation.ts';
import type { GiftEvent, ScoreEvent, SideScore, ViewersEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import { sideOfHost } from './battle-sides.ts';
import type { BoardReader } from './board-reader.ts';

// Owns the comparison with upstream's own running totals of diamonds ("fan tickets"): how far apart, per host, and
// since when. What was apart at first sight was given before MEKS listened; what changes after a gap was lost in it;
// what changes while gifts of no known price are given is theirs; what is apart for a guest later on is what this
// room's feed did not carry. The rest has no known cause and is what an operator should look at. Upstream's totals run
// ahead of our gifts or behind them by a moment, so that a small `unknown` comes and goes.
// Bounded: limits.receiversMax hosts, further ones are not compared; three gifters of one army list.

export interface HostDrift {
  readonly hostId: string;
  /** Upstream's total. */
  readonly upstream: number;
  /** What MEKS counted from gift events, without corrections. */
  readonly own: number;
  /** upstream - own = joinedLate + gap + unknownGift + multiGuest + unknown. */
  readonly drift: number;
  /** Apart at first sight, and whenever upstream began to count anew. */
  readonly joinedLate: number;
  /** Came apart over an interruption. */
  readonly gap: number;
  /** Came apart while gifts of no known price were given. */
  readonly unknownGift: number;
  /** Came apart for a guest: not all that guests are given is in this room's feed. */
  readonly multiGuest: number;
  readonly unknown: number;
  /** Upstream's clock of its total; 0 = not said. */
  readonly at: number;
}

/** One of upstream's top gifters. Its coins and our diamonds are the same unit; its lists are seconds old. */
export interface ViewerDrift {
  readonly userId: string;
  readonly upstream: number;
  readonly own: number;
  readonly drift: number;
  /** null = not apart; `unknown` where several causes could be it, or none. */
  readonly cause: ReconciliationCause | null;
}

export interface DriftReport {
  readonly hosts: readonly HostDrift[];
  /** The hosts together; null = upstream has told no total. */
  readonly total: Reconciliation | null;
  /** Upstream's top viewers who have given something, by its account or by ours: against the session. */
  readonly viewers: readonly ViewerDrift[];
  /** Upstream's best of the own side in the battle on display, where it told their diamonds: against that side. */
  readonly army: readonly ViewerDrift[];
}

/** What the ranking counted for a receiver ('' = the host); null = no gift to them was seen. */
export type GivenTo = (receiver: string) => number | null;

/** Holds one of upstream's lists against a board. `total`: how far apart the room is, and why. */
function listDrift(
  list: readonly { readonly id: string; readonly upstream: number }[],
  board: BoardReader,
  total: Reconciliation | null,
): ViewerDrift[] {
  const found: ViewerDrift[] = [];
  for (const { id, upstream } of list) {
    const own = board.diamondsOf(id);
    if (own === 0 && upstream === 0) continue;
    const drift = upstream - own;
    found.push({ userId: id, upstream, own, drift, cause: gifterCause(drift, total) });
  }
  return found;
}

export class Drift {
  readonly #hosts = new Map<string, HostDrift>();
  /** Hosts whose total has been told since the last gap. */
  readonly #sinceGap = new Set<string>();
  /** Receivers ('' = the host) who were given something of no known price since their total was last told. */
  readonly #unpriced = new Set<string>();
  /** Upstream's newest best gifters of the own side, where it told their diamonds. */
  #army: { readonly battleId: string; readonly list: readonly { readonly id: string; readonly upstream: number }[] } = {
    battleId: '',
    list: [],
  };

  /** Something may have been missed: the next comparison says how much. */
  gap(): void {
    this.#sinceGap.clear();
  }

  /** A gift of no known price: the next comparison may say what it was worth. */
  gift(event: GiftEvent, receiver: string): void {
    if (event.gift.price !== 0 || event.count === 0) return;
    if (this.#unpriced.size < limits.receiversMax.value) this.#unpriced.add(receiver);
  }

  clear(): void {
    this.#hosts.clear();
    this.#sinceGap.clear();
    this.#unpriced.clear();
    this.#army = { battleId: '', list: [] };
  }

  /**
   * Upstream's running diamonds of hosts. Compared are those who were given something here: the room's host and guests.
   * Hosts of other rooms, and rivals whatever they were given here, are not.
   */
  totals(event: ScoreEvent, hostId: string, battle: BattleState | null, givenTo: GivenTo): void {
    for (const { id, value } of event.sides) {
      const receiver = id === hostId ? '' : id;
      const own = givenTo(receiver);
      const rival = receiver !== '' && battle !== null && sideOfHost(battle.sides, id) >= 0;
      if (id === '' || own === null || rival) continue;
      this.observe(id, value, own, event.scoredAt === 0 ? event.at : event.scoredAt, receiver);
    }
  }

  /** Upstream's best gifters of a battle's sides. */
  armies(battle: BattleState | null, sides: readonly SideScore[]): void {
    if (battle === null || battle.own < 0) return;
    const own = sides.find(({ id }) => sideOfHost(battle.sides, id) === battle.own);
    const list = (own?.top ?? []).flatMap(({ user, diamonds }) =>
      diamonds === null ? [] : [{ id: user.id, upstream: diamonds }],
    );
    if (list.length > 0) this.#army = { battleId: battle.battleId, list };
  }

  /** `receiver`: '' = the room's host, anybody else is a guest. */
  observe(hostId: string, upstream: number, own: number, at: number, receiver = ''): void {
    const before = this.#hosts.get(hostId);
    if (before === undefined && this.#hosts.size >= limits.receiversMax.value) return;
    if (before !== undefined && at < before.at) return;
    const drift = upstream - own;
    const apart = before ?? { joinedLate: 0, gap: 0, unknownGift: 0, multiGuest: 0, unknown: 0 };
    let { joinedLate, gap, unknownGift, multiGuest, unknown } = apart;
    const change = before === undefined ? drift : drift - before.drift;
    if (before === undefined || upstream < before.upstream) joinedLate += change;
    else if (!this.#sinceGap.has(hostId)) gap += change;
    else if (change > 0 && this.#unpriced.has(receiver)) unknownGift += change;
    else if (receiver !== '') multiGuest += change;
    else unknown += change;
    this.#sinceGap.add(hostId);
    this.#unpriced.delete(receiver);
    this.#hosts.set(hostId, { hostId, upstream, own, drift, joinedLate, gap, unknownGift, multiGuest, unknown, at });
  }

  all(): HostDrift[] {
    return [...this.#hosts.values()];
  }

  /** The hosts together; null = upstream has told no total. */
  total(): Reconciliation | null {
    if (this.#hosts.size === 0) return null;
    const sum = { counted: 0, upstream: 0, joinedLate: 0, gap: 0, unknownGift: 0, multiGuest: 0, unknown: 0 };
    for (const host of this.#hosts.values()) {
      sum.counted += host.own;
      sum.upstream += host.upstream;
      for (const cause of ['joinedLate', 'gap', 'unknownGift', 'multiGuest', 'unknown'] as const)
        sum[cause] += host[cause];
    }
    return sum;
  }

  /** `side`: the own side's board of the battle on display; null = there is none. */
  report(top: ViewersEvent['top'], session: BoardReader, battleId: string, side: BoardReader | null): DriftReport {
    const total = this.total();
    const army = side === null || this.#army.battleId !== battleId ? [] : listDrift(this.#army.list, side, total);
    const best = top.map(({ user, score }) => ({ id: user.id, upstream: score }));
    return { hosts: this.all(), total, viewers: listDrift(best, session, total), army };
  }

  save(): {
    readonly hosts: HostDrift[];
    readonly sinceGap: string[];
    readonly unpriced: string[];
    readonly army: {
      readonly battleId: string;
      readonly list: readonly { readonly id: string; readonly upstream: number }[];
    };
  } {
    return { hosts: this.all(), sinceGap: [...this.#sinceGap], unpriced: [...this.#unpriced], army: this.#army };
  }

  restore(saved: ReturnType<Drift['save']>): void {
    this.clear();
    for (const host of saved.hosts) this.#hosts.set(host.hostId, host);
    for (const hostId of saved.sinceGap) this.#sinceGap.add(hostId);
    for (const receiver of saved.unpriced) this.#unpriced.add(receiver);
    this.#army = saved.army;
  }
}
