// Regenerates src/protocol/webcast/webcast_pb.ts from webcast.proto, with the installed compiler and plugin: nothing
// is downloaded. `--check` writes nothing and fails when the file in the tree is not what the schema gives.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'src/protocol/webcast');
const file = 'webcast_pb.ts';

/** The text that `webcast.proto` compiles to. */
export function generateWebcast(): string {
  const scratch = mkdtempSync(join(tmpdir(), 'meks-webcast-'));
  try {
    const template = {
      version: 'v2',
      plugins: [{ local: 'protoc-gen-es', out: scratch, opt: ['target=ts', 'import_extension=ts'] }],
    };
    const binaries = join(root, 'node_modules/.bin');
    execFileSync(join(binaries, 'buf'), ['generate', folder, '--template', JSON.stringify(template)], {
      cwd: scratch,
      env: { ...process.env, PATH: binaries + delimiter + (process.env['PATH'] ?? '') },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return readFileSync(join(scratch, file), 'utf8');
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const target = join(folder, file);
  const text = generateWebcast();
  if (!process.argv.includes('--check')) {
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    console.error(`${target} is out of date: run node tools/generate-webcast.ts`);
    process.exitCode = 1;
  }
}
