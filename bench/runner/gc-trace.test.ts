import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GcTrace, summarize } from './gc-trace.ts';

const main =
  '[25061:0x3a85f000]       37 ms: Scavenge 5.2 (6.1) -> 4.7 (6.9) MB, pooled: 0.0 MB, 3.96 / 0.00 ms (average mu = 1.000, current mu = 1.000) allocation failure; \n';
const worker =
  '[25061:0x7f6a1c001000]       21 ms: Scavenge 5.0 (6.4) -> 4.6 (7.1) MB, 4.09 / 0.00 ms  (average mu = 1.000) allocation failure; \n';
const mark =
  '[25061:0x3a85f000]      151 ms: Incremental Mark-Compact 56.6 (74.0) -> 44.7 (61.8) MB, pooled: 0.0 MB, 9.57 / 0.00 ms (+ 18.0 ms in 3 steps since start of marking, biggest step 12.0 ms, walltime since start of marking 29 ms) (average mu = 0.812, current mu = 0.812) finalize incremental marking via task; GC in old space requested\n';

test('pauses are told apart by thread and by kind, and stand on the monotonic clock', () => {
  const trace = new GcTrace();
  trace.read(`ready 1 2\n${main}`, 1_037.5);
  trace.read(worker, 1_061);
  trace.read(mark, 1_152);
  assert.deepEqual(trace.hotPauses(), [
    { atMs: 1_037.5, ms: 3.96, kind: 'scavenge' },
    { atMs: 1_151.5, ms: 9.57, kind: 'mark-compact' },
    { atMs: 1_151.5, ms: 12, kind: 'incremental-step' },
    { atMs: 1_151.5, ms: 3, kind: 'incremental-step' },
  ]);
  assert.deepEqual(trace.coldPauses(), [{ atMs: 1_061, ms: 4.09, kind: 'scavenge' }]);
  assert.deepEqual(summarize(trace.coldPauses()), { count: 1, max_ms: 4.09, total_ms: 4.09 });
});

test('a line cut between two reads is read whole', () => {
  const trace = new GcTrace();
  for (const character of main + worker) trace.read(character, 2_000);
  assert.equal(trace.hotPauses().length + trace.coldPauses().length, 2);
});

test("Go's two stops of the world are pauses, its concurrent part is none", () => {
  const trace = new GcTrace();
  trace.read('gc 5 @0.312s 2%: 0.021+1.2+0.104 ms clock, 0.04+0.3/0.9/0.1+0.2 ms cpu, 4->4->2 MB, 5 MB goal, 2 P\n', 7);
  assert.deepEqual(
    trace.hotPauses().map((pause) => pause.ms),
    [0.021, 0.104],
  );
});
