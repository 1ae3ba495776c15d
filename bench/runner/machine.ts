import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// What the figures belong to: the machine, and the versions of everything that was run on it.

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memory_gb: number;
  readonly os: string;
  readonly kernel: string;
}

const bench = fileURLToPath(new URL('..', import.meta.url));
const root = join(bench, '..');

/** First line that a program prints about itself, on either output; '' when it cannot be run. */
function firstLine(command: string, args: readonly string[]): string {
  try {
    const output = execFileSync('/bin/sh', ['-c', '"$0" "$@" 2>&1', command, ...args], { encoding: 'utf8' });
    return output.split('\n')[0]!.trim();
  } catch {
    return '';
  }
}

function packageVersion(folder: string): string {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return '';
  return (JSON.parse(readFileSync(file, 'utf8')) as { version?: string }).version ?? '';
}

function osName(): string {
  try {
    return /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

export function readMachine(): Machine {
  const all = cpus();
  return {
    cpu: all[0]?.model.trim() ?? 'unknown',
    cores: all.length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    os: osName(),
    kernel: release(),
  };
}

/** Versions of all that may take part; what is not installed is left out. */
export function readVersions(): Record<string, string> {
  const peers = join(bench, 'peers', 'node_modules');
  const tokio = join(bench, 'peers', 'build', 'tokio-sources', 'Cargo.lock');
  const lock = existsSync(tokio) ? readFileSync(tokio, 'utf8') : '';
  const versions: Record<string, string> = {
    meks: packageVersion(root),
    node: process.versions.node,
    v8: process.versions.v8,
    ws: packageVersion(join(root, 'node_modules', 'ws')),
    'socket.io': packageVersion(join(peers, 'socket.io')),
    bun: packageVersion(join(peers, 'bun')),
    tokio: /name = "tokio"\nversion = "([^"]+)"/.exec(lock)?.[1] ?? '',
    rustc: /rustc (\S+)/.exec(firstLine('/usr/bin/rustc', ['--version']))?.[1] ?? '',
    cc: firstLine('cc', ['--version']),
    nginx: firstLine('/usr/sbin/nginx', ['-v']).replace('nginx version: ', ''),
    nats: firstLine('/usr/sbin/nats-server', ['--version']).replace('nats-server: ', ''),
  };
  return Object.fromEntries(Object.entries(versions).filter(([, version]) => version !== ''));
}

/** What a figure depends on; what was recorded, and drawn from it, is no part of that. */
const measuredPaths = [
  'src',
  'bin',
  'bench',
  'package-lock.json',
  ':(exclude)bench/results',
  ':(exclude)bench/ratios.json',
];

/**
 * The last commit that changed the product or the benchmark, with a `+` when files of theirs differ from it; '' outside
 * of git. Commits of results and of documentation do not change it, so that rounds may be added after them.
 */
export function readCommit(): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', ...measuredPaths) !== '';
    return git('log', '-1', '--abbrev=12', '--format=%h', '--', ...measuredPaths) + (changed ? '+' : '');
  } catch {
    return '';
  }
}
