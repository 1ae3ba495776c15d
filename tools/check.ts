// `npm run check`: everything that CI runs, in the order of its cost. Every static step runs even when one before it
// failed; the first failure is named at the end. The tests come last, and only when the rest is in order, so that
// their summary closes the output. `--without-tests` leaves them out (CI runs `npm test` itself).

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

const node = process.execPath;
/** Some tools colour their output under CI, where nobody sees anything but the codes. */
const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1' };
/** A tool of node_modules by its script: started with this Node, whatever the machine's own is. */
const tool = (file: string, ...args: string[]): string[] => [node, `node_modules/${file}`, ...args];

const formatted = ['bin', 'src', 'test', 'tools', 'bench', 'web'].filter((folder) => existsSync(folder));

const steps: readonly Step[] = [
  { name: 'format', command: tool('oxfmt/bin/oxfmt', '--check', ...formatted) },
  { name: 'lint', command: tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings') },
  { name: 'types', command: tool('typescript-7/bin/tsc') },
  { name: 'types of the build', command: tool('typescript-7/bin/tsc', '--project', 'tsconfig.build.json', '--noEmit') },
  ...(existsSync('web/tsconfig.json')
    ? [{ name: 'types of the pages', command: tool('typescript-7/bin/tsc', '--project', 'web/tsconfig.json') }]
    : []),
  ...(hasComponents()
    ? [{ name: 'components', command: tool('svelte-check/bin/svelte-check', '--tsconfig', './web/tsconfig.json') }]
    : []),
  { name: 'schema', command: [node, 'tools/generate-webcast.ts', '--check'] },
  { name: 'dead code', command: tool('knip/bin/knip.js') },
];

function hasComponents(): boolean {
  return existsSync('web') && readdirSync('web', { recursive: true }).some((name) => String(name).endsWith('.svelte'));
}

/** Runs one step with its output shown as it comes; true when it succeeded. */
function succeeds(step: Step): boolean {
  process.stdout.write(`\n── ${step.name}\n`);
  const [file, ...args] = step.command;
  const startedMs = performance.now();
  const { status, error } = spawnSync(file!, args, { stdio: 'inherit', env });
  if (error !== undefined) process.stderr.write(`${step.name} does not start: ${error.message}\n`);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`── ${step.name}: ${status === 0 ? 'ok' : 'FAILED'} in ${seconds} s\n`);
  return status === 0;
}

const { values } = parseArgs({ options: { 'without-tests': { type: 'boolean', default: false } } });
const failed = steps.filter((step) => !succeeds(step));
if (failed.length > 0) {
  const others =
    failed.length === 1
      ? ''
      : ` (then: ${failed
          .slice(1)
          .map((step) => step.name)
          .join(', ')})`;
  process.stdout.write(`\nFirst failure: ${failed[0]!.name}${others}. The tests were not run.\n`);
  process.exitCode = 1;
} else if (!values['without-tests'] && !succeedsQuietly()) {
  process.exitCode = 1;
}

/** The tests close the output themselves: nothing is printed after their summary. */
function succeedsQuietly(): boolean {
  process.stdout.write('\n── tests\n');
  const pages = spawnSync(node, ['tools/ensure-pages.ts'], { stdio: 'inherit' });
  return pages.status === 0 && spawnSync(node, ['tools/test.ts'], { stdio: 'inherit' }).status === 0;
}
