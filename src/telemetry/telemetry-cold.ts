import type { MessagePort } from 'node:worker_threads';
import type { Clock } from '../base/clock.ts';
import { Counters } from '../base/counters.ts';
import type { Log } from '../base/log.ts';
import { LogWriter, type LogWriterOptions } from './log-writer.ts';
import { metricsContentType, renderMetrics } from './prometheus-text.ts';
import type { MetricTable, TelemetryMessage } from './telemetry-messages.ts';

export type { LogStyle } from './log-writer.ts';

// The cold side of telemetry, on a thread where writing and rendering cost nobody a frame: writes the log lines that
// the hot side sends, and renders /metrics from the shared memory that it named.

export const processCounterSpec = {
  residentBytes: 'bytes of memory that the process holds (gauge)',
  cpuSeconds: 'seconds of processor time that the process has used, all threads',
  uptimeSeconds: 'seconds since the process began (gauge)',
} as const;

export class ColdTelemetry {
  /** For code on this thread. */
  readonly log: Log;
  readonly metricsContentType = metricsContentType;
  readonly #port: MessagePort;
  readonly #writer: LogWriter;
  readonly #tables = new Map<number, MetricTable>();
  readonly #process = new Counters(processCounterSpec);
  #linesTaken: Int32Array = new Int32Array(1);

  constructor(port: MessagePort, clock: Clock, options: LogWriterOptions) {
    this.#port = port;
    this.#writer = new LogWriter(options);
    this.log = this.#writer.log(clock);
    port.on('message', (message: TelemetryMessage) => this.#message(message));
  }

  /** The text of /metrics at this moment. */
  renderMetrics(): string {
    const { user, system } = process.cpuUsage();
    this.#process.set('residentBytes', process.memoryUsage.rss());
    this.#process.set('cpuSeconds', (user + system) / 1e6);
    this.#process.set('uptimeSeconds', process.uptime());
    const { spec, values } = this.#process;
    return renderMetrics([{ kind: 'counters', prefix: 'process', labels: {}, spec, values }, ...this.#tables.values()]);
  }

  close(): void {
    this.#port.close();
    this.#writer.close();
  }

  #message(message: TelemetryMessage): void {
    switch (message.kind) {
      case 'begin':
        this.#linesTaken = message.linesTaken;
        break;
      case 'table':
        this.#tables.set(message.id, message.table);
        break;
      case 'table-gone':
        this.#tables.delete(message.id);
        break;
      case 'line':
        this.#writer.write(message);
        Atomics.add(this.#linesTaken, 0, 1);
        break;
    }
  }
}
