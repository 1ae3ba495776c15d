import { systemClock } from '../../src/base/clock.ts';

/** How many frames each turn of the loop has read, until `done`: turns that read none are left out. */
export async function framesByTurn(frames: () => number, done: () => boolean): Promise<number[]> {
  const turns: number[] = [];
  let before = frames();
  while (!done()) {
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    const now = frames();
    if (now > before) turns.push(now - before);
    before = now;
  }
  return turns;
}
