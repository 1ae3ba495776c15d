import type { Command } from 'commander';
import { MeksError } from '../protocol/errors.ts';

// `meks simulate`: worlds to try things in.

interface SimulateFlags {
  readonly webcast?: true;
  readonly port: string;
  readonly seed?: string;
  readonly replay?: string;
  readonly faults?: string;
  readonly every?: string;
}

/** Adds `meks simulate` to the program. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('simulated worlds: a LIVE served as TikTok would serve it')
    .option('--webcast', 'serve a LIVE: room lookup, sign service and WebSocket, on this machine only')
    .option('--port <n>', 'port to listen on; 0 = any free one', '0')
    .option('--seed <n>', 'the same seed makes the same LIVE')
    .option('--replay <file>', 'serve a recording instead of a made-up LIVE')
    .option('--faults <list>', 'what goes wrong, with commas between: all, or cut,silence,…')
    .option('--every <seconds>', 'how often something goes wrong, on average', '30')
    .action(async (flags: SimulateFlags) => {
      if (flags.webcast !== true) throw new MeksError('MEKS_OPTION_INVALID', 'nothing to simulate: give --webcast');
      const { simulateWebcast } = await import('./simulate/webcast.ts');
      await simulateWebcast(flags);
    });
}
