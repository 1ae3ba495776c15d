import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { MeksError } from '../protocol/errors.ts';
import type { Feed, FeedMetrics, FeedSink, ReportProblem } from './feed.ts';
import { tikfinityDialect } from './tikfinity/dialect.ts';
import { makeUpstreamCounters } from './upstream/counters.ts';
import { JsonConnection } from './upstream/json-connection.ts';
import { DirectUrlRoute } from './upstream/plan.ts';
import { Session } from './upstream/session.ts';
import { defaultTiming, type UpstreamTiming } from './upstream/timing.ts';

// Follows a LIVE through TikFinity, which runs on the same machine or on another one in the house and serves what it
// sees on a WebSocket: no signing, no key. Same way of staying connected as the TikTok feed. It knows less: battles and
// rankings do not come.

export interface TikfinityFeedOptions {
  /** `ws://localhost:21213/` where nothing was changed. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly report?: ReportProblem;
  readonly timing?: Partial<UpstreamTiming>;
}

/**
 * Somebody so near who is not there costs nothing to ask: the circuit never opens. Renewing a connection that is silent
 * (no LIVE is on) brings nothing.
 */
const localTiming: Partial<UpstreamTiming> = {
  retryMsMax: 15_000,
  circuitFailures: Number.POSITIVE_INFINITY,
  renewMs: Number.POSITIVE_INFINITY,
  renewMsMax: Number.POSITIVE_INFINITY,
};

export class TikfinityFeed implements Feed {
  readonly name = 'tikfinity';
  readonly counters = makeUpstreamCounters();
  readonly metrics: FeedMetrics = { family: 'upstream', counters: this.counters };
  readonly #options: TikfinityFeedOptions;
  #session: Session | null = null;

  /** Throws MeksError MEKS_OPTION_INVALID when the address is none. */
  constructor(options: TikfinityFeedOptions) {
    const { url } = options;
    if (!URL.canParse(url) || !/^wss?:$/.test(new URL(url).protocol))
      throw new MeksError('MEKS_OPTION_INVALID', `${url} is not the address of a WebSocket: ws://localhost:21213/ is`);
    this.#options = options;
  }

  start(sink: FeedSink): void {
    const { url, clock, random, report, timing } = this.#options;
    this.#session = new Session({
      route: new DirectUrlRoute(url, 'tikfinity'),
      connect: (plan, hooks) => new JsonConnection(plan.url, hooks, tikfinityDialect),
      sink,
      clock,
      random,
      timing: { ...defaultTiming, ...localTiming, ...timing },
      counters: this.counters,
      report: refusedOnce(report ?? (() => {})),
      afterEnd: 'poll',
    });
  }

  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.stop();
  }
}

/** A TikFinity that is not there is asked for hours, every few seconds: that it refuses is said once, and counted. */
function refusedOnce(report: ReportProblem): ReportProblem {
  let told = '';
  return (problem) => {
    const { code, message } = problem;
    if (code === 'connect-refused' && message === told) return;
    told = code === 'connect-refused' ? message : '';
    report(problem);
  };
}
