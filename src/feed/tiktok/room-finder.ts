import type { Clock } from '../../base/clock.ts';
import type { ReportProblem } from '../feed.ts';
import { userAgent } from './client.ts';
import type { UpstreamCounters } from '../upstream/counters.ts';
import { httpGet } from './http.ts';
import type { HttpOutcome } from './http.ts';
import { readLivePage, readRoomInfo, readUserRoom } from './room-lookup.ts';
import type { Lookup, TiktokHosts } from './room-lookup.ts';
import type { RoomBefore } from '../upstream/plan.ts';
import type { UpstreamTiming } from '../upstream/timing.ts';

// Asks where the LIVE is. A room that was there a moment ago is only asked whether it is over: a reconnect costs one
// request, not four.

export interface RoomFinderOptions {
  readonly handle: string;
  readonly hosts: TiktokHosts;
  readonly clock: Clock;
  readonly timing: UpstreamTiming;
  readonly counters: UpstreamCounters;
  readonly report: ReportProblem;
}

export class RoomFinder {
  readonly #options: RoomFinderOptions;

  constructor(options: RoomFinderOptions) {
    this.#options = options;
  }

  /** `before`: see Route.plan. `more` is tried after TikTok's own two routes. */
  async find(
    signal: AbortSignal,
    before: RoomBefore | null,
    more: readonly (() => Promise<Lookup>)[],
  ): Promise<Lookup> {
    const { handle, hosts, counters, report } = this.#options;
    counters.add('lookups');
    if (before?.inDoubt === false) return this.#confirm({ kind: 'room', roomId: before.roomId }, signal);
    const api = `${hosts.web}/api-live/user/room/?uniqueId=${handle}&sourceType=54&aid=1988`;
    const routes = [
      { name: 'page', look: async () => readLivePage(await this.get(`${hosts.web}/@${handle}/live`, signal)) },
      { name: "the page's API", look: async () => readUserRoom(await this.get(api, signal)) },
      ...more.map((look) => ({ name: 'sign service', look })),
    ];
    const reasons: string[] = [];
    for (const { name, look } of routes) {
      const lookup = await look();
      if (signal.aborted) return { kind: 'failed', reason: 'stopped' };
      if (lookup.kind !== 'failed') return this.#confirm(lookup, signal);
      reasons.push(`${name}: ${lookup.reason}`);
    }
    const reason = `the room of @${handle} was not found: ${reasons.join('; ')}`;
    report({ code: 'room-lookup', message: before === null ? reason : `${reason}; the last one is tried again` });
    return before === null
      ? { kind: 'failed', reason }
      : this.#confirm({ kind: 'room', roomId: before.roomId }, signal);
  }

  get(url: string, signal: AbortSignal): Promise<HttpOutcome> {
    const { clock, timing } = this.#options;
    const headers = { 'user-agent': userAgent, 'accept-language': 'en-US,en;q=0.9' };
    return httpGet(url, { clock, timeoutMs: timing.httpMs, headers, signal });
  }

  /** The lookups lag behind: room info knows first that a LIVE is over, and it alone tells of a pause. */
  async #confirm(lookup: Lookup, signal: AbortSignal): Promise<Lookup> {
    if (lookup.kind !== 'room') return lookup;
    const { hosts } = this.#options;
    const info = await this.get(`${hosts.webcast}/webcast/room/info/?aid=1988&room_id=${lookup.roomId}`, signal);
    const state = readRoomInfo(info);
    if (state === 'over') return { kind: 'offline' };
    return state === 'unclear' ? lookup : { ...lookup, paused: state === 'paused' };
  }
}
