// What bin/meks.js, the launcher, promised this process, and what is left of it.

/** How this process was started. `promised` is undefined when no launcher did. */
export interface Start {
  readonly promised: string | undefined;
  readonly given: readonly string[];
}

/** How this very process was started. */
export function thisStart(): Start {
  const { MEKS_V8_FLAGS: promised, NODE_OPTIONS: options = '' } = process.env;
  return { promised, given: [...process.execArgv, ...options.split(/\s+/)] };
}

/** Which V8 flags the launcher meant a process to have but it does not. Without a launcher: that it is missing. */
export function missingV8Flags({ promised, given }: Start): string[] {
  if (promised === undefined) return ['the launcher (bin/meks.js) and its V8 settings'];
  const names = new Set(given.map(nameOf));
  return promised.split(' ').filter((flag) => flag !== '' && !names.has(nameOf(flag)));
}

/** V8 takes both spellings, and a user's own value stands: the name is what counts. */
function nameOf(flag: string): string {
  return flag.split('=')[0]!.replaceAll('_', '-');
}

/**
 * Where the launcher could only start MEKS as its child, it holds an IPC channel open: when that closes, the launcher
 * was killed, and a broker that nobody can stop any more must not stay behind.
 */
export function followLauncher(): void {
  if (process.channel === undefined) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}
