import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { DashboardTarget } from '../generator/dashboards.ts';
import type { Upstream } from '../generator/tape.ts';
import type { GcTrace } from './gc-trace.ts';
import { accepts, launch, until } from './launch.ts';
import type { Launch } from './launch.ts';
import { freePort } from './processes.ts';

// Every program that can be measured: MEKS and its peers, how each is started and how it takes events and dashboards.
// bench/peers/README.md says how each is installed.

export interface StartContext {
  /** Where the generator's Webcast server listens; 0 for programs that are connected to. */
  readonly upstreamPort: number;
  readonly rooms: number;
  /** Folder of the MEKS to run. */
  readonly checkout: string;
  /** Further flags of MEKS. */
  readonly serve: readonly string[];
}

/** A running program. */
export interface Started {
  readonly child: ChildProcess;
  readonly target: DashboardTarget;
  /** Where the generator has to connect to; 0 = the program connects to the generator. */
  readonly ingestPort: number;
  readonly ingestPath: string;
  readonly trace: GcTrace;
  /** What it printed last, for the error that says why it did not work. */
  /** Where it tells its own counters, as Prometheus text; null = it tells none. */
  readonly metricsUrl: string | null;
  readonly lastOutput: () => string;
  readonly end: () => Promise<void>;
}

export interface Program {
  readonly name: string;
  readonly what: string;
  readonly upstream: Upstream;
  /** Whether `trace` tells its pauses; false = it has none, or does not tell. */
  readonly tellsGc: boolean;
  /** Only run when it is asked for by name. */
  readonly onRequest?: true;
  /** bench/peers/install.ts knows how to install it. */
  readonly installable?: true;
  /** What is missing to run it, with the remedy; null = nothing. */
  missing(): string | null;
  start(context: StartContext): Promise<Started>;
}

const bench = fileURLToPath(new URL('..', import.meta.url));
const peers = join(bench, 'peers');
const built = join(peers, 'build');
/** The checkout that this benchmark is part of. */
export const root = join(bench, '..');

function plainTarget(port: number): DashboardTarget {
  return { port, tls: false, path: '/', rooms: [], protocol: '', wire: 'plain' };
}

/** A peer of our own: it prints `ready <ingest port> <dashboard port>`. */
function ownPeer(
  name: string,
  what: string,
  wants: { readonly file: string; readonly remedy: string },
  command: () => Launch,
  options: {
    readonly tellsGc?: boolean;
    readonly installable?: true;
    readonly target?: (port: number) => DashboardTarget;
  } = {},
): Program {
  return {
    name,
    what,
    ...(options.installable === undefined ? {} : { installable: options.installable }),
    upstream: 'length-prefixed',
    tellsGc: options.tellsGc ?? false,
    missing: () => (existsSync(wants.file) ? null : wants.remedy),
    start: async () => {
      const running = launch(command());
      const ports = await until(running, name, () => /^ready (\d+) (\d+)$/m.exec(running.output));
      const target = (options.target ?? plainTarget)(Number(ports[2]));
      return { ...running, target, ingestPort: Number(ports[1]), ingestPath: '', metricsUrl: null };
    },
  };
}

function nodePeer(name: string, what: string): Program {
  const file = join(peers, name, 'server.ts');
  const args = ['--trace-gc', file];
  return ownPeer(name, what, { file, remedy: '' }, () => ({ command: process.execPath, args }), { tellsGc: true });
}

function builtPeer(name: string, what: string): Program {
  const file = join(built, name);
  const remedy = `not built: node bench/peers/install.ts ${name}`;
  return ownPeer(name, what, { file, remedy }, () => ({ command: file, args: [] }), { installable: true });
}

const socketio = ownPeer(
  'socketio',
  'Socket.IO 4, one emit per event, framed once',
  { file: join(peers, 'node_modules', 'socket.io'), remedy: 'not installed: node bench/peers/install.ts socketio' },
  () => ({ command: process.execPath, args: ['--trace-gc', join(peers, 'socketio', 'server.mjs')] }),
  {
    tellsGc: true,
    installable: true,
    target: (port) => ({ ...plainTarget(port), path: '/socket.io/?EIO=4&transport=websocket', wire: 'socketio' }),
  },
);

