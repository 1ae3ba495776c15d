import { MeksError } from '../protocol/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { Feed, FeedMetrics, FeedSink, ReportProblem } from './feed.ts';
import { makeUpstreamCounters } from './upstream/counters.ts';
import { WebcastConnection } from './tiktok/connection.ts';
import { DirectRoute } from './tiktok/direct-route.ts';
import { DirectUrlRoute } from './upstream/plan.ts';
import type { Route } from './upstream/plan.ts';
import { defaultHosts } from './tiktok/room-lookup.ts';
import type { TiktokHosts } from './tiktok/room-lookup.ts';
import { Session } from './upstream/session.ts';
import { SignedRoute } from './tiktok/signed-route.ts';
import { defaultTiming } from './upstream/timing.ts';
import type { UpstreamTiming } from './upstream/timing.ts';

export { hostsAt, type TiktokHosts } from './tiktok/room-lookup.ts';
export type { UpstreamTiming as TiktokTiming } from './upstream/timing.ts';

// Speaks TikTok's Webcast protocol: finds the room, gets a socket, stays in it through interruptions, and gives what
// comes. It waits where the sink is full: the socket is simply not read.

/** Where the socket comes from. */
export type TiktokSource =
  /** The creator's LIVE, with a socket signed by a sign service. Keys are used in turn; none = the free allowance. */
  | { readonly kind: 'signed'; readonly handle: string; readonly signUrl: string; readonly signKeys: readonly string[] }
  /** The creator's LIVE without a sign service. Undocumented upstream, and may stop working any day. */
  | { readonly kind: 'direct'; readonly handle: string }
  /** A Webcast socket at a known address: ws:// or wss://. */
  | { readonly kind: 'direct-url'; readonly url: string; readonly roomId?: string };

export interface TiktokFeedOptions {
  readonly source: TiktokSource;
  readonly clock: Clock;
  /** For jitter and the ids of the client: chance that nothing replays. */
  readonly random: Random;
  readonly report?: ReportProblem;
  readonly timing?: Partial<UpstreamTiming>;
  /** Other addresses than TikTok's own: for tests and bridges. */
  readonly hosts?: Partial<TiktokHosts>;
  /** After the end: wait for the creator's next LIVE, or be done. Default: wait, but with `direct-url` be done. */
  readonly afterEnd?: 'poll' | 'stop';
}

export class TiktokFeed implements Feed {
  readonly name = 'tiktok';
  readonly counters = makeUpstreamCounters();
  readonly metrics: FeedMetrics = { family: 'upstream', counters: this.counters };
  readonly #options: TiktokFeedOptions;
  readonly #timing: UpstreamTiming;
  readonly #route: Route;
  #session: Session | null = null;

  /** Throws MeksError MEKS_OPTION_INVALID when the source cannot be: a handle or an address that is none. */
  constructor(options: TiktokFeedOptions) {
    this.#options = options;
    this.#timing = { ...defaultTiming, ...options.timing };
    this.#route = this.#makeRoute(options.source);
  }

  start(sink: FeedSink): void {
    const { clock, random, source } = this.#options;
    this.#session = new Session({
      route: this.#route,
      connect: (plan, hooks) => {
        const enterId = String(1 + random.int(1_000_000_000));
        return new WebcastConnection({ ...plan, ...hooks, enterId });
      },
      sink,
      clock,
      random,
      timing: this.#timing,
      counters: this.counters,
      report: this.#report,
      afterEnd: this.#options.afterEnd ?? (source.kind === 'direct-url' ? 'stop' : 'poll'),
    });
  }

  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.stop();
  }

  get #report(): ReportProblem {
    return this.#options.report ?? (() => {});
  }

  #makeRoute(source: TiktokSource): Route {
    if (source.kind === 'direct-url') {
      const url = parseUrl(source.url, ['ws:', 'wss:']);
      return new DirectUrlRoute(url.href, source.roomId ?? url.searchParams.get('room_id') ?? '0');
    }
    const { clock, random } = this.#options;
    const common = {
      handle: checkHandle(source.handle),
      hosts: { ...defaultHosts, ...this.#options.hosts },
      clock,
      random,
      timing: this.#timing,
      counters: this.counters,
      report: this.#report,
    };
    if (source.kind === 'direct') return new DirectRoute(common);
    const signUrl = parseUrl(source.signUrl, ['http:', 'https:']);
    return new SignedRoute({ ...common, signUrl: signUrl.href.replace(/\/$/, ''), signKeys: source.signKeys });
  }
}

function parseUrl(text: string, protocols: readonly string[]): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && protocols.includes(url.protocol)) return url;
  const wanted = protocols.map((protocol) => `${protocol}//`).join(' or ');
  throw new MeksError('MEKS_OPTION_INVALID', `${text} is not an address of the feed: it must begin with ${wanted}`);
}

/** Letters, digits, `_` and `.`, as TikTok allows. A leading @ is no part of it. */
function checkHandle(handle: string): string {
  const bare = handle.replace(/^@/, '');
  if (/^[\w.]{1,64}$/.test(bare)) return bare;
  throw new MeksError(
    'MEKS_OPTION_INVALID',
    `${JSON.stringify(handle)} is not a TikTok handle: letters, digits, _ and . only`,
  );
}
