import { basename } from 'node:path';
import { systemClock } from '../../base/clock.ts';
import type { Timer } from '../../base/clock.ts';
import { seededRandom, systemRandom } from '../../base/random.ts';
import { recordingFiles } from '../../feed/recording.ts';
import { ReplayFeed } from '../../feed/replay.ts';
import { ScriptedWorld } from '../../feed/scripted.ts';
import { MeksError } from '../../protocol/errors.ts';
import type { RawMessage } from '../../protocol/raw.ts';
import { WebcastServer, webcastTroubles } from '../../simulator/simulator.ts';
import { stopInOrder } from '../stop-signals.ts';

// `meks simulate --webcast`: a LIVE served as TikTok would serve it, for people: to follow with `meks serve --webcast`
// (or another program that speaks the protocol), and to see what becomes of it when things go wrong.

export interface WebcastFlags {
  readonly port: string;
  readonly seed?: string;
  /** A recording to serve instead of a made-up LIVE. */
  readonly replay?: string;
  /** Names of troubles with commas between them, or `all`. */
  readonly faults?: string;
  /** Seconds between faults, on average. */
  readonly every?: string;
}

const lookMs = 100;

/** Serves until the process is told to end. Throws MeksError MEKS_OPTION_INVALID, MEKS_PORT_IN_USE, MEKS_FILE_*. */
export async function simulateWebcast(flags: WebcastFlags): Promise<void> {
  const port = wholeNumber('--port', flags.port, 65_535);
  const seed =
    flags.seed === undefined ? systemRandom.int(1_000_000) : wholeNumber('--seed', flags.seed, Number.MAX_SAFE_INTEGER);
  const faults = parseFaults(flags.faults ?? '');
  const everySec = wholeNumber('--every', flags.every ?? '30', 86_400);
  // Now, and not when somebody comes to watch.
  if (flags.replay !== undefined) recordingFiles(flags.replay);
  const random = seededRandom(seed);
  const clock = systemClock;
  let last: RawMessage | null = null;
  const world = new ScriptedWorld({ seed, startAt: clock.wallMs(), faults: { outageEverySec: 0 } });
  const source = {
    next: () => {
      const step = flags.replay === undefined ? world.next() : null;
      if (step !== null) last = step.raw;
      return step;
    },
  };
  const server = await WebcastServer.listen({ clock, random, source, pace: 'clock', port, roomId: world.roomId });
  const what = flags.replay === undefined ? `made up, seed ${seed}` : basename(flags.replay);
  if (flags.replay !== undefined) playWhenWatched(server, flags.replay, (raw) => (last = raw));
  const timer = trouble(faults, everySec * 1_000, (name) => {
    if (server.clients === 0) return;
    process.stdout.write(`${new Date(clock.wallMs()).toISOString().slice(11, 19)}  ${name}\n`);
    webcastTroubles[name]!({ server, random, sample: () => last });
  });
  const take = stopInOrder(clock, () => {
    timer.cancel();
    return server.close();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, take);
  // After the signals: it says what they do.
  process.stdout.write(greeting(server, what, faults, everySec));
}

function greeting(server: WebcastServer, what: string, faults: readonly string[], everySec: number): string {
  const wrong = faults.length === 0 ? 'nothing' : `every ${everySec} s or so one of ${faults.join(', ')}`;
  return `
  A Webcast server is running.

  LIVE           ${what}, as @${server.handle}
  Socket         ${server.socketUrl}
  Sign service   ${server.httpUrl}
  Goes wrong     ${wrong}

  Follow it with one of:

    meks serve --room ${server.handle} --tiktok-url ${server.httpUrl} --sign-url ${server.httpUrl}
    meks serve --room ${server.handle} --tiktok-url ${server.httpUrl} --direct
    meks serve --webcast '${server.socketUrl}'

  Ctrl-C stops it.

`;
}

/** Plays the recording to whoever is there, as it was; begins with the first one. */
function playWhenWatched(server: WebcastServer, path: string, onMessage: (raw: RawMessage) => void): void {
  const feed = new ReplayFeed({ path, speed: 1, clock: systemClock, report: ({ message }) => say(message) });
  const look = (): void => {
    if (server.counters.get('enters') === 0) {
      systemClock.after(lookMs, look);
      return;
    }
    feed.start({
      offer: (raw) => {
        onMessage(raw);
        server.send([raw]);
        return true;
      },
      whenSpace: (resume) => resume(),
      lost: () => {},
      // What was missing when it was recorded is missing still.
      gap: () => {},
      state: (state, detail) => {
        if (state === 'ended' || state === 'failed') {
          say(detail);
          server.finish();
        }
      },
    });
  };
  look();
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Calls `happens` with one of `faults` now and then, until its timer is cancelled. */
function trouble(faults: readonly string[], everyMs: number, happens: (name: string) => void): Timer {
  if (faults.length === 0) return { cancel: () => {} };
  let timer: Timer;
  const plan = (): void => {
    timer = systemClock.after(everyMs * (0.5 + systemRandom.next()), () => {
      happens(systemRandom.pick(faults));
      plan();
    });
  };
  plan();
  return { cancel: () => timer.cancel() };
}

function parseFaults(text: string): readonly string[] {
  const known = Object.keys(webcastTroubles);
  if (text === 'all') return known;
  const names = text.split(',').filter((name) => name !== '');
  const strange = names.find((name) => !known.includes(name));
  if (strange === undefined) return names;
  throw invalid(`--faults ${JSON.stringify(strange)}: give all, or some of ${known.join(', ')}`);
}

function wholeNumber(flag: string, text: string, max: number): number {
  if (/^[0-9]+$/.test(text) && Number(text) <= max) return Number(text);
  throw invalid(`${flag} ${JSON.stringify(text)}: give a whole number up to ${max}`);
}

function invalid(message: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', message);
}
