// `npm run build`: everything that is published, into dist/: the pages and the program as JavaScript (Node does not
// strip types inside node_modules).

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { buildPages } from './pages.ts';

rmSync('dist', { recursive: true, force: true });
const compile = ['node_modules/typescript-7/bin/tsc', '--project', 'tsconfig.build.json'];
const { status } = spawnSync(process.execPath, compile, { stdio: 'inherit' });
if (status === 0) await buildPages();
else process.exitCode = 1;
