import { spawn } from 'node:child_process';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { systemRandom } from '../base/random.ts';
import { type BrokerConfig, defaultHost, defaultPort } from '../broker/config.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import type { FeedDefinition, RoomDefinition } from '../protocol/room-definition.ts';
import { makeToken, readPushToken, readToken } from './token.ts';
import { programVersion } from './version.ts';

// `meks serve`: reads what was asked for, starts the broker, says where it is, and stops it in order on Ctrl-C.

/** Where TikFinity listens unless told otherwise. */
export const tikfinityUrl = 'ws://localhost:21213/';

interface ServeFlags {
  readonly demo?: true;
  readonly replay?: string;
  readonly speed: string;
  readonly loop?: true;
  readonly webcast?: readonly string[];
  readonly room?: readonly string[];
  readonly euler?: readonly string[];
  readonly eulerKey: string;
  readonly push?: readonly string[];
  readonly pushTokenFile?: string;
  readonly tikfinity?: true | string;
  readonly record?: string;
  readonly signUrl: string;
  readonly signKey?: readonly string[];
  readonly seed?: string;
  readonly port: string;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly data?: string;
  readonly journal: boolean;
  readonly fsync: string;
  readonly ring?: string;
  readonly keepDays: string;
  readonly keepGb: string;
  readonly open: boolean;
  readonly tokenFile?: string;
}

/** Adds `meks serve` to the program. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the broker and its pages')
    .option('--demo', 'a made-up LIVE with battles, to look at and to try things on')
    .option('--replay <file>', 'play a recording (.ndjson, .gz, .zst, or a folder of --record)')
    .option('--speed <n>', 'how fast to replay: 1 = as recorded, 10 = ten times, max', '1')
    .option('--loop', 'begin the recording again at its end')
    .option('--webcast <url...>', 'take Webcast WebSockets at known addresses (simulators, bridges)')
    .option('--room <handle...>', 'follow these creators on TikTok LIVE')
    .option('--euler <handle...>', "follow these creators through Euler's cloud (key: --euler-key)")
    .option('--euler-key <key>', "API key of Euler's cloud", '')
    .option('--push <handle...>', 'rooms whose events other programs push (docs/PUSH.md)')
    .option('--push-token-file <file>', 'file with the token that they must show; made up and shown unless given')
    .option('--tikfinity [url]', `what TikFinity on this machine sees (default: ${tikfinityUrl})`)
    .option('--record <folder>', 'keep every raw message, to be replayed')
    .option('--sign-url <url>', 'sign service for TikTok connections', 'https://api.eulerstream.com')
    .option('--sign-key <key...>', 'API keys of the sign service')
    .option('--seed <n>', 'seed of the demo: the same one shows the same LIVE (default: another one each time)')
    .option('--port <n>', 'port to listen on; 0 = any free one', String(defaultPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 = every network this machine is in', defaultHost)
    .option('--allow-host <name...>', 'further names under which it is reached: a reverse proxy')
    .option('--data <folder>', 'where the log is kept (default: data; a demo by itself keeps none)')
    .option('--no-journal', 'keep no log: what was seen is forgotten with the process')
    .option('--fsync <policy>', 'os, always, or milliseconds between syncs', '50')
    .option('--keep-days <n>', 'events of a log older than this may go', '90')
    .option('--keep-gb <n>', 'gigabytes that the log of a room may take', '20')
    .option('--ring <n>', 'events kept in memory for who lags or returns; a power of two')
    .option('--token-file <file>', 'file with the token that a program must show to change something over HTTP')
    .option('--no-open', 'do not open a browser')
    .action(serve);
}

async function serve(flags: ServeFlags): Promise<void> {
  const config = parseConfig(flags);
  // Loaded when it is asked for: the other commands should not wait for it.
  const { Broker } = await import('../broker/broker.ts');
  const broker = await Broker.open({ config, clock: systemClock });
  const { url } = await broker.start();
  process.stdout.write(greeting(url, config));
  if (flags.open && process.stdout.isTTY && process.env['CI'] === undefined) openBrowser(url);
  let stopping = false;
  const stop = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    process.stdout.write('Stopping: dashboards are told to come back. Once more to stop at once.\n');
    void broker.stop().then(() => process.exit(0));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function feedText(feed: FeedDefinition): string {
  return feed.kind === 'scripted' ? `made up, seed ${feed.seed}` : feed.kind;
}

function greeting(url: string, config: BrokerConfig): string {
  const rooms = config.rooms.map(({ handle, feed }) => `@${handle} (${feedText(feed)})`).join(', ');
  const log = config.dataDirectory ?? 'none: what was seen ends with the process';
  return `\n  MEKS is running.\n\n  Board     ${url}\n  Rooms     ${rooms}\n  Log       ${log}\n\n  Ctrl-C stops it.\n\n`;
}

/** Makes the broker's settings of the flags. Throws MeksError MEKS_OPTION_INVALID naming flag, value and remedy. */
export function parseConfig(flags: ServeFlags): BrokerConfig {
  const rooms = parseRooms(flags);
  return {
    host: flags.host,
    allowedHosts: flags.allowHost ?? [],
    port: wholeNumber('--port', flags.port, 0, 65_535),
    pagesDirectory: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    version: programVersion(),
    logStyle: process.stderr.isTTY ? 'text' : 'json',
    recordDirectory: flags.record ?? null,
    token: flags.tokenFile === undefined ? null : readToken(flags.tokenFile),
    dataDirectory: dataDirectoryOf(flags, rooms),
    sync: parseSync(flags.fsync),
    retention: {
      ageMs: wholeNumber('--keep-days', flags.keepDays, 1, 36_500) * 86_400_000,
      bytesMax: wholeNumber('--keep-gb', flags.keepGb, 1, 1_000_000) * 1e9,
    },
    ringRecordsMax: flags.ring === undefined ? limits.ringRecordsMax.value : parseRing(flags.ring),
    rooms,
  };
}

