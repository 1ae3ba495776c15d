import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { counted } from './terminal.ts';
import { readToken } from './token.ts';

// `meks config`: the file of `meks serve --config`, checked without starting anything.

/** Adds `meks config` to the program. */
export function registerConfig(program: Command): void {
  const config = program.command('config').description('the settings file of `meks serve --config`');
  config
    .command('check')
    .description('say what is wrong with it, or what it comes to')
    .argument('<file>', 'JSON; comments and commas at the end of lists are fine')
    .action(check);
  config.command('schema').description('print its JSON Schema, for editors').action(schema);
}

async function check(file: string): Promise<void> {
  // Loaded when it is asked for: the other commands should not wait for it.
  const { readConfigFile } = await import('../broker/settings.ts');
  const { rooms, tokenFile } = readConfigFile(file);
  if (tokenFile !== undefined) readToken(tokenFile, 'tokenFile');
  const names = rooms.map(({ id, feed }) => `${id} (${feed.kind})`).join(', ');
  process.stdout.write(`${file} is fine: ${counted(rooms.length, 'room')}${names === '' ? '' : `: ${names}`}.\n`);
  const secret = rooms.some(({ feed }) => feed.kind === 'push' || feed.kind === 'euler' || feed.kind === 'tiktok');
  if (secret && process.platform !== 'win32' && (statSync(file).mode & 0o044) !== 0)
    process.stderr.write(`It holds keys, and others on this machine may read it: chmod 600 ${file}\n`);
}

async function schema(): Promise<void> {
  const { configJsonSchema } = await import('../broker/settings.ts');
  process.stdout.write(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
}
