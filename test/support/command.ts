import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

/** The launcher, as a shell starts it. */
export const meks = path.join(import.meta.dirname, '..', '..', 'bin', 'meks.js');

export interface Ended {
  readonly out: string;
  readonly err: string;
  readonly code: number | null;
}

/** Runs `meks` with `args` to its end, as from a shell without a terminal. */
export async function runMeks(...args: string[]): Promise<Ended> {
  const child = spawn(process.execPath, [meks, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { out, err, code };
}
