// `npm run build`: everything that is published, into dist/: the program and the client as JavaScript (Node does not
// strip types inside node_modules), and the pages.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { buildPages } from './pages.ts';

rmSync('dist', { recursive: true, force: true });

/** Whether what `project` describes could be compiled; the compiler says what is wrong. */
function compiles(project: string): boolean {
  const compile = ['node_modules/typescript-7/bin/tsc', '--project', project];
  return spawnSync(process.execPath, compile, { stdio: 'inherit' }).status === 0;
}

if (compiles('tsconfig.build.json') && compiles('tsconfig.client.json')) await buildPages();
else process.exitCode = 1;
