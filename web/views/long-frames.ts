import type { MeterReading } from './meter.ts';

// Frames of the page that took too long, and what they did: long-animation-frame where the browser has it (it names the
// script), else long tasks, else nothing, and then it says so. Owns the frames of the last minute, `keptMax` at most;
// beyond that the oldest go, and the count stays right for what is kept.

const minuteMs = 60_000;
const keptMax = 512;

interface LongFrame {
  readonly atMs: number;
  readonly ms: number;
  /** What ran in it, as far as the browser tells; '' = it does not. */
  readonly what: string;
}

interface LongFramesReading {
  /** Of the last minute. */
  readonly count: number;
  readonly longest: LongFrame | null;
}

/** What a page measures of itself. */
export interface SpeedOfPage {
  readonly meter: MeterReading;
  /** null = the browser tells nothing of its frames. */
  readonly frames: LongFramesReading | null;
}

/** The parts of a long animation frame that are read. */
interface FrameEntry extends PerformanceEntry {
  readonly scripts?: readonly {
    readonly duration: number;
    /** What called it: `FrameRequestCallback`, `WebSocket.onmessage`, or the address of a file that began. */
    readonly invoker?: string;
  }[];
}

const entryTypes = ['long-animation-frame', 'longtask'] as const;

export class LongFrames {
  #frames: LongFrame[] = [];
  #observer: PerformanceObserver | null = null;

  /** Begins to watch; false = this browser tells nothing of it. */
  start(): boolean {
    const supported = typeof PerformanceObserver === 'undefined' ? [] : PerformanceObserver.supportedEntryTypes;
    const type = entryTypes.find((one) => supported.includes(one));
    if (type === undefined) return false;
    this.#observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) this.note(entry.startTime, entry.duration, whatOf(entry));
    });
    this.#observer.observe({ type });
    return true;
  }

  stop(): void {
    this.#observer?.disconnect();
    this.#observer = null;
  }

  note(atMs: number, ms: number, what: string): void {
    this.#frames.push({ atMs, ms, what });
    if (this.#frames.length > keptMax) this.#frames.shift();
  }

  read(nowMs: number): LongFramesReading {
    this.#frames = this.#frames.filter((frame) => frame.atMs > nowMs - minuteMs);
    let longest: LongFrame | null = null;
    for (const frame of this.#frames) if (longest === null || frame.ms > longest.ms) longest = frame;
    return { count: this.#frames.length, longest };
  }
}

/** The script that took most of a frame; style and layout where no script did. */
export function whatOf({ scripts, duration }: FrameEntry): string {
  if (scripts === undefined) return '';
  const most = scripts.toSorted((a, b) => b.duration - a.duration)[0];
  if (most === undefined || most.duration < duration / 4) return 'styles, layout, or the browser itself';
  return most.invoker === undefined || most.invoker === ''
    ? 'a script'
    : most.invoker.replace(/^https?:.*\//, 'start of ');
}
