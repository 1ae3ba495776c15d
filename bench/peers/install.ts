import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Installs the peers that are asked for, or all of them: `node bench/peers/install.ts [name...]`. What comes from
// Debian is not installed here but named (README.md in this folder), since that takes an administrator.

const here = fileURLToPath(new URL('.', import.meta.url));
const build = join(here, 'build');

function run(command: string, args: readonly string[], cwd: string, environment: NodeJS.ProcessEnv = {}): void {
  process.stdout.write(`  ${command} ${args.join(' ')}\n`);
  execFileSync(command, args, { cwd, stdio: 'inherit', env: { ...process.env, ...environment } });
}

/** Throws with the remedy where a tool is not there; `which` finds those that have no fixed place. */
function need(tool: string, packages: string): void {
  const found = tool.startsWith('/') ? existsSync(tool) : spawnSync('which', [tool]).status === 0;
  if (!found) throw new Error(`  ${tool} is missing: apt-get install ${packages}`);
}

/** Rust and its Tokio are Debian's: the compiler beside the crates, not one that rustup may have put first. */
function buildTokio(): void {
  need('/usr/bin/cargo', 'cargo librust-tokio-dev');
  const sources = join(build, 'tokio-sources');
  cpSync(join(here, 'tokio'), sources, { recursive: true });
  run('/usr/bin/cargo', ['build', '--release', '--offline', '--quiet'], sources, { RUSTC: '/usr/bin/rustc' });
  for (const name of ['tokio', 'tokio-batched']) cpSync(join(sources, 'target', 'release', name), join(build, name));
}

function buildFloor(): void {
  need('cc', 'gcc libc6-dev');
  run('cc', ['-O2', '-Wall', '-Wextra', '-o', join(build, 'floor'), 'floor.c'], join(here, 'floor'));
}

function installPackages(): void {
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], here);
}

const steps: Readonly<Record<string, () => void>> = {
  floor: buildFloor,
  tokio: buildTokio,
  'tokio-batched': buildTokio,
  socketio: installPackages,
  bun: installPackages,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in steps));
if (unknown.length > 0) {
  process.stderr.write(`no install step for ${unknown.join(', ')}; there are: ${Object.keys(steps).join(', ')}\n`);
  process.exit(1);
}
mkdirSync(build, { recursive: true });
const wanted = new Set((asked.length === 0 ? Object.keys(steps) : asked).map((name) => steps[name]!));
let failed = false;
for (const step of wanted) {
  try {
    step();
  } catch (error) {
    failed = true;
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
}
process.exit(failed ? 1 : 0);
