import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

// What a hot door loads, it loads into the thread on which events flow: libraries of the cold half must not be among
// it.

const root = path.join(import.meta.dirname, '../..');
const hotDoors = ['src/gateway/gateway.ts', 'src/telemetry/telemetry.ts'];
const hotPackages = new Set(['ws']);

/** Static imports that remain when types are stripped. */
const importStatement = /^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;

/** Packages and files that are loaded with `entry`, by the way to each: the first importer that was found. */
function loadedWith(entry: string, read: (file: string) => string): Map<string, string> {
  const loaded = new Map([[entry, '']]);
  const waiting = [entry];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    for (const [, specifier = ''] of read(file).matchAll(importStatement)) {
      const target = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(file), specifier) : specifier;
      if (loaded.has(target)) continue;
      loaded.set(target, file);
      if (specifier.startsWith('.')) waiting.push(target);
    }
  }
  return loaded;
}

function coldPackages(entry: string, read: (file: string) => string): string[] {
  return [...loadedWith(entry, read)]
    .filter(([target]) => !target.endsWith('.ts') && !target.startsWith('node:') && !hotPackages.has(target))
    .map(([target, from]) => `${target}, by ${from}`);
}

const readSource = (file: string): string => readFileSync(path.join(root, file), 'utf8');

test('the hot doors load no library of the cold half', () => {
  for (const door of hotDoors) assert.deepEqual(coldPackages(door, readSource), [], door);
});

test('the hot doors load what they are made of: the reader of imports sees it', () => {
  const loaded = loadedWith('src/gateway/gateway.ts', readSource);
  for (const file of ['src/gateway/forwarder.ts', 'src/gateway/web-sockets.ts', 'src/protocol/limits.ts', 'ws'])
    assert.ok(loaded.has(file), file);
  assert.ok(!loaded.has('src/gateway/cold/app.ts'));
});

test('a cold library that is loaded by a detour is found', () => {
  const sources: Record<string, string> = {
    'a.ts':
      "import type { FastifyInstance } from 'fastify';\nimport { b } from './b.ts';\nimport { x } from 'node:fs';",
    'b.ts': "import {\n  one,\n  two,\n} from './c.ts';\nimport { WebSocket } from 'ws';",
    'c.ts': "export { z } from 'zod';",
  };
  assert.deepEqual(
    coldPackages('a.ts', (file) => sources[file] ?? ''),
    ['zod, by c.ts'],
  );
});
