import type { Command } from 'commander';
import type { PseudonymiseFlags } from './replay/pseudonymise.ts';
import type { TrimFlags } from './replay/trim.ts';
import { counted } from './terminal.ts';

// `meks replay`: recordings looked at, cut and made fit to be shared. Playing one is `meks serve --replay`.

const pseudonymiseHelp = `
Ids, handles and names become invented ones, the same for the same person everywhere. Pictures, other addresses and
every text that is not known to be harmless are left out. Times, gifts and numbers stay: who knows the LIVE can still
tell which one it was.

Example: meks replay pseudonymise evening to-share --key "$(openssl rand -hex 16)"
`;

const trimHelp = `
Times are given as ISO 8601 or counted from the first message: 90s, 10m, 1.5h.

Example: meks replay trim evening the-battle --from 42m --to 50m
`;

function say(messages: number, target: string, leftOut = 0): void {
  const more = leftOut === 0 ? '' : `; ${counted(leftOut, 'line')} left out that cannot be read`;
  process.stdout.write(`${counted(messages, 'message')} in ${target}${more}\n`);
}

/** Adds `meks replay` and what it has below it to the program. */
export function registerReplay(program: Command): void {
  const replay = program.command('replay').description('list, trim and pseudonymise recordings');
  replay
    .command('list')
    .description('what recordings hold: time, messages, methods, gaps, size')
    .argument('<path...>', 'recordings, or folders that hold some')
    .option('--json', 'one JSON object a line')
    .action(async (paths: string[], flags: { readonly json?: true }) => {
      const { listRecordings } = await import('./replay/list.ts');
      if (!(await listRecordings(paths, flags.json === true))) process.exitCode = 1;
    });
  replay
    .command('trim')
    .description('a part of a recording as a new one')
    .argument('<recording>')
    .argument('<target>', 'a new folder')
    .option('--from <time>', 'nothing from before')
    .option('--to <time>', 'nothing from then on')
    .option('--messages <range>', 'only these, counted from 1: 100-2000, 100-, -2000')
    .addHelpText('after', trimHelp)
    .action(async (recording: string, target: string, flags: TrimFlags) => {
      const { trim } = await import('./replay/trim.ts');
      say(await trim(recording, target, flags), target);
    });
  replay
    .command('pseudonymise')
    .description('a recording without its people, to be shared')
    .argument('<recording>')
    .argument('<target>', 'a new folder')
    .option('--key <text>', 'the same key gives the same pseudonyms (default: one that nobody knows)')
    .option('--words <what>', 'chat, questions and the like: replace, drop or keep', 'replace')
    .addHelpText('after', pseudonymiseHelp)
    .action(async (recording: string, target: string, flags: PseudonymiseFlags) => {
      const { pseudonymise } = await import('./replay/pseudonymise.ts');
      const { messages, leftOut } = await pseudonymise(recording, target, flags);
      say(messages, target, leftOut);
    });
}
