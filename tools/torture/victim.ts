import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RecoveryReport } from '../../src/journal/journal.ts';

// The appender as its torturer sees it: what it has said so far, and how to end it.

type Line =
  | ({
      readonly kind: 'recovered';
      readonly wrong: number;
      readonly holes: number;
      readonly board: string;
    } & RecoveryReport)
  | { readonly kind: 'seen'; readonly seq: number; readonly durable: number }
  | { readonly kind: 'state'; readonly state: string; readonly longestTurnMs: number }
  | { readonly kind: 'turns'; readonly longestTurnMs: number }
  | { readonly kind: 'keeper'; readonly problem: string };

export type Recovered = Extract<Line, { kind: 'recovered' }>;

export interface VictimOptions {
  readonly dataDirectory: string;
  /** `os`, `always` or `interval:MS`. */
  readonly sync: string;
  readonly segmentBytes?: number;
  /** A program and its arguments that runs the rest of its command line: `strace …`. */
  readonly under?: readonly string[];
}

export class Victim {
  recovered: Recovered | null = null;
  seenSeq = 0;
  readonly states: string[] = [];
  longestTurnMs = 0;
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(options: VictimOptions) {
    const { dataDirectory, sync, segmentBytes = 262_144, under = [] } = options;
    const entry = fileURLToPath(new URL('./appender.ts', import.meta.url));
    const command = [...under, process.execPath, entry, dataDirectory, sync, String(segmentBytes)];
    this.#child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr!.on('data', (text: Buffer) => void (this.stderr += text.toString()));
    const lines = createInterface({ input: this.#child.stdout! });
    lines.on('line', (line) => this.#line(line));
    this.#ended = Promise.all([once(this.#child, 'exit'), once(lines, 'close')]);
  }

  /** Ends it in one way or another, and resolves when all that it said has been heard. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    this.#child.kill(signal);
    await this.#ended;
  }

  #line(line: string): void {
    // The kill may cut the last line.
    if (!line.endsWith('}')) return;
    const said = JSON.parse(line) as Line;
    if (said.kind === 'recovered') this.recovered = said;
    if (said.kind === 'seen') this.seenSeq = said.seq;
    if (said.kind === 'state') this.states.push(said.state);
    if (said.kind === 'state' || said.kind === 'turns') this.longestTurnMs = said.longestTurnMs;
  }
}
