import type { BattleFace } from './battle-face.ts';
import { unknownText } from './format.ts';

// What is said aloud about a battle, by a polite live region: the start, who took the lead, the result. At most one
// sentence every `paceMs`: of what happens in between only where it ended up is told. Pure but for its own memory.

const paceMs = 10_000;

export class Announcer {
  #saidAtMs = Number.NEGATIVE_INFINITY;
  #lead: BattleFace['lead'] = 'unknown';
  #mode: BattleFace['mode'] = 'none';

  /** A sentence to say now, or null. */
  observe(face: BattleFace, nowMs: number): string | null {
    if (nowMs - this.#saidAtMs < paceMs) return null;
    const sentence = this.#sentence(face);
    this.#mode = face.mode;
    this.#lead = face.lead;
    if (sentence !== null) this.#saidAtMs = nowMs;
    return sentence;
  }

  #sentence(face: BattleFace): string | null {
    const [us, them] = face.sides;
    const began = face.mode === 'running' && this.#mode !== 'running';
    const ended = face.mode === 'over' && this.#mode === 'running';
    const turned = face.mode === 'running' && face.lead !== this.#lead && face.lead !== 'unknown';
    if (ended)
      return face.clock === unknownText ? 'Battle over.' : `Battle over: ${lowered(face.clock)} ${lowered(face.gap)}.`;
    if (us === undefined || them === undefined) return null;
    if (began) return `${us.name} against ${them.name}: ${lowered(face.gap)}.`;
    return turned ? `${face.gap}.${timeLeft(face.leftMs)}` : null;
  }
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function timeLeft(leftMs: number | null): string {
  if (leftMs === null || leftMs <= 0) return '';
  const seconds = Math.ceil(leftMs / 1_000);
  if (seconds < 60) return ` ${seconds} seconds left.`;
  const minutes = Math.round(seconds / 60);
  return ` ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} left.`;
}
