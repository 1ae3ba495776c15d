import { basename } from 'node:path';
import type { Counters } from '../../base/counters.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import type { ReportProblem } from '../feed.ts';
import type { Step, StepSource } from '../playback.ts';
import { LineReader } from './lines.ts';
import type { RecordingLine } from './lines.ts';
import { parseRecordingLine } from './format.ts';
import { Rounds } from './rounds.ts';

// Turns a recording's lines into timed steps, a chunk at a time. Time runs by the differences of `recordedAt`: a
// small step back is the jitter of arrival, a large one another recording joined on, a long pause is cut. Lines =
// messages + gaps + malformed + empty. What a further round of a loop is like: see rounds.ts.

export const replayCounterSpec = {
  lines: 'lines read from the recording',
  messages: 'raw messages found in it',
  gaps: 'gaps found in it',
  malformed: 'lines that are neither; reported with their number',
  empty: 'empty lines',
  rounds: 'times the whole recording was played',
  torn: 'files that stop in the middle, as a crash leaves them',
} as const;

/** After so many reports in one file the rest is only counted. */
const reportsPerFileMax = 10;

/** A step back of less than this is jitter. */
const jitterMsMax = 10_000;

export interface RecordingStepsOptions {
  readonly files: readonly string[];
  readonly speed: number | 'max';
  readonly loop: boolean;
  readonly pauseMsMax: number;
  /** Unix ms. */
  readonly startedAt: number;
  /** Unix ms of the newest that the room has heard, where this is a loop that goes on behind it; 0 = it is not. */
  readonly pastAt: number;
  readonly counters: Counters<keyof typeof replayCounterSpec>;
  readonly report: ReportProblem;
  /** Called when `take` has more to give after it said 'later'. */
  readonly onLoaded: () => void;
  /** Called once, before the first step is given. */
  readonly onFirst: () => void;
}

export class RecordingSteps implements StepSource {
  readonly #options: RecordingStepsOptions;
  #fileIndex = -1;
  #reader: LineReader | null = null;
  #lines: readonly RecordingLine[] = [];
  #lineIndex = 0;
  #loading = false;
  #done = false;
  #closed = false;
  #given = 0;
  #givenThisRound = 0;
  readonly #rounds: Rounds;
  /** The end of the round before, until it is given. */
  #ending: RawMessage | null = null;
  /** The first step, while what comes before it is given. */
  #held: Step | null = null;
  #reported = 0;
  #recordedMs = -1;
  #playedMs = 0;
  #failure: string | null = null;

  constructor(options: RecordingStepsOptions) {
    this.#options = options;
    this.#rounds = new Rounds(options.startedAt, options.pastAt);
  }

  /** Why it ended before the recording did; null = it did not. */
  get failure(): string | null {
    return this.#failure;
  }

  summary(): string {
    const { malformed, torn } = this.#options.counters.read();
    const bad = malformed === 0 ? '' : `, ${malformed} malformed lines skipped`;
    return `${this.#given} messages and gaps played${bad}${torn === 0 ? '' : ', its end is torn'}`;
  }

