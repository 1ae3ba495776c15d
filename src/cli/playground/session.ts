import { systemClock } from '../../base/clock.ts';
import { MeksError } from '../../protocol/errors.ts';
import { paint } from '../terminal.ts';
import { compareLines } from './diff.ts';
import { jsonPrinter } from './print-json.ts';
import { TextPrinter } from './print-text.ts';
import type { Printer, WriteLine } from './printer.ts';
import { runOnce } from './run.ts';
import type { Summary } from './summary.ts';
import { watchFiles } from './watch.ts';

// One call of `meks playground`: runs once, or at every save, and shows what comes of it.

export interface PlaygroundFlags {
  readonly watch?: true;
  readonly json?: true;
  readonly explain?: true;
}

/** Complaints about one run that are shown; the rest is in the count of malformed lines. */
const complaintsMax = 20;

/** Does what the command line asks for. Sets the exit code when lines could not be read. */
export async function playground(files: readonly string[], flags: PlaygroundFlags): Promise<void> {
  const session = new Session(files, flags);
  if (flags.watch === true) await session.watch();
  else if ((await session.run()).malformedLines > 0) process.exitCode = 1;
}

/** What one call of the command does, once or at every save. Owns the lines of the last run where they are compared. */
class Session {
  readonly #files: readonly string[];
  readonly #flags: PlaygroundFlags;
  #before: string[] | null = null;

  constructor(files: readonly string[], flags: PlaygroundFlags) {
    this.#files = files;
    this.#flags = flags;
  }

  /** Runs once, printing as it goes. */
  async run(write: WriteLine = toStdout): Promise<Summary> {
    let complaints = 0;
    const summary = await runOnce({
      files: this.#files,
      printer: this.#printer(write),
      progress: showProgress,
      complain: (message) => {
        if (++complaints > complaintsMax) return;
        const rest = complaints === complaintsMax ? ' (further ones are only counted)' : '';
        process.stderr.write(`MEKS_FILE_MALFORMED: ${message}. Correct it or take it out.${rest}\n`);
      },
    });
    showProgress(null);
    return summary;
  }

  /**
   * Runs now and after every save, until the process is told to end. A file that cannot be read now may be, next time.
   */
  async watch(): Promise<void> {
    let running = false;
    let again = false;
    const rerun = async (savedMs: number): Promise<void> => {
      again = running;
      if (running) return;
      running = true;
      await this.#runAndCompare();
      const took = savedMs < 0 ? '' : ` (${Math.round(systemClock.nowMs() - savedMs)} ms after the last one)`;
      process.stderr.write(`Waiting for the next save${took}. Ctrl-C ends.\n`);
      running = false;
      if (again) await rerun(savedMs);
    };
    const stop = watchFiles(this.#files, systemClock, (savedMs) => void rerun(savedMs));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    await rerun(-1);
  }

  async #runAndCompare(): Promise<void> {
    const lines: string[] = [];
    const compares = this.#before !== null && this.#flags.json !== true;
    try {
      const { messages, malformedLines } = await this.run((line) => {
        lines.push(line);
        if (!compares) toStdout(line);
      });
      // Saved in the middle of a thought: there is nothing to compare with.
      if (messages === 0 && malformedLines > 0) return;
    } catch (error) {
      if (!(error instanceof MeksError)) throw error;
      process.stderr.write(`${error.code}: ${error.message}\n`);
      return;
    }
    if (this.#before !== null && compares) showChange(this.#before, lines);
    this.#before = lines;
  }

  #printer(write: WriteLine): Printer {
    const explain = this.#flags.explain === true;
    return this.#flags.json === true ? jsonPrinter(write, explain) : new TextPrinter(write, explain, process.stdout);
  }
}

function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

function showChange(before: readonly string[], after: readonly string[]): void {
  const changes = compareLines(before, after).filter(({ kind }) => kind !== 'same');
  if (changes.length === 0) toStdout('Nothing changed.');
  for (const { kind, line } of changes) {
    if (kind === 'removed') toStdout(paint('red', `- ${line}`, process.stdout));
    else toStdout(paint('green', `+ ${line}`, process.stdout));
  }
}

/** A line on stderr that is written over, where nobody sees the run itself: output into a file or a pipe. */
function showProgress(messages: number | null): void {
  if (!process.stderr.isTTY || process.stdout.isTTY) return;
  process.stderr.write(messages === null ? '\r\u001b[K' : `\r${messages} messages`);
}
