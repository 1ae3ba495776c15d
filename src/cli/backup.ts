import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { MeksError } from '../protocol/errors.ts';

// `meks backup`, `meks restore`: all that a broker keeps, running or not, to another place and back.

function say(file: string, bytes: number): void {
  process.stdout.write(`  ${file}  ${bytes.toLocaleString('en')} bytes\n`);
}

/** Adds both commands to the program. */
export function registerBackup(program: Command): void {
  program
    .command('backup')
    .description('copy all that a broker keeps, while it runs or not, and check the copy')
    .argument('<data>', "the broker's folder, as given to `serve --data`")
    .argument('<target>', 'an empty folder for this backup alone')
    .action(async (data: string, target: string) => {
      const { backUp, unreadableError, verifyBackup } = await import('../journal/backup.ts');
      const { files, leftOut = [] } = await backUp(data, target, systemClock, say);
      const [problem] = verifyBackup(target);
      if (problem !== undefined)
        throw new MeksError('MEKS_FILE_MALFORMED', `the backup in ${target} is not good: ${problem}. Take it again`);
      process.stdout.write(`${files.length} files, every checksum read back.\n`);
      for (const { path, why } of leftOut)
        process.stderr.write(
          `${path} is not in the backup, for it cannot be read (${why}): a restored broker builds it again from its logs\n`,
        );
      for (const { path, unreadable = [] } of files)
        for (const stretch of unreadable) {
          const { code, message } = unreadableError(`${data}/${path}`, stretch);
          process.stderr.write(`${code}: ${message}\n`);
        }
    });
  program
    .command('restore')
    .description('put a backup back, for a broker that is not running')
    .argument('<backup>', 'the folder of the backup')
    .argument('<data>', 'an empty folder, to be given to `serve --data`')
    .action(async (backup: string, data: string) => {
      const { restore } = await import('../journal/backup.ts');
      const { files } = restore(backup, data, say);
      process.stdout.write(`${files.length} files. Start with: meks serve --data ${data} …\n`);
    });
}
