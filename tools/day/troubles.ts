// What goes wrong in a simulated day: the Webcast server's troubles, and those of the clock.

import { webcastTroubles, type TroubleScene } from '../../src/simulator/webcast-troubles.ts';
import type { IoClock } from './io-clock.ts';

type Trouble = (scene: TroubleScene & { readonly clock: IoClock }) => void;

const largestJumpMs = 1_200_000;

export const troubles: Readonly<Record<string, Trouble>> = {
  ...webcastTroubles,
  'clock-forward': ({ clock, random }) => clock.virtual.jumpWall(random.int(largestJumpMs)),
  'clock-back': ({ clock, random }) => clock.virtual.jumpWall(-random.int(largestJumpMs)),
};

/** What no feed could notice: to show that the comparison does. */
export const unnoticed: Readonly<Record<string, Trouble>> = {
  'lost-for-good': ({ server }) => server.harmFrames('drop'),
};

/** These cost much of the machine's time, and tell nothing new the second time. */
export const rareTroubles: ReadonlySet<string> = new Set(['huge', 'bomb', 'key-unpaid']);
