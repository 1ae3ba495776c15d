import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemClock } from '../../src/base/clock.ts';
import { seededRandom } from '../../src/base/random.ts';
import type { FeedProblem } from '../../src/feed/feed.ts';
import { ScriptedWorld } from '../../src/feed/scripted.ts';
import { TiktokFeed } from '../../src/feed/tiktok.ts';
import type { TiktokFeedOptions, TiktokTiming } from '../../src/feed/tiktok.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import { WebcastServer } from '../../src/simulator/webcast-server.ts';
import type { WebcastServerOptions } from '../../src/simulator/webcast-server.ts';
import { FakeSink } from './fake-sink.ts';

// A TikTok feed that listens to the scripted Webcast server over real sockets on this machine.

/** Everything a hundred times as fast, but for what looks like silence when this machine is busy. */
export const quick: Partial<TiktokTiming> = {
  heartbeatMs: 30,
  deadMs: 30_000,
  silentMs: 30_000,
  renewMs: 60_000,
  renewMsMax: 60_000,
  connectMs: 2_000,
  httpMs: 2_000,
  retryMs: 10,
  retryMsMax: 50,
  circuitFailures: 1_000,
  circuitMs: 50,
  offlineMs: 20,
  offlineMsMax: 60,
  endedMs: 200,
};

export function worldSource(
  seed: number,
  length = Number.POSITIVE_INFINITY,
): WebcastServerOptions['source'] & { readonly given: RawMessage[] } {
  const world = new ScriptedWorld({ seed, startAt: 1_777_000_000_000, faults: { outageEverySec: 0 } });
  const given: RawMessage[] = [];
  return {
    given,
    next: () => {
      if (given.length >= length) return null;
      const step = world.next();
      if (step !== null) given.push(step.raw);
      return step;
    },
  };
}

export interface Scene {
  readonly server: WebcastServer;
  readonly feed: TiktokFeed;
  readonly sink: FakeSink;
  readonly problems: FeedProblem[];
  readonly given: readonly RawMessage[];
}

export interface SceneOptions {
  readonly server?: Partial<WebcastServerOptions>;
  readonly timing?: Partial<TiktokTiming>;
  readonly afterEnd?: 'poll' | 'stop';
  /** Default: the address of the socket. `signed` and `direct` look the room up first. */
  readonly source?: 'direct-url' | 'signed' | 'direct';
  readonly signKeys?: readonly string[];
  readonly length?: number;
  readonly prepare?: (server: WebcastServer) => void;
  readonly sink?: FakeSink;
}

/** Starts a server and a feed that listens to it; both are closed with the test. */
export async function scene(context: TestContext, options: SceneOptions = {}): Promise<Scene> {
  const source = worldSource(1, options.length ?? 3_000);
  const server = await WebcastServer.listen({
    clock: systemClock,
    random: seededRandom(1),
    source,
    pace: 'max',
    ...options.server,
  });
  options.prepare?.(server);
  const problems: FeedProblem[] = [];
  const feed = new TiktokFeed({
    source: sourceOf(server, options),
    clock: systemClock,
    random: seededRandom(2),
    timing: { ...quick, ...options.timing },
    report: (problem) => void problems.push(problem),
    hosts: {
      web: server.httpUrl,
      webcast: server.httpUrl,
      socket: `${server.httpUrl.replace('http', 'ws')}/webcast/im/direct/`,
    },
    ...(options.afterEnd === undefined ? {} : { afterEnd: options.afterEnd }),
  });
  const sink = options.sink ?? new FakeSink();
  feed.start(sink);
  context.after(async () => {
    await feed.stop();
    await server.close();
    assert.deepEqual(sink.violations, []);
  });
  return { server, feed, sink, problems, given: source.given };
}

function sourceOf(server: WebcastServer, { source, signKeys }: SceneOptions): TiktokFeedOptions['source'] {
  const { handle } = server;
  if (source === 'signed')
    return { kind: 'signed', handle, signUrl: server.httpUrl, signKeys: signKeys ?? ['key-one-abc'] };
  return source === 'direct' ? { kind: 'direct', handle } : { kind: 'direct-url', url: server.socketUrl };
}

export function ids(messages: readonly RawMessage[]): string[] {
  return messages.map((raw) => raw.msgId);
}

/** A control message: `action` 3 ends the LIVE. */
export function control(action: number, history = false): RawMessage {
  return {
    method: 'WebcastControlMessage',
    payload: Buffer.from([0x10, action]),
    msgId: '9000000000000000001',
    receivedAt: 0,
    history,
  };
}
