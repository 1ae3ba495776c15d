import { MeksError } from '../protocol/errors.ts';
import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { eulerDialect } from './euler/dialect.ts';
import type { Feed, FeedMetrics, FeedSink, ReportProblem } from './feed.ts';
import { makeUpstreamCounters } from './upstream/counters.ts';
import { JsonConnection } from './upstream/json-connection.ts';
import { Session } from './upstream/session.ts';
import { defaultTiming } from './upstream/timing.ts';
import type { UpstreamTiming } from './upstream/timing.ts';

// Follows a LIVE through Euler's cloud WebSocket, for whoever has an account there: no signing, no Webcast frames,
// JSON of decoded messages instead (schema v1 or v2, both are read). Same way of staying connected as the TikTok
// feed.

export interface EulerFeedOptions {
  readonly handle: string;
  readonly apiKey: string;
  readonly clock: Clock;
  readonly random: Random;
  /** Default wss://ws.eulerstream.com. */
  readonly url?: string;
  readonly schemaVersion?: 'v1' | 'v2';
  readonly report?: ReportProblem;
  readonly timing?: Partial<UpstreamTiming>;
  /** After the end: wait for the creator's next LIVE, or be done. Default: wait. */
  readonly afterEnd?: 'poll' | 'stop';
}

export class EulerFeed implements Feed {
  readonly name = 'euler';
  readonly counters = makeUpstreamCounters();
  readonly metrics: FeedMetrics = { family: 'upstream', counters: this.counters };
  readonly #options: EulerFeedOptions;
  readonly #url: string;
  #session: Session | null = null;

  /** Throws MeksError MEKS_OPTION_INVALID when the address is none. */
  constructor(options: EulerFeedOptions) {
    this.#options = options;
    this.#url = addressOf(options);
  }

  start(sink: FeedSink): void {
    const { handle, clock, random, report, timing, afterEnd } = this.#options;
    const plan = { kind: 'connect', url: this.#url, headers: {}, roomId: handle, cursor: '', backlog: [] } as const;
    this.#session = new Session({
      route: { target: `@${handle} at Euler's cloud`, isGiven: true, plan: () => Promise.resolve(plan) },
      connect: ({ url }, hooks) => new JsonConnection(url, hooks, eulerDialect),
      sink,
      clock,
      random,
      // The room is known by its handle here, so the next LIVE looks like the last one.
      timing: { ...defaultTiming, endedMs: 0, ...timing },
      counters: this.counters,
      report: report ?? (() => {}),
      afterEnd: afterEnd ?? 'poll',
    });
  }

  async stop(): Promise<void> {
    const session = this.#session;
    this.#session = null;
    await session?.stop();
  }
}

function addressOf({ url, handle, apiKey, schemaVersion }: EulerFeedOptions): string {
  const base = url ?? 'wss://ws.eulerstream.com';
  if (!URL.canParse(base) || !/^wss?:$/.test(new URL(base).protocol)) {
    throw new MeksError('MEKS_OPTION_INVALID', `${base} is not an address of Euler's cloud: it must begin with wss://`);
  }
  const address = new URL(base);
  address.searchParams.set('uniqueId', handle.replace(/^@/, ''));
  address.searchParams.set('apiKey', apiKey);
  address.searchParams.set('features.bundleEvents', 'true');
  address.searchParams.set('features.schemaVersion', schemaVersion ?? 'v2');
  return address.href;
}
