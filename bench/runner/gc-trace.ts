// Reads what `--trace-gc` prints, isolate by isolate, and Go's `gctrace`, into pauses on the machine's monotonic clock.
// A V8 line tells milliseconds since its isolate was born; since every line is read a moment after it was printed, the
// smallest difference between reading and telling is the isolate's birth, to a fraction of a millisecond.

export interface GcPause {
  /** Monotonic milliseconds at which it ended. */
  readonly atMs: number;
  readonly ms: number;
  readonly kind: 'scavenge' | 'mark-compact' | 'incremental-step' | 'stop-the-world';
}

export interface GcSummary {
  readonly count: number;
  readonly max_ms: number;
  readonly total_ms: number;
}

interface Isolate {
  bornMs: number;
  readonly pauses: { readonly toldMs: number; readonly ms: number; readonly kind: GcPause['kind'] }[];
}

const v8Pause = String.raw`(Scavenge|[\w ]*Mark-Compact)[^,]*, (?:pooled: [\d.]+ MB, )?([\d.]+) \/ `;
const v8Line = new RegExp(String.raw`^\[\d+:(0x[0-9a-f]+)(?::\d+)?\]\s+(\d+) ms: ${v8Pause}`);
const v8Steps = /\+ ([\d.]+) ms in (\d+) steps since start of marking, biggest step ([\d.]+) ms/;
const goLine = /^gc \d+ @[\d.]+s \d+%: ([\d.]+)\+[\d.]+\+([\d.]+) ms clock/;

export class GcTrace {
  readonly #isolates = new Map<string, Isolate>();
  readonly #stops: GcPause[] = [];
  #part = '';

  /** Takes output of the program as it comes; `nowMs` is monotonic. Lines that are no trace are left alone. */
  read(text: string, nowMs: number): void {
    const lines = (this.#part + text).split('\n');
    this.#part = lines.pop() ?? '';
    for (const line of lines) this.#line(line, nowMs);
  }

  /** Pauses of the thread that was born first: Node's main thread, where the hot path lives; and all of Go's. */
  hotPauses(): GcPause[] {
    let first: Isolate | null = null;
    for (const isolate of this.#isolates.values()) if (first === null || isolate.bornMs < first.bornMs) first = isolate;
    return [...(first === null ? [] : pausesOf(first)), ...this.#stops];
  }

  /** Pauses of all other threads. */
  coldPauses(): GcPause[] {
    const all = [...this.#isolates.values()].sort((a, b) => a.bornMs - b.bornMs);
    return all.slice(1).flatMap(pausesOf);
  }

  #line(line: string, nowMs: number): void {
    const go = goLine.exec(line);
    if (go !== null) {
      this.#stops.push({ atMs: nowMs, ms: Number(go[1]), kind: 'stop-the-world' });
      this.#stops.push({ atMs: nowMs, ms: Number(go[2]), kind: 'stop-the-world' });
      return;
    }
    const v8 = v8Line.exec(line);
    if (v8 === null) return;
    const toldMs = Number(v8[2]);
    let isolate = this.#isolates.get(v8[1]!);
    if (isolate === undefined) this.#isolates.set(v8[1]!, (isolate = { bornMs: Infinity, pauses: [] }));
    isolate.bornMs = Math.min(isolate.bornMs, nowMs - toldMs);
    isolate.pauses.push({ toldMs, ms: Number(v8[4]), kind: v8[3] === 'Scavenge' ? 'scavenge' : 'mark-compact' });
    const steps = v8Steps.exec(line);
    if (steps === null) return;
    // Marking steps stop the thread too. Only the longest is told by itself; the others share the rest evenly.
    const [total, count, longest] = [Number(steps[1]), Number(steps[2]), Number(steps[3])];
    isolate.pauses.push({ toldMs, ms: longest, kind: 'incremental-step' });
    if (count > 1) isolate.pauses.push({ toldMs, ms: (total - longest) / (count - 1), kind: 'incremental-step' });
  }
}

function pausesOf(isolate: Isolate): GcPause[] {
  return isolate.pauses.map(({ toldMs, ms, kind }) => ({ atMs: isolate.bornMs + toldMs, ms, kind }));
}

export function summarize(pauses: readonly GcPause[]): GcSummary {
  return {
    count: pauses.length,
    max_ms: pauses.reduce((max, pause) => Math.max(max, pause.ms), 0),
    total_ms: pauses.reduce((sum, pause) => sum + pause.ms, 0),
  };
}
