import { FrameReader } from './frame-reader.ts';
import { Recorder } from './recorder.ts';
import type { Temper } from './recorder.ts';
import { makeSchedule } from './schedule.ts';
import { websocketFrame } from './tape.ts';
import { eventId } from './world.ts';

// What the generator itself pays for a delivery, reading and accounting together: it has to stay small beside the few
// microseconds of a read. Run it as a script for real size; a test runs it at toy size, so that it cannot rot.

export interface ReadCost {
  readonly nsPerFrame: number;
  readonly deliveries: number;
}

/** Reads `events` frames at each of `dashboards`, `framesPerRead` at a time. */
export function measureReading(dashboards: number, events: number, framesPerRead: number): ReadCost {
  const schedule = makeSchedule(1, [{ name: 'burst', eventsPerSecond: 1_000, seconds: (events * 1.2) / 1_000 }]);
  const tempers = Array.from({ length: dashboards }, (): Temper => 'good');
  const recorder = new Recorder(schedule, tempers);
  recorder.start(0);
  const sink = {
    event: (dashboard: number, index: number, seq: number, nowMs: number) =>
      recorder.event(dashboard, index, seq, nowMs),
    message: () => {},
    control: () => {},
  };
  const reader = new FrameReader(dashboards, sink);
  const reads: Buffer[] = [];
  for (let first = 0; first + framesPerRead <= events; first += framesPerRead) {
    const frames = Array.from({ length: framesPerRead }, (_, offset) => {
      const index = first + offset;
      const text = `{"seq":${index + 1},"kind":"gift","id":"${eventId(index)}","filler":"${'x'.repeat(500)}"}`;
      return websocketFrame(Buffer.from(text), 0x81, false);
    });
    reads.push(Buffer.concat(frames));
  }
  const before = process.cpuUsage();
  for (const [turn, bytes] of reads.entries()) {
    for (let dashboard = 0; dashboard < dashboards; dashboard++)
      reader.read(dashboard, bytes, 0, bytes.length, turn + 5);
  }
  // Time on a core, not on the clock: others may be at work.
  const spent = process.cpuUsage(before).user;
  const { deliveries } = recorder.measured().good;
  return { nsPerFrame: (spent * 1e3) / deliveries, deliveries };
}

if (process.argv[1] === import.meta.filename) {
  for (const framesPerRead of [1, 8, 40]) {
    const { nsPerFrame, deliveries } = measureReading(300, 20_000, framesPerRead);
    process.stdout.write(
      `${framesPerRead} frames a read: ${nsPerFrame.toFixed(0)} ns a frame (${deliveries} deliveries)\n`,
    );
  }
}
