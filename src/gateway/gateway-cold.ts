import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import { buildApp } from './cold/app.ts';
import { BridgeServer } from './cold/bridge-server.ts';
import type { HistorySource } from './cold/history-source.ts';
import { HotLink } from './cold/hot-link.ts';
import type { QuarantineSource } from './cold/quarantine-source.ts';
import type { MetricsSource } from './cold/route.ts';
import type { ReadPush } from './cold/routes/push.ts';
import type { WritePolicy } from './write-policy.ts';

export type { MetricsSource } from './cold/route.ts';
export type { WritePolicy } from './write-policy.ts';

// The cold half of the gateway: pages, REST, metrics and the documents, in a thread where rendering and reading files
// costs no dashboard a frame. It has no socket: requests come from the hot half by message (bridge.ts).

export interface ColdGatewayOptions {
  /** From the hot half: `ports.http` of the thread's data. */
  readonly port: MessagePort;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: MetricsSource;
  /** Reads what was pushed over HTTP. */
  readonly readPush: ReadPush;
  /** Messages that could not be understood. */
  readonly quarantine: QuarantineSource;
  /** Folder with the built pages. May appear later: until then pages are answered 503 with the remedy. */
  readonly pagesDirectory: string;
  /** The program's version, for the documents. */
  readonly version: string;
  readonly allowedOrigins?: readonly string[];
  /** Null, or not given: no logs are kept, and so there is no history. */
  readonly history?: HistorySource | null;
  /** Who may change something. */
  readonly writes: WritePolicy;
}

export interface ColdGateway {
  /** Serves what comes by one more port too: from a thread that listens beside the hot one. */
  serve(port: MessagePort): void;
  close(): Promise<void>;
}

/** Serves what the hot half hands over. Resolves when ready. */
export async function serveCold(options: ColdGatewayOptions): Promise<ColdGateway> {
  const { port, clock, log, allowedOrigins = [], history = null } = options;
  const hot = new HotLink(port, clock);
  const app = buildApp({ ...options, hot, allowedOrigins, history });
  await app.ready();
  // Requests that came while the thread was loading wait in the port until somebody listens.
  new BridgeServer(app, hot, log, options.readPush).listen(port);
  return {
    serve: (another) => new BridgeServer(app, new HotLink(another, clock), log, options.readPush).listen(another),
    close: async () => {
      port.close();
      await app.close();
    },
  };
}
