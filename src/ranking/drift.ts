import type { ViewersEvent } from '../protocol/events.ts';
import { limits } from '../protocol/limits.ts';
import type { BoardReader } from './board-reader.ts';

// Owns the comparison with upstream's own running totals of diamonds ("fan tickets"): how far apart, per host, and
// since when. What was apart at first sight was given before MEKS listened; what changes after a gap was lost in it;
// the rest has no known cause and is what an operator should look at. Upstream's totals run ahead of our gifts or
// behind them by a moment, so that a small `unknown` comes and goes. Bounded: limits.receiversMax hosts; further ones
// are not compared.

export interface HostDrift {
  readonly hostId: string;
  /** Upstream's total. */
  readonly upstream: number;
  /** What MEKS counted from gift events, without corrections. */
  readonly own: number;
  /** upstream - own = joinedLate + gap + unknown. */
  readonly drift: number;
  /** Apart at first sight, and whenever upstream began to count anew. */
  readonly joinedLate: number;
  /** Came apart over an interruption. */
  readonly gap: number;
  readonly unknown: number;
  /** Upstream's clock of its total; 0 = not said. */
  readonly at: number;
}

/** One of upstream's top viewers. Its coins and our diamonds are the same unit; its list is seconds old. */
export interface ViewerDrift {
  readonly userId: string;
  readonly upstream: number;
  readonly own: number;
  readonly drift: number;
}

export interface DriftReport {
  readonly hosts: readonly HostDrift[];
  /** Upstream's top viewers who have given something, by its account or by ours. */
  readonly viewers: readonly ViewerDrift[];
}

/** Holds upstream's newest list of top viewers against the session board. */
export function viewerDrift(top: ViewersEvent['top'], session: BoardReader): ViewerDrift[] {
  const found: ViewerDrift[] = [];
  for (const { user, score } of top) {
    const own = session.standingOf(user.id)?.diamonds ?? 0;
    if (own !== 0 || score !== 0) found.push({ userId: user.id, upstream: score, own, drift: score - own });
  }
  return found;
}

export class Drift {
  readonly #hosts = new Map<string, HostDrift>();
  /** Hosts whose total has been told since the last gap. */
  readonly #sinceGap = new Set<string>();

  /** Something may have been missed: the next comparison says how much. */
  gap(): void {
    this.#sinceGap.clear();
  }

  clear(): void {
    this.#hosts.clear();
    this.#sinceGap.clear();
  }

  observe(hostId: string, upstream: number, own: number, at: number): void {
    const before = this.#hosts.get(hostId);
    if (before === undefined && this.#hosts.size >= limits.receiversMax.value) return;
    if (before !== undefined && at < before.at) return;
    const drift = upstream - own;
    let { joinedLate, gap, unknown } = before ?? { joinedLate: 0, gap: 0, unknown: 0 };
    const change = before === undefined ? drift : drift - before.drift;
    if (before === undefined || upstream < before.upstream) joinedLate += change;
    else if (!this.#sinceGap.has(hostId)) gap += change;
    else unknown += change;
    this.#sinceGap.add(hostId);
    this.#hosts.set(hostId, { hostId, upstream, own, drift, joinedLate, gap, unknown, at });
  }

  all(): HostDrift[] {
    return [...this.#hosts.values()];
  }

  save(): { readonly hosts: HostDrift[]; readonly sinceGap: string[] } {
    return { hosts: this.all(), sinceGap: [...this.#sinceGap] };
  }

  restore(saved: { readonly hosts: readonly HostDrift[]; readonly sinceGap: readonly string[] }): void {
    this.clear();
    for (const host of saved.hosts) this.#hosts.set(host.hostId, host);
    for (const hostId of saved.sinceGap) this.#sinceGap.add(hostId);
  }
}