  take(): Step | 'later' | 'end' {
    const ending = this.#ending;
    if (ending !== null) {
      this.#ending = null;
      return { kind: 'message', dueMs: this.#playedDueMs(), raw: ending };
    }
    const held = this.#held;
    this.#held = null;
    if (held !== null) return held;
    for (;;) {
      const line = this.#lines[this.#lineIndex];
      if (line === undefined) return this.#more();
      this.#lineIndex++;
      const step = this.#read(line);
      if (step === null) continue;
      this.#givenThisRound++;
      if (this.#given++ > 0) return step;
      this.#options.onFirst();
      this.#ending = this.#rounds.endPast();
      if (this.#ending === null) return step;
      this.#held = step;
      return this.take();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#lines = [];
    await this.#reader?.close();
  }

  #more(): 'later' | 'end' {
    if (this.#done) return 'end';
    if (!this.#loading) void this.#load();
    return 'later';
  }

  /** Never rejects: a failure ends the recording and is told by `failure`. */
  async #load(): Promise<void> {
    this.#loading = true;
    try {
      const lines = await this.#readLines();
      if (this.#closed) return;
      this.#done = lines === null;
      this.#lines = lines ?? [];
      this.#lineIndex = 0;
    } catch (error) {
      this.#failure = `damaged or unreadable: ${error instanceof Error ? error.message : String(error)}`;
      this.#options.report({ code: 'recording-unreadable', message: `${this.#fileName()}: ${this.#failure}` });
      this.#done = true;
    } finally {
      this.#loading = false;
    }
    this.#options.onLoaded();
  }

  /** The next chunk that has lines, over the borders of files and rounds; null at the end of everything. */
  async #readLines(): Promise<RecordingLine[] | null> {
    for (;;) {
      if (this.#closed) return null;
      this.#reader ??= this.#nextFile();
      if (this.#reader === null) return null;
      const lines = await this.#reader.read();
      if (lines === null) {
        this.#endFile(this.#reader);
        this.#reader = null;
      } else if (lines.length > 0) return lines;
    }
  }

  #nextFile(): LineReader | null {
    const { files, loop, counters } = this.#options;
    this.#fileIndex++;
    this.#reported = 0;
    if (this.#fileIndex === files.length) {
      counters.add('rounds');
      // A recording without a single message must not spin.
      if (!loop || this.#givenThisRound === 0) return null;
      this.#fileIndex = 0;
      this.#givenThisRound = 0;
      this.#recordedMs = -1;
      this.#ending = this.#rounds.next();
    }
    const path = files[this.#fileIndex];
    return path === undefined ? null : new LineReader(path);
  }

  #endFile(reader: LineReader): void {
    if (reader.end?.kind !== 'torn') return;
    this.#options.counters.add('torn');
    if (!this.#rounds.isFirst) return;
    const message = `${this.#fileName()}: ${reader.end.detail}; what came before it was played`;
    this.#options.report({ code: 'recording-torn', message });
  }

  #read(line: RecordingLine): Step | null {
    const { counters } = this.#options;
    counters.add('lines');
    if (line.text === '' || line.text === '\r') {
      counters.add('empty');
      return null;
    }
    if (line.text === null) return this.#malformed(line, 'longer than a line may be');
    const entry = parseRecordingLine(line.text);
    if (entry.kind === 'malformed') return this.#malformed(line, entry.reason);
    if (entry.kind === 'gap') {
      counters.add('gaps');
      const { gap } = entry;
      return { kind: 'gap', dueMs: this.#dueMs(gap.at), gap: { ...gap, at: this.#rounds.time(gap.at) } };
    }
    counters.add('messages');
    const raw = this.#rounds.message(entry.raw, `${this.#fileIndex + 1}:${line.number}`);
    return { kind: 'message', dueMs: this.#dueMs(entry.raw.receivedAt), raw };
  }

  #dueMs(recordedMs: number): number {
    const { pauseMsMax } = this.#options;
    const stepMs = this.#recordedMs === -1 ? 0 : recordedMs - this.#recordedMs;
    if (stepMs >= 0 || stepMs < -jitterMsMax || this.#recordedMs === -1) this.#recordedMs = recordedMs;
    this.#playedMs += Math.min(Math.max(0, stepMs), pauseMsMax);
    return this.#playedDueMs();
  }

  #playedDueMs(): number {
    const { speed } = this.#options;
    return speed === 'max' ? 0 : this.#playedMs / speed;
  }

  #malformed(line: RecordingLine, reason: string): null {
    this.#options.counters.add('malformed');
    if (this.#rounds.isFirst && ++this.#reported <= reportsPerFileMax) {
      const rest =
        this.#reported === reportsPerFileMax ? ' (further malformed lines of this file are only counted)' : '';
      const message = `${this.#fileName()} line ${line.number}: ${reason}${rest}`;
      this.#options.report({ code: 'malformed-line', message });
    }
    return null;
  }

  #fileName(): string {
    return basename(this.#options.files[this.#fileIndex] ?? '');
  }
}
