import type { Random } from '../../base/random.ts';
import { cookiesOf, socketUrl, userAgent } from './client.ts';
import type { ConnectPlan, RoomBefore, Route } from '../upstream/plan.ts';
import { RoomFinder } from './room-finder.ts';
import type { RoomFinderOptions } from './room-finder.ts';

/** The creator's LIVE without a sign service: a visitor's cookie is all that the direct socket asks for. */
export class DirectRoute implements Route {
  readonly target: string;
  readonly #options: RoomFinderOptions & { readonly random: Random };
  readonly #finder: RoomFinder;

  constructor(options: RoomFinderOptions & { readonly random: Random }) {
    this.target = `@${options.handle}`;
    this.#options = options;
    this.#finder = new RoomFinder(options);
  }

  async plan(signal: AbortSignal, before: RoomBefore | null): Promise<ConnectPlan> {
    const { handle, hosts, random } = this.#options;
    const lookup = await this.#finder.find(signal, before, []);
    if (lookup.kind === 'failed') return { kind: 'failed', detail: lookup.reason, waitMs: 0 };
    if (lookup.kind === 'offline') return { kind: 'offline', detail: `@${handle} is not live` };
    const home = await this.#finder.get(`${hosts.web}/`, signal);
    const cookie =
      home.kind === 'answer' ? cookiesOf(home.headers.getSetCookie().filter((line) => line.startsWith('ttwid='))) : '';
    if (cookie === '') return { kind: 'failed', detail: 'TikTok gave no visitor cookie (ttwid)', waitMs: 0 };
    const { roomId, paused } = lookup;
    const url = socketUrl(hosts.socket, {
      room_id: roomId,
      ws_direct: '1',
      rtt: String(50 + random.int(150)),
      cursor: '',
    });
    const headers = { cookie, 'user-agent': userAgent };
    return { kind: 'connect', url, headers, roomId, cursor: '', backlog: [], paused };
  }
}
