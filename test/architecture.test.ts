import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { architectureViolations } from '../tools/rules/architecture.ts';
import { buildModuleGraph } from '../tools/rules/module-graph.ts';
import { readSourceTree } from '../tools/rules/source-tree.ts';
import { listed } from '../tools/rules/violation.ts';

const graph = buildModuleGraph(readSourceTree(path.join(import.meta.dirname, '..')));

/** What the rules say about one more file planted in the project. */
function plant(file: string, text: string): string[] {
  const planted = new Map([...graph, ...buildModuleGraph([{ path: file, text }])]);
  return architectureViolations(planted, [file]).map((violation) => violation.problem);
}

test('every import goes in the direction of the house, through doors, and hot code reaches nothing cold', () => {
  assert.equal(listed(architectureViolations(graph)), '');
});

test('a room that imports its neighbour is found', () => {
  assert.deepEqual(plant('src/ranking/planted.ts', "import { x } from '../normalizer/normalizer.ts';"), [
    'imports ../normalizer/normalizer.ts: ranking may import itself, base, protocol only',
  ]);
});

test('the ground floor that imports a room is found, whichever form the import has', () => {
  for (const text of [
    "import '../feed/feed.ts';",
    "import type { Feed } from '../feed/feed.ts';",
    "export { x } from '../feed/feed.ts';",
    "const late = await import('../feed/feed.ts');",
    "new Worker(new URL('../feed/feed.ts', import.meta.url));",
  ])
    assert.deepEqual(
      plant('src/base/planted.ts', text),
      ['imports ../feed/feed.ts: base may import itself only'],
      `not seen: ${text}`,
    );
  assert.equal(plant('src/protocol/planted.ts', "import '../broker/broker.ts';").length, 1);
});

test('an import past the door of a room is found, and the door itself is open', () => {
  assert.deepEqual(plant('src/broker/planted.ts', "import '../ranking/board.ts';"), [
    'imports ../ranking/board.ts: only the door of ranking is open to others',
  ]);
  assert.deepEqual(plant('src/broker/planted.ts', "import '../ranking/ranking.ts';"), []);
});

test('each kind of feed is a door of its own, as a file or as a folder', () => {
  assert.deepEqual(plant('src/simulator/planted.ts', "import '../feed/scripted.ts';"), []);
  assert.deepEqual(plant('src/simulator/planted.ts', "import '../feed/scripted/scripted.ts';"), []);
  assert.equal(plant('src/simulator/planted.ts', "import '../feed/scripted/script.ts';").length, 1);
});

test('nobody imports from above: not the broker the simulator, not the simulator the CLI', () => {
  assert.equal(plant('src/broker/planted.ts', "import '../simulator/simulator.ts';").length, 1);
  assert.equal(plant('src/simulator/planted.ts', "import '../cli/meks.ts';").length, 1);
  assert.equal(plant('src/cli/planted.ts', "import '../../tools/check.ts';").length, 1);
});

test('a unit test keeps to the direction of its room, but may use test/support', () => {
  assert.deepEqual(plant('src/ranking/planted.test.ts', "import '../../test/support/builders.ts';"), []);
  assert.equal(plant('src/ranking/planted.test.ts', "import '../feed/feed.ts';").length, 1);
});

test('a page that imports more of the broker than its protocol is found; its tests may', () => {
  assert.deepEqual(plant('web/desk/planted.ts', "import '../../src/protocol/frames.ts';"), []);
  assert.deepEqual(
    plant('web/desk/Planted.svelte', '<script lang="ts">\n  import \'../../src/base/clock.ts\';\n</script>'),
    ['imports ../../src/base/clock.ts: pages may import src/protocol only'],
  );
  assert.deepEqual(plant('web/client/planted.test.ts', "import '../../src/base/virtual-clock.ts';"), []);
});

test('a folder of src that is no room of the house is found', () => {
  assert.deepEqual(plant('src/utils/planted.ts', "import '../base/clock.ts';"), [
    'imports ../base/clock.ts: src/utils is not a room of the house',
  ]);
});

test('a cold library in hot code is found, and also behind a file that hot code imports', () => {
  assert.deepEqual(plant('src/delivery/planted.ts', "import { readFileSync } from 'node:fs';"), [
    'hot code reaches the cold library node:fs',
  ]);
  assert.deepEqual(plant('src/gateway/planted.ts', "import fastify from 'fastify';"), []);
  const two = buildModuleGraph([
    { path: 'src/protocol/parsing.ts', text: "import { z } from 'zod';" },
    { path: 'src/ranking/planted.ts', text: "import '../protocol/parsing.ts';" },
  ]);
  assert.deepEqual(architectureViolations(two), [
    { file: 'src/ranking/planted.ts', problem: 'hot code reaches the cold library zod (by src/protocol/parsing.ts)' },
  ]);
});
