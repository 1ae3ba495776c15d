import { pino, type Logger } from 'pino';
import type { Log, LogFields } from '../base/log.ts';
import type { Clock } from '../base/clock.ts';
import type { LogLevel, LogLine } from './telemetry-messages.ts';

// Writes log lines, on a thread where waiting for a pipe or a disk costs nobody a frame.

/** `json`: one object a line, for machines. `text`: one sentence a line, for people at a terminal. */
export type LogStyle = 'json' | 'text';

export interface LogWriterOptions {
  readonly style: LogStyle;
  /** File descriptor or path to append to. */
  readonly destination: number | string;
}

export class LogWriter {
  readonly #destination: ReturnType<typeof pino.destination>;
  readonly #logger: Logger;
  readonly #style: LogStyle;

  constructor(options: LogWriterOptions) {
    // Synchronous: a line that was taken is written when the next one comes, whatever happens to the process.
    this.#destination = pino.destination({ dest: options.destination, sync: true, mkdir: true });
    // Nobody can be told that the log itself cannot be written; the broker goes on without.
    this.#destination.on('error', ignore);
    const formatters = { level: (label: string) => ({ level: label }) };
    this.#logger = pino({ base: null, timestamp: false, formatters }, this.#destination);
    this.#style = options.style;
  }

  write(line: Omit<LogLine, 'kind'>): void {
    const { level, event, time, fields } = line;
    if (this.#style === 'text') this.#destination.write(lineText(line));
    else this.#logger[level]({ time, event, ...fields });
  }

  /** A log for code that runs on this thread. */
  log(clock: Clock): Log {
    const add =
      (level: LogLevel) =>
      (event: string, fields: LogFields = {}): void =>
        this.write({ level, event, time: clock.wallMs(), fields });
    return { info: add('info'), warn: add('warn'), error: add('error') };
  }

  close(): void {
    this.#destination.end();
  }
}

/** `12:03:04.567 warn  feed.lost room=main waitMs=100`. Time in UTC. */
export function lineText(line: Omit<LogLine, 'kind'>): string {
  const time = new Date(line.time).toISOString().slice(11, 23);
  const facts = Object.entries(line.fields).filter(([, value]) => value !== undefined);
  const words = facts.map(([name, value]) => ` ${name}=${valueText(value)}`);
  return `${time} ${line.level.padEnd(5)} ${printable(line.event)}${words.join('')}\n`;
}

/** Quoted where it would not read as one word; control characters never reach a terminal. */
function valueText(value: unknown): string {
  if (typeof value !== 'string') return String(value);
  return /^[\w.:/@+-]+$/.test(value) ? value : printable(JSON.stringify(value));
}

function printable(text: string): string {
  return text.replaceAll(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function ignore(): void {
  // See where it is used.
}
