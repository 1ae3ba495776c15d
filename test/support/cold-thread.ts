import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../src/base/clock.ts';
import type { ThreadData } from '../../src/base/supervised-thread.ts';
import { readPush } from '../../src/feed/push.ts';
import { serveCold, type WritePolicy } from '../../src/gateway/gateway-cold.ts';
import type { QuarantineSource } from '../../src/gateway/cold/quarantine-source.ts';
import { ColdTelemetry } from '../../src/telemetry/telemetry-cold.ts';

// The cold thread as the broker makes it, with a log that a test may read and a port by which it ends the thread.

export interface TestColdSettings {
  readonly pagesDirectory: string;
  readonly allowedOrigins: readonly string[];
  readonly logFile: string;
  readonly writes: WritePolicy;
}

const sample = {
  at: 0,
  method: 'WebcastGiftMessage',
  msgId: '',
  reason: 'malformed',
  detail: '',
  byteLength: 0,
  kept: false,
  now: null,
  events: [],
  fields: null,
  wire: [],
};

/** A quarantine with nothing in it but what is asked for. */
const noQuarantine: QuarantineSource = {
  settle: () => Promise.resolve(),
  list: () => Promise.resolve({ messages: [], reasons: {}, count: 0, bytes: 0, dropped: 0, resolved: 0 }),
  show: (_room, id) => Promise.resolve({ ...sample, id }),
  messages: () => Promise.resolve([]),
  resolve: () => Promise.resolve(),
  async *export() {},
};

const { settings, ports }: ThreadData<TestColdSettings> = workerData;
const { pagesDirectory, allowedOrigins, logFile, writes } = settings;
ports['end']?.on('message', (how) => {
  if (how === 'throw') throw new Error('as the test wanted');
  process.exit(3);
});
const telemetry = new ColdTelemetry(ports['telemetry']!, systemClock, { style: 'json', destination: logFile });
await serveCold({
  port: ports['http']!,
  clock: systemClock,
  log: telemetry.log,
  metrics: telemetry,
  quarantine: noQuarantine,
  readPush: (body) => readPush(body, systemClock.wallMs()),
  pagesDirectory,
  version: '0.0.0',
  allowedOrigins,
  writes,
});
parentPort!.once('message', () => process.exit(0));
