import { randomUUID } from 'node:crypto';
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import path from 'node:path';
import { systemClock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import { stopMessage, type ThreadData } from '../base/supervised-thread.ts';
import { HistoryReader } from '../journal/history-cold.ts';
import { readPush } from '../feed/push.ts';
import { serveCold, type WritePolicy } from '../gateway/gateway-cold.ts';
import { QuarantineDesk } from './quarantine-desk.ts';
import { quarantineCounterSpec } from './quarantine-counters.ts';
import { ColdTelemetry, type LogStyle } from '../telemetry/telemetry-cold.ts';

// The cold thread's program: pages, REST, metrics, questions to the history and the writing of logs, where taking
// long costs no dashboard a frame. Started, watched and started again by the broker (base/supervised-thread.ts).

/** What the broker tells the thread. */
export interface ColdThreadSettings {
  readonly pagesDirectory: string;
  readonly version: string;
  readonly logStyle: LogStyle;
  readonly writes: WritePolicy;
  readonly allowedOrigins: readonly string[];
  /** `values`: of the quarantine's counters, shown by telemetry. */
  readonly quarantine: { readonly dataDirectory: string | null; readonly values: Float64Array };
  /** Null: no logs are kept, and so there is no history. `values`: of its reader's counters, shown by telemetry. */
  readonly history: { readonly dataDirectory: string; readonly values: Float64Array } | null;
}

const { settings, ports }: ThreadData<ColdThreadSettings> = workerData;
const telemetry = new ColdTelemetry(ports['telemetry']!, systemClock, { style: settings.logStyle, destination: 2 });
const { history: historyOf } = settings;
const history = historyOf === null ? null : new HistoryReader({ ...historyOf, clock: systemClock, log: telemetry.log });
history?.start();
const { dataDirectory, values } = settings.quarantine;
const quarantine = new QuarantineDesk({
  port: ports['quarantine']!,
  clock: systemClock,
  log: telemetry.log,
  counters: new Counters(quarantineCounterSpec, values),
  directoryOf: dataDirectory === null ? null : (room) => path.join(dataDirectory, 'rooms', room, 'quarantine'),
});
const gateway = await serveCold({
  port: ports['http']!,
  clock: systemClock,
  log: telemetry.log,
  metrics: telemetry,
  // A push without a key gets one that no other has: what it holds is new, however much it is like something before.
  readPush: (body, key) => readPush(body, systemClock.wallMs(), key === undefined || key === '' ? randomUUID() : key),
  pagesDirectory: settings.pagesDirectory,
  version: settings.version,
  writes: settings.writes,
  allowedOrigins: settings.allowedOrigins,
  quarantine,
  history,
});

// Each life of a sender thread hands HTTP over by a port of its own.
ports['senders']?.on('message', (port: MessagePort) => gateway.serve(port));

parentPort!.on('message', (message: unknown) => {
  if (message !== stopMessage) return;
  void gateway.close().then(async () => {
    await quarantine.close();
    await history?.stop();
    telemetry.close();
    parentPort!.close();
  });
});