/** Nobody wants to find the log of a made-up LIVE on the disk, unless they said where. */
function dataDirectoryOf(flags: ServeFlags, rooms: readonly RoomDefinition[]): string | null {
  if (!flags.journal) return null;
  if (flags.data !== undefined) return flags.data;
  return rooms.every((room) => room.feed.kind === 'scripted') ? null : 'data';
}

function parseRooms(flags: ServeFlags): RoomDefinition[] {
  const rooms: RoomDefinition[] = [];
  if (flags.replay !== undefined) {
    const path = flags.replay;
    const feed: FeedDefinition = { kind: 'replay', path, speed: parseSpeed(flags.speed), loop: flags.loop === true };
    rooms.push({ id: 'replay', handle: basename(path).replace(/\..*$/, ''), feed });
  }
  for (const [index, url] of (flags.webcast ?? []).entries()) {
    if (!URL.canParse(url) || !/^wss?:/.test(url)) throw invalid('--webcast', url, 'give a ws:// or wss:// address');
    const id = index === 0 ? 'webcast' : `webcast-${index + 1}`;
    rooms.push({ id, handle: id, feed: { kind: 'webcast', url } });
  }
  for (const name of flags.room ?? []) {
    const handle = parseHandle('--room', name);
    const feed: FeedDefinition = { kind: 'tiktok', signUrl: flags.signUrl, signKeys: flags.signKey ?? [] };
    rooms.push({ id: handle, handle, feed });
  }
  for (const name of flags.euler ?? []) {
    const handle = parseHandle('--euler', name);
    rooms.push({ id: handle, handle, feed: { kind: 'euler', apiKey: flags.eulerKey } });
  }
  if (flags.push !== undefined) {
    const token = flags.pushTokenFile === undefined ? makeToken() : readPushToken(flags.pushTokenFile);
    for (const name of flags.push) {
      const handle = parseHandle('--push', name);
      rooms.push({ id: handle, handle, feed: { kind: 'push', token } });
    }
  }
  if (flags.tikfinity !== undefined) {
    const url = flags.tikfinity === true ? tikfinityUrl : flags.tikfinity;
    if (!URL.canParse(url) || !/^wss?:/.test(url)) throw invalid('--tikfinity', url, 'give a ws:// or wss:// address');
    rooms.push({ id: 'tikfinity', handle: 'tikfinity', feed: { kind: 'tikfinity', url } });
  }
  if (flags.demo === true) {
    const seed =
      flags.seed === undefined
        ? systemRandom.int(1_000_000)
        : wholeNumber('--seed', flags.seed, 0, Number.MAX_SAFE_INTEGER);
    rooms.push({ id: 'demo', handle: 'demo', feed: { kind: 'scripted', seed, battleEverySec: 120, battleSec: 90 } });
  }
  if (rooms.length === 0)
    throw new MeksError(
      'MEKS_OPTION_INVALID',
      'nothing to serve: give --demo for a made-up LIVE, --room @handle for a real one, or --replay FILE',
    );
  return rooms;
}

function parseHandle(flag: string, name: string): string {
  const handle = name.replace(/^@/, '');
  if (!/^[A-Za-z0-9._]{2,24}$/.test(handle)) throw invalid(flag, name, 'give a handle such as @somebody');
  return handle;
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (!(speed > 0 && speed <= 10_000)) throw invalid('--speed', text, 'give a number above 0, or max');
  return speed;
}

function parseRing(text: string): number {
  const records = wholeNumber('--ring', text, 64, 1_048_576);
  if ((records & (records - 1)) !== 0) throw invalid('--ring', text, 'give a power of two, such as 16384');
  return records;
}

function parseSync(text: string): BrokerConfig['sync'] {
  if (text === 'os' || text === 'always') return { kind: text };
  return { kind: 'interval', ms: wholeNumber('--fsync', text, 1, 60_000) };
}

function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = Number(text);
  if (!/^[0-9]+$/.test(text) || value < min || value > max)
    throw invalid(flag, text, `give a whole number from ${min} to ${max}`);
  return value;
}

function invalid(flag: string, value: string, remedy: string): MeksError {
  return new MeksError('MEKS_OPTION_INVALID', `${flag} ${JSON.stringify(value)}: ${remedy}`);
}

/** Opens the page in the user's browser. That it cannot is no failure: the address has been printed. */
function openBrowser(url: string): void {
  const [command, ...first] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command, [...first, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
