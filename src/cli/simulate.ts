import type { Command } from 'commander';

// `meks simulate`: worlds to try things in.

interface SimulateFlags {
  readonly webcast?: true;
  readonly port: string;
  readonly seed?: string;
  readonly replay?: string;
  readonly faults?: string;
  readonly every?: string;
  readonly seeds?: string;
  readonly hours?: string;
  readonly rooms?: string;
  readonly dashboards?: string;
  readonly plant?: string;
  readonly shrink?: true;
  readonly json?: string;
}

/** Adds `meks simulate` to the program. */
export function registerSimulate(program: Command): void {
  program
    .command('simulate')
    .description('the broker in simulated worlds where most things go wrong; or a LIVE served as TikTok would serve it')
    .option('--seed <n>', 'the same seed makes the same world')
    .option('--seeds <a-b>', 'many worlds, one after the other')
    .option('--hours <n>', 'simulated hours of a world')
    .option('--faults <list>', 'what goes wrong, with commas between: all, none, or crashes,disk-full,…')
    .option('--rooms <n>', 'rooms at most')
    .option('--dashboards <n>', 'dashboards a room at most')
    .option('--plant <name>', 'put a bug in, to see it found')
    .option('--shrink', 'make a world that failed as small as can be')
    .option('--json <file>', 'write down what the worlds came to')
    .option('--webcast', 'serve a LIVE: room lookup, sign service and WebSocket, on this machine only')
    .option('--port <n>', 'with --webcast: port to listen on; 0 = any free one', '0')
    .option('--replay <file>', 'with --webcast: serve a recording instead of a made-up LIVE')
    .option('--every <seconds>', 'with --webcast: how often something goes wrong, on average', '30')
    .action(async (flags: SimulateFlags) => {
      if (flags.webcast === true) {
        const { simulateWebcast } = await import('./simulate/webcast.ts');
        await simulateWebcast(flags);
      } else {
        const { simulateWorlds } = await import('./simulate/world.ts');
        await simulateWorlds(flags);
      }
    });
}
