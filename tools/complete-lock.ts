// `npm run lock`: after `npm install` changed package-lock.json, fills in what npm left out (see rules/lock-file.ts).

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { completed, missingPackages } from './rules/lock-file.ts';
import type { LockFile } from './rules/lock-file.ts';

const file = path.join(import.meta.dirname, '..', 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as LockFile;
const missing = missingPackages(lock);
if (missing.length > 0) writeFileSync(file, `${JSON.stringify(completed(lock), null, 2)}\n`);
process.stdout.write(`${missing.length} platform packages filled in\n`);
