import { networkInterfaces } from 'node:os';
import { type BrokerConfig, writePolicy } from '../broker/config.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';

// What `meks serve` says when it runs: where it is, what it follows, what it keeps, and who may do what. A token that
// is in a file is never shown; one that was made up has to be, once.

export interface Greeting {
  readonly url: string;
  readonly config: BrokerConfig;
  /** The rooms that it has, those of earlier lives included. */
  readonly rooms: readonly { readonly id: string; readonly handle: string; readonly feed: { readonly name: string } }[];
  /** Whether the push tokens of flags were made up for this start. */
  readonly tokenMadeUp: boolean;
  /** Addresses of this machine in its networks; looked up unless given. */
  readonly addresses?: readonly string[];
}

const roomsShown = 20;

export function greeting({ url, config, rooms, tokenMadeUp, addresses = ownAddresses() }: Greeting): string {
  const lines = [
    ...field('Board', urlsOf(url, config, addresses)),
    ...field('Rooms', roomLines(rooms, config.rooms)),
    ...(tokenMadeUp ? pushLines(config.rooms) : []),
    ...field('Log', [config.dataDirectory ?? 'none: what was seen ends with the process']),
    ...(config.recordDirectory === null ? [] : field('Recording', [config.recordDirectory])),
    ...(config.configFile === null ? [] : field('Config', [`${config.configFile.path}, read again on SIGHUP`])),
    ...accessLines(config),
  ];
  return `\n  MEKS is running.\n\n${lines.map((line) => `  ${line}\n`).join('')}\n  Ctrl-C stops it.\n\n`;
}

/** A name and its lines, in two columns. */
function field(name: string, values: readonly string[]): string[] {
  return values.map((value, index) => `${(index === 0 ? name : '').padEnd(10)}${value}`);
}

/** Addresses that can be opened: `0.0.0.0` is none, but every network this machine is in. */
function urlsOf(url: string, { host, allowedHosts }: BrokerConfig, addresses: readonly string[]): string[] {
  const { port } = new URL(url);
  const everywhere = host === '0.0.0.0' || host === '::';
  const own = everywhere ? ['127.0.0.1', ...addresses].map((address) => `http://${address}:${port}`) : [url];
  return [...own, ...allowedHosts.map((name) => `as ${name}, behind a proxy`)];
}

function roomLines(rooms: Greeting['rooms'], flags: readonly RoomDefinition[]): string[] {
  if (rooms.length === 0) return ['none yet: add one with `meks rooms add HANDLE`'];
  const lines = rooms.slice(0, roomsShown).map(({ id, handle, feed }) => {
    const definition = flags.find((room) => room.id === id);
    const seed = definition?.feed.kind === 'scripted' ? `, seed ${definition.feed.seed}` : '';
    return `@${handle} (${feed.name === 'scripted' ? 'made up' : feed.name}${seed})`;
  });
  const more = rooms.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more: \`meks rooms list\``] : lines;
}

/** All rooms of --push share one token. */
function pushLines(flags: readonly RoomDefinition[]): string[] {
  const token = flags.map(({ feed }) => feed).find((feed) => feed.kind === 'push')?.token;
  if (token === undefined) return [];
  return field('Push', [`token ${token}`, 'made up for this start: --push-token-file FILE keeps one']);
}

/** Who may read, and who may change something. Nothing to say where only this machine can. */
function accessLines(config: BrokerConfig): string[] {
  const { kind } = writePolicy(config);
  if (kind === 'local') return [];
  const changes = {
    token: 'with the token of the token file',
    nobody: 'nobody over HTTP: --token-file FILE lets in who has the token',
  };
  return [
    ...field('Reading', ['whoever reaches this port: put a proxy with TLS and a login in front']),
    ...field('Changes', [changes[kind]]),
  ];
}

function ownAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.flatMap(({ internal, family, address }) => (internal || family !== 'IPv4' ? [] : [address]));
}