/**
 * The binary comes in the platform's own package. Where npm ran the install script of `bun`, that has moved it; what it
 * moved it to is a stub until then.
 */
const bunPackage = `bun-${process.platform}-${process.arch === 'arm64' ? 'aarch64' : process.arch}`;
const bunFiles = [
  join(peers, 'node_modules', '@oven', bunPackage, 'bin', 'bun'),
  join(peers, 'node_modules', 'bun', 'bin', 'bun.exe'),
];
const bunFile = bunFiles.find((file) => existsSync(file) && statSync(file).size > 1_000_000) ?? bunFiles[0]!;
const bun = ownPeer(
  'bun',
  "Bun's built-in publish",
  { file: bunFile, remedy: 'not installed: node bench/peers/install.ts bun' },
  () => ({ command: bunFile, args: [join(peers, 'bun', 'server.mjs')] }),
  { installable: true },
);

/** A server that reads a configuration file and listens where it says. */
function configured(
  program: Omit<Program, 'start' | 'missing' | 'tellsGc'> & {
    readonly binary: string;
    readonly wants: readonly string[];
    readonly remedy: string;
    readonly tellsGc: boolean;
    readonly environment?: Readonly<Record<string, string>>;
    readonly args: (directory: string, file: string) => readonly string[];
    readonly configuration: (directory: string, ingestPort: number, dashboardPort: number) => string;
    readonly target: (port: number) => DashboardTarget;
    readonly ingestPath: string;
  },
): Program {
  return {
    name: program.name,
    what: program.what,
    upstream: program.upstream,
    tellsGc: program.tellsGc,
    missing: () => (program.wants.every((file) => existsSync(file)) ? null : program.remedy),
    start: async () => {
      const directory = mkdtempSync(join(tmpdir(), `meks-bench-${program.name}-`));
      const [ingestPort, dashboardPort] = [await freePort(), await freePort()];
      const file = join(directory, 'configuration');
      writeFileSync(file, program.configuration(directory, ingestPort, dashboardPort));
      const running = launch({
        command: program.binary,
        args: program.args(directory, file),
        ...(program.environment === undefined ? {} : { environment: program.environment }),
        cleanUp: () => rmSync(directory, { recursive: true, force: true }),
      });
      await until(running, program.name, async () => (await accepts(ingestPort)) && accepts(dashboardPort));
      const target = program.target(dashboardPort);
      return { ...running, target, ingestPort, ingestPath: program.ingestPath, metricsUrl: null };
    },
  };
}

const nchan = configured({
  name: 'nchan',
  what: 'nginx with nchan, WebSocket publisher and subscribers',
  upstream: 'websocket',
  tellsGc: false,
  binary: '/usr/sbin/nginx',
  wants: ['/usr/sbin/nginx', '/usr/lib/nginx/modules/ngx_nchan_module.so'],
  remedy: 'not installed: apt-get install nginx libnginx-mod-nchan',
  args: (directory, file) => ['-p', directory, '-c', file, '-e', join(directory, 'error.log')],
  // The buffer's default of 10 messages would lose most of a burst: here it is as deep as MEKS's ring.
  configuration: (directory, ingestPort, dashboardPort) => `
    load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
    daemon off; pid ${directory}/pid; worker_processes auto; worker_rlimit_nofile 20000; user root;
    events { worker_connections 19000; }
    http {
      access_log off; client_body_temp_path ${directory}/a; proxy_temp_path ${directory}/b;
      fastcgi_temp_path ${directory}/c; uwsgi_temp_path ${directory}/d; scgi_temp_path ${directory}/e;
      nchan_shared_memory_size 256M; nchan_message_buffer_length 16384; nchan_message_timeout 1m; tcp_nodelay on;
      server { listen 127.0.0.1:${ingestPort}; location / { nchan_publisher websocket; nchan_channel_id room; } }
      server { listen 127.0.0.1:${dashboardPort} backlog=4096; location / {
        nchan_subscriber websocket; nchan_channel_id room; nchan_subscriber_first_message newest; } }
    }`,
  target: plainTarget,
  ingestPath: '/',
});

