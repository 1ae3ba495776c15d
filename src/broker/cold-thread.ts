import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../base/clock.ts';
import { stopMessage, type ThreadData } from '../base/supervised-thread.ts';
import { serveCold, type WritePolicy } from '../gateway/gateway-cold.ts';
import { ColdTelemetry, type LogStyle } from '../telemetry/telemetry-cold.ts';

// The cold thread's program: pages, REST, metrics and the writing of logs, where taking long costs no dashboard a
// frame. Started, watched and started again by the broker (base/supervised-thread.ts).

/** What the broker tells the thread. */
export interface ColdThreadSettings {
  readonly pagesDirectory: string;
  readonly version: string;
  readonly logStyle: LogStyle;
  readonly writes: WritePolicy;
}

const { settings, ports }: ThreadData<ColdThreadSettings> = workerData;
const telemetry = new ColdTelemetry(ports['telemetry']!, systemClock, { style: settings.logStyle, destination: 2 });
const gateway = await serveCold({
  port: ports['http']!,
  clock: systemClock,
  log: telemetry.log,
  metrics: telemetry,
  pagesDirectory: settings.pagesDirectory,
  version: settings.version,
  writes: settings.writes,
});

parentPort!.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  void gateway.close().then(() => {
    telemetry.close();
    parentPort!.close();
  });
});
