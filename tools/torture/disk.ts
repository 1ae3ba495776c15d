import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from '../../test/support/until.ts';
import { Victim } from './victim.ts';

// Disks that misbehave under a real process. `--disk-full`: a small file system of its own (a tmpfs in a mount
// namespace, which needs no rights) fills up and is cleared, again and again, then the process is killed. `--stall`:
// write calls of the process do not return for seconds (strace delays them); the publishing thread must not notice.

export interface DiskReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Runs `tools/torture.ts --disk-full-inside` where a tmpfs can be mounted. */
export function torturedByFullDisk(): DiskReport {
  const mountPoint = mkdtempSync(path.join(tmpdir(), 'meks-full-'));
  const tool = fileURLToPath(new URL('../torture.ts', import.meta.url));
  const script = 'mount -t tmpfs -o size=24m none "$1" && exec "$2" "$3" --disk-full-inside "$1"';
  const args = ['-rm', 'sh', '-c', script, 'sh', mountPoint, process.execPath, tool];
  const run = spawnSync('unshare', args, { encoding: 'utf8', timeout: 120_000 });
  rmSync(mountPoint, { recursive: true, force: true });
  const lines = `${run.stdout ?? ''}${run.stderr ?? ''}`.trim().split('\n');
  if (run.error !== undefined) lines.push(`unshare cannot be run: ${run.error.message}`);
  return { ok: run.status === 0, lines };
}

/** To be run with `mountPoint` a small file system of its own. */
export async function fillAndClear(mountPoint: string): Promise<DiskReport> {
  const victim = new Victim({ dataDirectory: mountPoint, sync: 'interval:20', segmentBytes: 1_048_576 });
  const filler = `${mountPoint}/filler`;
  const lines: string[] = [];
  await until('the victim has recovered', () => victim.recovered !== null);
  for (let round = 0; round < 5; round++) {
    const before = victim.seenSeq;
    await until('some events', () => victim.seenSeq > before + 200, 30_000);
    fill(filler, mountPoint);
    const states = victim.states.length;
    await until(
      'the victim says that the disk is full',
      () => victim.states.slice(states).includes('disk-full'),
      30_000,
    );
    unlinkSync(filler);
    await until('it says that all is well again', () => victim.states.at(-1) === 'ok', 30_000);
  }
  fill(filler, mountPoint);
  await until('the disk is full once more', () => victim.states.at(-1) === 'disk-full', 30_000);
  await victim.end('SIGKILL');
  const seen = victim.seenSeq;
  unlinkSync(filler);
  const next = new Victim({ dataDirectory: mountPoint, sync: 'os' });
  await until('the next life has recovered', () => next.recovered !== null);
  await next.end('SIGKILL');
  const { lastSeq, continued, wrong, holes } = next.recovered!;
  lines.push(`disk full 6 times · seen ${seen} · recovered ${lastSeq} · epoch ${continued ? 'goes on' : 'new'}`);
  return { ok: lastSeq >= seen && continued && wrong + holes === 0, lines };
}

/** Takes all the space there is. */
function fill(filler: string, mountPoint: string): void {
  const { bavail, bsize } = statfsSync(mountPoint);
  try {
    writeFileSync(filler, Buffer.alloc(bavail * bsize));
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}

/** Delays one write in 200 by `stallMs`, and all syncs by half of that. */
export async function torturedByStalls(stallMs: number): Promise<DiskReport> {
  if (spawnSync('strace', ['-V']).error !== undefined)
    return { ok: false, lines: ['strace is needed to hold write calls back: install it, and run this again'] };
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'meks-stall-'));
  const us = stallMs * 1000;
  const under = ['strace', '-f', '-qq', '--seccomp-bpf', '-o', '/dev/null', '-e', 'trace=pwrite64,fdatasync'];
  under.push('-e', `inject=pwrite64:delay_enter=${us}:when=200+200`, '-e', `inject=fdatasync:delay_enter=${us / 2}`);
  const victim = new Victim({ dataDirectory, sync: 'interval:50', under });
  await until('the victim has recovered', () => victim.recovered !== null, 30_000);
  await until('three stalls', () => victim.states.filter((state) => state === 'behind').length >= 3, 120_000);
  await until('it has caught up', () => victim.states.at(-1) === 'ok', 60_000);
  // strace passes the signal on to nobody: its child is asked by name.
  const child = execFileSync('pgrep', ['-f', dataDirectory], { encoding: 'utf8' }).trim().split('\n');
  for (const id of child) spawn('kill', ['-TERM', id]);
  await victim.end('SIGTERM');
  const next = new Victim({ dataDirectory, sync: 'os' });
  await until('the next life has recovered', () => next.recovered !== null, 30_000);
  await next.end('SIGKILL');
  rmSync(dataDirectory, { recursive: true });
  const { lastSeq, wrong, holes } = next.recovered!;
  const turn = victim.longestTurnMs.toFixed(1);
  const line = `stalls of ${stallMs} ms · longest turn of the publishing thread ${turn} ms · seen ${victim.seenSeq}`;
  const ok = lastSeq >= victim.seenSeq && wrong + holes === 0 && victim.longestTurnMs < stallMs / 2;
  return { ok, lines: [`${line} · recovered ${lastSeq}`] };
}