const nats = configured({
  name: 'nats',
  what: 'nats-server, subscribers over WebSocket',
  upstream: 'nats',
  tellsGc: true,
  binary: '/usr/sbin/nats-server',
  wants: ['/usr/sbin/nats-server'],
  remedy: 'not installed: apt-get install nats-server',
  environment: { GODEBUG: 'gctrace=1' },
  args: (_directory, file) => ['-c', file],
  configuration: (_directory, ingestPort, dashboardPort) => `
    listen: "127.0.0.1:${ingestPort}"
    max_connections: 19000
    websocket { listen: "127.0.0.1:${dashboardPort}", no_tls: true, compression: false }`,
  target: (port) => ({ ...plainTarget(port), wire: 'nats' }),
  ingestPath: '',
});

/** Starts the product itself, everything on: Webcast bytes in, log, metrics. */
function startMeks(own: readonly string[]): Program['start'] {
  return async ({ upstreamPort, rooms, checkout, serve: flags }) => {
    const data = mkdtempSync(join(tmpdir(), 'meks-bench-log-'));
    const urls = Array.from({ length: rooms }, (_, room) => `ws://127.0.0.1:${upstreamPort}/webcast/im/?room=${room}`);
    const serve = ['serve', '--webcast', ...urls, '--port', '0', '--data', data, '--no-open', ...flags, ...own];
    const running = launch({
      command: process.execPath,
      args: ['--trace-gc', join(checkout, 'bin', 'meks.js'), ...serve],
      cleanUp: () => rmSync(data, { recursive: true, force: true }),
    });
    const port = await until(running, 'meks', () => /https?:\/\/[\d.]+:(\d+)/.exec(running.output));
    const target: DashboardTarget = {
      ...plainTarget(Number(port[1])),
      path: '/v1/rooms/{room}/stream',
      rooms: urls.map((_, room) => (room === 0 ? 'webcast' : `webcast-${room + 1}`)),
      protocol: 'meks.v1',
      wire: 'meks',
    };
    const metricsUrl = `http://127.0.0.1:${port[1]}/metrics`;
    return { ...running, target, ingestPort: 0, ingestPath: '', metricsUrl };
  };
}

const meks: Program = {
  name: 'meks',
  what: 'MEKS: Webcast bytes in, decode, ranking, log, metrics',
  upstream: 'webcast',
  tellsGc: true,
  missing: () => null,
  start: startMeks([]),
};

/** The same with other settings, to be measured beside it. */
function meksWith(name: string, what: string, flags: readonly string[]): Program {
  return { ...meks, name, what: `MEKS, ${what}`, onRequest: true, start: startMeks(flags) };
}

/** MEKS first, then the peers in the order of the tables. */
export const programs: readonly Program[] = [
  meks,
  meksWith('meks-senders-1', 'one thread that only sends', ['--senders', '1']),
  meksWith('meks-senders-2', 'two threads that only send', ['--senders', '2']),
  builtPeer('floor', 'C, one epoll loop, framed once: what the kernel asks for'),
  builtPeer('tokio-batched', 'Rust, Tokio broadcast, each task drains into one write'),
  builtPeer('tokio', 'Rust, Tokio broadcast, one write per client and event: the original design'),
  nodePeer('ws-prepared', 'Node, ws, framed once, one write per client and event'),
  bun,
  socketio,
  nchan,
  nats,
  nodePeer('naive', 'Node, the obvious version: parse, sort, stringify and send per client and event'),
];

/** The programs of these names, in the order of the tables. Throws on an unknown one, naming those there are. */
export function programsNamed(names: readonly string[]): Program[] {
  const unknown = names.find((name) => !programs.some((one) => one.name === name));
  if (unknown !== undefined) {
    const known = programs.map((one) => one.name).join(', ');
    throw new Error(`no program ${JSON.stringify(unknown)}; there are: ${known}`);
  }
  return programs.filter((one) => names.includes(one.name));
}
