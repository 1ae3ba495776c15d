import { seededRandom } from '../../src/base/random.ts';

// When every event is due, made before the run from a seed: an open loop. Independent viewers make a Poisson process,
// so gaps are exponential: a rate of 500/s has moments of 1,500/s, which a metronome would hide. Above 1,000 events/s
// upstream sends several events a message, as TikTok does; they share one intended time.

export interface Phase {
  /** `step`: one of several rates in a row. */
  readonly name: 'warm-up' | 'burst' | 'step' | 'after';
  readonly eventsPerSecond: number;
  readonly seconds: number;
}

/** One message is one write of the generator; event `i` belongs to the message whose range holds it. */
export interface Schedule {
  readonly seed: number;
  readonly phases: readonly Phase[];
  readonly events: number;
  readonly messages: number;
  /** Per message: milliseconds after the start at which it is to be sent. Rises. */
  readonly messageDueMs: Float64Array;
  /** Per message: its first event; one more entry at the end, so that message m is [at m, at m + 1). */
  readonly messageFirstEvent: Uint32Array;
  /** Per event: the intended time of its message. Latency counts from here. */
  readonly eventDueMs: Float64Array;
  /** Per event: index of its phase. */
  readonly eventPhase: Uint8Array;
  /** Per phase: milliseconds after the start at which it is over. */
  readonly phaseEndMs: readonly number[];
}

const messagesPerSecondMax = 1_000;

/** Same seed and phases, same schedule, for ever. */
export function makeSchedule(seed: number, phases: readonly Phase[]): Schedule {
  const random = seededRandom(seed);
  const messageDue: number[] = [];
  const messageFirst: number[] = [];
  const eventPhase: number[] = [];
  const eventDue: number[] = [];
  const phaseEndMs: number[] = [];
  let startMs = 0;
  for (const [phaseIndex, phase] of phases.entries()) {
    const endMs = startMs + phase.seconds * 1_000;
    const eventsPerMessage = Math.max(1, Math.ceil(phase.eventsPerSecond / messagesPerSecondMax));
    const gapMs = (1_000 * eventsPerMessage) / phase.eventsPerSecond;
    for (let at = startMs + random.exponential(gapMs); at < endMs; at += random.exponential(gapMs)) {
      messageDue.push(at);
      messageFirst.push(eventDue.length);
      for (let event = 0; event < eventsPerMessage; event++) {
        eventDue.push(at);
        eventPhase.push(phaseIndex);
      }
    }
    phaseEndMs.push(endMs);
    startMs = endMs;
  }
  messageFirst.push(eventDue.length);
  return {
    seed,
    phases,
    events: eventDue.length,
    messages: messageDue.length,
    messageDueMs: Float64Array.from(messageDue),
    messageFirstEvent: Uint32Array.from(messageFirst),
    eventDueMs: Float64Array.from(eventDue),
    eventPhase: Uint8Array.from(eventPhase),
    phaseEndMs,
  };
}

/** Length of the whole schedule in milliseconds. */
export function scheduleLengthMs(schedule: Schedule): number {
  return schedule.phaseEndMs.at(-1) ?? 0;
}

/** The same phases squeezed into `totalSeconds`: rates stay, times shrink in proportion. */
export function squeezePhases(phases: readonly Phase[], totalSeconds: number): Phase[] {
  const seconds = phases.reduce((sum, phase) => sum + phase.seconds, 0);
  if (seconds <= totalSeconds) return [...phases];
  return phases.map((phase) => ({ ...phase, seconds: (phase.seconds * totalSeconds) / seconds }));
}
