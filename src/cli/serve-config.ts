import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemRandom } from '../base/random.ts';
import type { BrokerConfig, ConfigFile, StartedWith } from '../broker/config.ts';
import { recordingFiles, roomOfRecording } from '../feed/recording.ts';
import { MeksError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { originPattern, originWanted } from '../protocol/origin.ts';
import type { FeedDefinition, RoomDefinition } from '../protocol/room-definition.ts';
import { makeToken, readPushToken, readToken } from './token.ts';
import { programVersion } from './version.ts';

// What `meks serve` was asked for, as settings of the broker: flags, and the config file where there is one.

const handlePattern = /^[A-Za-z0-9._]{2,24}$/;

/** Where TikFinity listens unless told otherwise. */
export const tikfinityUrl = 'ws://localhost:21213/';

/** How a creator's LIVE is followed on TikTok. */
export interface TiktokFlags {
  readonly signUrl: string;
  readonly signKey?: readonly string[];
  readonly direct?: true;
  readonly tiktokUrl?: string;
}

export interface ServeFlags extends TiktokFlags {
  readonly config?: string;
  readonly demo?: true;
  readonly replay?: string;
  readonly speed: string;
  readonly loop?: true;
  readonly webcast?: readonly string[];
  readonly room?: readonly string[];
  readonly euler?: readonly string[];
  readonly eulerKey?: string;
  readonly push?: readonly string[];
  readonly pushTokenFile?: string;
  readonly tikfinity?: true | string;
  readonly record?: string;
  readonly seed?: string;
  readonly port: string;
  readonly host: string;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly data?: string;
  readonly journal: boolean;
  readonly fsync: string;
  readonly ring?: string;
  readonly senders: string;
  readonly compress: string;
  readonly keepDays: string;
  readonly keepGb: string;
  readonly open: boolean;
  readonly tokenFile?: string;
}

/** Whether a flag was typed, and is not only there by its default. */
export type IsGiven = (name: keyof ServeFlags) => boolean;

/**
 * Makes the broker's settings of the flags and of the config file. A flag that was typed goes before the file, and the
 * file before a default; rooms are those of both. Throws MeksError MEKS_OPTION_INVALID naming flag, value and remedy.
 */
export function parseConfig(flags: ServeFlags, configFile: StartedWith | null, isGiven: IsGiven): BrokerConfig {
  const file: Partial<ConfigFile> = configFile?.content ?? {};
  const either = <Value>(name: keyof ServeFlags, said: Value | undefined, flag: () => Value): Value =>
    said === undefined || isGiven(name) ? flag() : said;
  const rooms = parseRooms(flags);
  if (rooms.length === 0 && configFile === null && flags.data === undefined) throw nothingToServe();
  const tokenFile = either('tokenFile', file.tokenFile, () => flags.tokenFile);
  const days = either('keepDays', file.keepDays, () => wholeNumber('--keep-days', flags.keepDays, 1, 36_500));
  const gigabytes = either('keepGb', file.keepGigabytes, () => wholeNumber('--keep-gb', flags.keepGb, 1, 1_000_000));
  return {
    host: either('host', file.host, () => flags.host),
    allowedHosts: either('allowHost', file.allowHosts, () => flags.allowHost ?? []),
    allowedOrigins: either('allowOrigin', file.allowOrigins, () => (flags.allowOrigin ?? []).map(parseOrigin)),
    port: either('port', file.port, () => wholeNumber('--port', flags.port, 0, 65_535)),
    pagesDirectory: fileURLToPath(new URL('../../dist/web', import.meta.url)),
    version: programVersion(),
    logStyle: process.stderr.isTTY ? 'text' : 'json',
    recordDirectory: either('record', file.record, () => flags.record) ?? null,
    token: tokenFile === undefined ? null : readToken(tokenFile, isGiven('tokenFile') ? '--token-file' : 'tokenFile'),
    dataDirectory: dataDirectoryOf(flags, file, rooms),
    sync: either('fsync', file.sync, () => parseSync(flags.fsync)),
    retention: { ageMs: days * 86_400_000, bytesMax: gigabytes * 1e9 },
    compress: either('compress', file.compress, () => parseCompress(flags.compress)),
    senders: either('senders', file.senders, () => wholeNumber('--senders', flags.senders, 0, limits.sendersMax.value)),
    ringRecordsMax: either('ring', file.ring, () =>
      flags.ring === undefined ? limits.ringRecordsMax.value : parseRing(flags.ring),
    ),
    rooms,
    configFile,
  };
}

/** Nobody wants to find the log of a made-up LIVE on the disk, unless they said where. */
function dataDirectoryOf(
  flags: ServeFlags,
  file: Partial<ConfigFile>,
  rooms: readonly RoomDefinition[],
): string | null {
  if (!flags.journal) return null;
  if (flags.data !== undefined) return flags.data;
  if (file.data !== undefined) return file.data;
  return [...rooms, ...(file.rooms ?? [])].every((room) => room.feed.kind === 'scripted') ? null : 'data';
}

function nothingToServe(): MeksError {
  return new MeksError(
    'MEKS_OPTION_INVALID',
    'nothing to serve: give --demo for a made-up LIVE, --room HANDLE for a real one, --replay FILE, or --config FILE',
  );
}

/** Flags that say something of what another one begins, by the name of that one: alone they would do nothing. */
const needed = {
  loop: { flag: '--loop', of: 'replay', remedy: 'name the recording with --replay FILE' },
  seed: { flag: '--seed', of: 'demo', remedy: 'it is the seed of --demo: add that' },
  eulerKey: { flag: '--euler-key', of: 'euler', remedy: 'name the creators with --euler HANDLE' },
  pushTokenFile: { flag: '--push-token-file', of: 'push', remedy: 'name the rooms with --push HANDLE' },
} as const satisfies Partial<Record<keyof ServeFlags, { flag: string; of: keyof ServeFlags; remedy: string }>>;

function checkTogether(flags: ServeFlags): void {
  for (const [name, { flag, of, remedy }] of Object.entries(needed)) {
    const value = flags[name as keyof typeof needed];
    if (value !== undefined && value !== '' && flags[of] === undefined)
      throw new MeksError('MEKS_OPTION_INVALID', `${flag} alone does nothing: ${remedy}, or leave it out`);
  }
  // The service lets nobody in without one: every attempt would be refused.
  if (flags.euler !== undefined && (flags.eulerKey ?? '') === '')
    throw invalid('--euler', flags.euler.join(' '), "Euler's cloud wants a key: add --euler-key KEY (eulerstream.com)");
}

function parseRooms(flags: ServeFlags): RoomDefinition[] {
  checkTogether(flags);
  const rooms: RoomDefinition[] = [];
  if (flags.replay !== undefined) {
    const path = flags.replay;
    const feed: FeedDefinition = { kind: 'replay', path, speed: parseSpeed(flags.speed), loop: flags.loop === true };
    // What is not there is told before a log is begun for it. Throws MeksError.
    recordingFiles(path);
    rooms.push({ id: 'replay', handle: replayHandle(path), feed });
  }
  for (const [index, url] of (flags.webcast ?? []).entries()) {
    if (!URL.canParse(url) || !/^wss?:/.test(url)) throw invalid('--webcast', url, 'give a ws:// or wss:// address');
    const id = index === 0 ? 'webcast' : `webcast-${index + 1}`;
    rooms.push({ id, handle: id, feed: { kind: 'webcast', url } });
  }
  for (const name of flags.room ?? []) {
    const handle = parseHandle('--room', name);
    rooms.push({ id: handle, handle, feed: tiktokFeed(flags) });
  }
  for (const name of flags.euler ?? []) {
    const handle = parseHandle('--euler', name);
    rooms.push({ id: handle, handle, feed: { kind: 'euler', apiKey: flags.eulerKey ?? '' } });
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
  return rooms;
}

/** Whose LIVE it was, where the recording says so; else the name of the file. */
function replayHandle(path: string): string {
  const room = roomOfRecording(path);
  return room !== null && handlePattern.test(room) ? room : basename(path).replace(/\..*$/, '');
}

/** Throws MeksError MEKS_OPTION_INVALID: addresses that are none, and keys that nobody would see. */
export function tiktokFeed(flags: TiktokFlags): FeedDefinition {
  const { signUrl, signKey: signKeys = [], direct, tiktokUrl: url } = flags;
  if (direct === true && signKeys.length > 0)
    throw invalid('--direct', 'with --sign-key', 'leave one of them out: without a sign service there are no keys');
  for (const [flag, address] of [
    ['--sign-url', signUrl],
    ['--tiktok-url', url],
  ] as const)
    if (address !== undefined && !(URL.canParse(address) && /^https?:/.test(address)))
      throw invalid(flag, address, 'give an http:// or https:// address');
  return { kind: 'tiktok', signUrl: direct === true ? null : signUrl, signKeys, ...(url === undefined ? {} : { url }) };
}

/** A handle as people have it: with its @, or as the address of the LIVE. */
export function plainHandle(name: string): string {
  const [, inAddress] = /^(?:https?:\/\/)?(?:www\.|m\.)?tiktok\.com\/@([^/?#]*)/i.exec(name) ?? [];
  return inAddress ?? name.replace(/^@/, '');
}

function parseHandle(flag: string, name: string): string {
  const handle = plainHandle(name);
  if (!handlePattern.test(handle)) throw invalid(flag, name, 'give a handle such as somebody, or @somebody');
  return handle;
}

function parseSpeed(text: string): number | 'max' {
  if (text === 'max') return 'max';
  const speed = Number(text);
  if (!(speed > 0 && speed <= 10_000)) throw invalid('--speed', text, 'give a number above 0, or max');
  return speed;
}

function parseCompress(text: string): BrokerConfig['compress'] {
  if (text === 'never' || text === 'remote' || text === 'always') return text;
  throw invalid('--compress', text, 'give never, remote or always');
}

function parseOrigin(text: string): string {
  if (!originPattern.test(text)) throw invalid('--allow-origin', text, originWanted);
  return text;
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
