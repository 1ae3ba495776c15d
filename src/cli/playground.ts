import type { Command } from 'commander';
import type { PlaygroundFlags } from './playground/session.ts';

// `meks playground`: canned files through the normalizer and the ranking that the broker itself uses, so that a
// question about a message ("why is this gift not on the board?") is answered by trying it.

const help = `
A FILE is a recording (.ndjson, also gzip or zstd, or a folder of recordings), or a .json file written by hand:

  {"kind":"gift","user":"alice","gift":"Rose","count":5}                          an event
  {"method":"WebcastGiftMessage","message":{"giftId":"5655","repeatCount":5,…}}   a message as upstream sends it

Example: meks playground rose.json --watch --explain
`;

/** Adds `meks playground` to the program. */
export function registerPlayground(program: Command): void {
  program
    .command('playground')
    .description('run recorded or hand-written events through the real handlers, and see each event and the board')
    .argument('<file...>', 'recordings and hand-written events, in this order')
    .option('--watch', 'run again at every save, and show what changed')
    .option('--json', 'one JSON object a line; the last one is the summary')
    .option('--explain', 'say of every message where it stands, what became of it, and why')
    .addHelpText('after', help)
    .action(async (files: string[], flags: PlaygroundFlags) => {
      // Loaded when it is asked for: `meks --version` should not wait for what it does not need.
      const { playground } = await import('./playground/session.ts');
      await playground(files, flags);
    });
}
