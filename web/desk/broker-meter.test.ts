import assert from 'node:assert/strict';
import test from 'node:test';
import { readBroker } from './broker-meter.ts';

const text = `# HELP meks_loop_hitches_total times
meks_loop_hitches_total 3
meks_loop_longest_turn_ms 210.5
meks_loop_recent_turn_ms 31
meks_loop_recent_turn_messages 400
meks_loop_recent_turn_writes 1
meks_loop_recent_turn_snapshots 0
meks_memory_gc_scavenges_total 855
meks_memory_gc_scavenge_ms_total 912.5
meks_memory_gc_longest_ms 2.4
meks_loop_lateness_seconds_bucket{le="0.000128"} 900
meks_loop_lateness_seconds_bucket{le="0.016"} 995
meks_loop_lateness_seconds_bucket{le="+Inf"} 1000
meks_loop_lateness_seconds_count 1000
meks_delivery_writes_total{room="demo"} 7
`;

test('the hitch meter is read from what the broker shows of itself', () => {
  const reading = readBroker(text)!;
  assert.equal(reading.hitches, 3);
  assert.equal(reading.recentTurnWork, '400 messages, 1 write');
  assert.deepEqual(reading.loop, { p50Ms: 0.128, p99Ms: 16, p999Ms: Infinity });
  assert.equal(reading.machine, null, 'no idle thread runs: nothing is known of the machine');
  assert.deepEqual(reading.collections[0], { kind: 'Young generation', count: 855, ms: 912.5 });
});

test('what is no such text is not read as a broker without hitches', () => {
  assert.equal(readBroker('<html>sign in</html>'), null);
});
