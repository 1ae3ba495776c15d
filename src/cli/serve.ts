import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { systemClock } from '../base/clock.ts';
import { errorFields } from '../base/log.ts';
import { defaultHost, defaultPort, type StartedWith } from '../broker/config.ts';
import type { Broker } from '../broker/broker.ts';
import { loadConfigFile } from '../broker/settings-reader.ts';
import { defaultSignUrl } from '../protocol/room-definition.ts';
import { greeting } from './greeting.ts';
import { ReplayProgress } from './replay-progress.ts';
import { parseConfig, type ServeFlags, tikfinityUrl } from './serve-config.ts';
import { stopInOrder } from './stop-signals.ts';

// `meks serve`: reads what was asked for, starts the broker, says where it is, and stops it in order on Ctrl-C.

const help = `
Examples:
  meks serve --demo
  meks serve --room somebody --record recordings
  meks serve --push donations --push-token-file push-token.txt
  meks serve --config meks.json
`;

/** Adds `meks serve` to the program. */
export function registerServe(program: Command): void {
  program
    .command('serve')
    .description('run the broker and its pages')
    .option('--config <file>', 'settings and rooms (see `meks config`); read again on SIGHUP')
    .option('--no-open', 'do not open a browser')
    .optionsGroup('What to show:')
    .option('--demo', 'a made-up LIVE with battles, to look at and to try things on')
    .option('--seed <n>', 'seed of the demo: the same one shows the same LIVE (default: another one each time)')
    .option('--room <handle...>', 'follow these creators on TikTok LIVE')
    .option('--tikfinity [url]', `what TikFinity on this machine sees (default: ${tikfinityUrl})`)
    .option('--euler <handle...>', "follow these creators through Euler's cloud (needs --euler-key)")
    .option('--euler-key <key>', "API key of Euler's cloud, which lets nobody in without one")
    .option('--push <handle...>', 'rooms whose events other programs push (docs/PUSH.md)')
    .option('--push-token-file <file>', 'file with the token that they must show; made up and shown unless given')
    .option('--webcast <url...>', 'take Webcast WebSockets at known addresses (simulators, bridges)')
    .option('--replay <file>', 'play a recording (.ndjson, .gz, .zst, or a folder of --record)')
    .option('--speed <n>', 'how fast to replay: 1 = as recorded, 10 = ten times, max', '1')
    .option('--loop', 'begin the recording again at its end: each round is another LIVE')
    .optionsGroup('How --room is followed:')
    .option('--sign-url <url>', 'sign service for TikTok connections', defaultSignUrl)
    .option('--sign-key <key...>', 'API keys of the sign service')
    .option('--direct', 'without a sign service: TikTok documents it nowhere, and may end it any day')
    .option('--tiktok-url <url>', "who answers in TikTok's place: `meks simulate --webcast`, a bridge")
    .optionsGroup('Who may reach it (docs/SERVER.md):')
    .option('--port <n>', 'port to listen on; 0 = any free one', String(defaultPort))
    .option('--host <address>', 'address to listen on; 0.0.0.0 = every network this machine is in', defaultHost)
    .option('--allow-host <name...>', 'further names under which it is reached: a reverse proxy')
    .option('--allow-origin <origin...>', 'sites whose pages may read: an overlay of your own (docs/PROTOCOL.md)')
    .option('--token-file <file>', 'file with the token that a program must show to change something over HTTP')
    .optionsGroup('What is kept (docs/DURABILITY.md):')
    .option('--data <folder>', 'where the log is kept (default: data; a demo by itself keeps none)')
    .option('--no-journal', 'keep no log: what was seen is forgotten with the process')
    .option('--fsync <policy>', 'os, always, or milliseconds between syncs', '50')
    .option('--keep-days <n>', 'events of a log older than this may go', '90')
    .option('--keep-gb <n>', 'gigabytes that the log of a room may take', '20')
    .option('--record <folder>', 'keep every raw message, to be replayed')
    .optionsGroup('For many dashboards:')
    .option('--senders <n>', 'threads that send to dashboards; 0 = none of their own, best up to a thousand', '0')
    .option(
      '--compress <whom>',
      'who is offered compressed frames: never, remote (not this machine) or always',
      'remote',
    )
    .option('--ring <n>', 'events kept in memory for who lags or returns; a power of two')
    .addHelpText('after', help)
    .action(serve);
}

async function serve(flags: ServeFlags, command: Command): Promise<void> {
  // A start may read a long log first. Who asks for a reload meanwhile gets it afterwards: the signal would end it.
  let reloadDue = false;
  const putOff = (): void => void (reloadDue = true);
  if (flags.config !== undefined) process.on('SIGHUP', putOff);
  const config = parseConfig(flags, await configFileOf(flags), (name) => command.getOptionValueSource(name) === 'cli');
  // Loaded when it is asked for: the other commands should not wait for it.
  const { Broker } = await import('../broker/broker.ts');
  const replay = new ReplayProgress();
  const broker = await Broker.open({
    config,
    clock: systemClock,
    onReplay: (room, events) => replay.tell(room, events),
  });
  replay.end();
  // Dashboards live by this process from here on: a `tee` that is gone or a full disk below its output ends no broker.
  process.stdout.removeAllListeners('error');
  process.stdout.on('error', () => undefined);
  const { url } = await broker.start();
  const take = stopInOrder(systemClock, () => {
    process.stdout.write('Stopping: dashboards are told to come back. Should it take long, Ctrl-C ends it at once.\n');
    return broker.stop();
  });
  process.on('SIGINT', take);
  process.on('SIGTERM', take);
  process.off('SIGHUP', putOff);
  process.on('SIGHUP', (signal) => {
    if (config.configFile !== null) void reload(broker);
    // Without one the terminal was closed. It may say so twice, by itself and through the launcher.
    else take(signal);
  });
  // After the signals: it says what they do.
  process.stdout.write(greeting({ url, config, rooms: broker.list(), tokenMadeUp: flags.pushTokenFile === undefined }));
  if (reloadDue) void reload(broker);
  if (flags.open && process.stdout.isTTY && process.env['CI'] === undefined) openBrowser(url);
}

async function configFileOf({ config }: ServeFlags): Promise<StartedWith | null> {
  return config === undefined ? null : { path: config, content: await loadConfigFile(config) };
}

/** What came of it is in the log; what is wrong with the file is told here. */
async function reload(broker: Broker): Promise<void> {
  try {
    await broker.reload();
  } catch (error) {
    const { error: message, errorCode } = errorFields(error);
    process.stderr.write(`${errorCode ?? 'MEKS_INTERNAL'}: ${message}: nothing was changed\n`);
  }
}

/** Opens the page in the user's browser. That it cannot is no failure: the address has been printed. */
function openBrowser(url: string): void {
  const [command, ...first] =
    process.platform === 'darwin' ? ['open'] : process.platform === 'win32' ? ['cmd', '/c', 'start', ''] : ['xdg-open'];
  const child = spawn(command, [...first, url], { stdio: 'ignore', detached: true });
  child.on('error', () => {});
  child.unref();
}
