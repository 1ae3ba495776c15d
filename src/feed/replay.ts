import { Counters } from '../base/counters.ts';
import type { Clock } from '../base/clock.ts';
import type { Feed, FeedMetrics, FeedSink, ReportProblem } from './feed.ts';
import { Playback } from './playback.ts';
import { recordingFiles } from './recording/files.ts';
import { RecordingSteps, replayCounterSpec } from './recording/steps.ts';

// Plays a recording as if it were happening now: at its own pace, faster, or as fast as messages are taken. Waits where
// the sink is full, so nothing is lost; memory is one chunk of the file (see recording/lines.ts).

export interface ReplayOptions {
  /** One .ndjson, .ndjson.gz or .ndjson.zst file, or a folder made by RecordingWriter. */
  readonly path: string;
  /** 1 = as recorded, 10 = ten times as fast, 'max' = as fast as the sink takes. */
  readonly speed: number | 'max';
  readonly clock: Clock;
  /** Begins again at the end; each round is another LIVE (see recording/rounds.ts). Default: no. */
  readonly loop?: boolean;
  /** Unix ms of the newest that the room has heard, 0 = nothing: a loop goes on behind it. Default: nothing. */
  readonly roomTime?: () => number;
  /** Longer pauses of the recording are cut to this. Milliseconds of recorded time; default one hour. */
  readonly pauseMsMax?: number;
  readonly report?: ReportProblem;
}

export class ReplayFeed implements Feed {
  readonly name = 'replay';
  readonly counters = new Counters(replayCounterSpec);
  readonly metrics: FeedMetrics = { family: 'replay', counters: this.counters };
  readonly #options: ReplayOptions;
  #running: { readonly playback: Playback; readonly steps: RecordingSteps } | null = null;

  constructor(options: ReplayOptions) {
    this.#options = options;
  }

  /** Throws MeksError MEKS_FILE_UNREADABLE or MEKS_FILE_MALFORMED when there is nothing that could be played. */
  start(sink: FeedSink): void {
    const { path, clock, speed, loop = false, roomTime } = this.#options;
    const files = recordingFiles(path);
    sink.state('connecting', `opening ${path}`);
    const steps = new RecordingSteps({
      files,
      speed,
      loop,
      pauseMsMax: this.#options.pauseMsMax ?? 3_600_000,
      startedAt: clock.wallMs(),
      pastAt: loop ? (roomTime?.() ?? 0) : 0,
      counters: this.counters,
      report: this.#options.report ?? (() => {}),
      onLoaded: () => playback.wake(),
      onFirst: () => sink.state('live', `playing ${path}`),
    });
    const playback = new Playback({
      source: steps,
      sink,
      clock,
      onEnd: () => {
        this.#running = null;
        if (steps.failure === null) sink.state('ended', `${path}: ${steps.summary()}`);
        else sink.state('failed', `${path}: ${steps.failure}; ${steps.summary()}`);
      },
    });
    this.#running = { playback, steps };
    playback.wake();
  }

  async stop(): Promise<void> {
    const running = this.#running;
    this.#running = null;
    running?.playback.stop();
    await running?.steps.close();
  }
}
