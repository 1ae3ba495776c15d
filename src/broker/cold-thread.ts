import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { systemClock } from '../base/clock.ts';
import type { ThreadData } from '../base/supervised-thread.ts';
import { serveCold } from '../gateway/gateway-cold.ts';
import { ColdTelemetry, type LogStyle } from '../telemetry/telemetry-cold.ts';

// The body of the cold thread: HTTP, pages, metrics and log writing, away from where events flow. It may crash and is
// started again (base/supervised-thread.ts); nothing here is the only copy of anything.

export interface ColdThreadSettings {
  readonly pagesDirectory: string;
  readonly version: string;
  readonly allowedOrigins: readonly string[];
  /** Where the log goes: a file descriptor (1 = standard output) or a path, and whether people or machines read it. */
  readonly log: { readonly style: LogStyle; readonly destination: number | string };
}

const { settings, ports } = workerData as ThreadData<ColdThreadSettings>;
const { http, telemetry: telemetryPort } = ports;
assert(http !== undefined, 'the gateway uses this thread');
assert(telemetryPort !== undefined, 'telemetry uses this thread');

const telemetry = new ColdTelemetry(telemetryPort, systemClock, settings.log);
const { pagesDirectory, version, allowedOrigins } = settings;
const gateway = await serveCold({
  port: http,
  clock: systemClock,
  log: telemetry.log,
  metrics: telemetry,
  pagesDirectory,
  version,
  allowedOrigins,
});

parentPort?.once('message', () => {
  void gateway.close().then(() => {
    telemetry.close();
    process.exit(0);
  });
});
