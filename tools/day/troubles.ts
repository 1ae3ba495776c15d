// Everything that goes wrong with a LIVE, one trouble at a time, each by what the Webcast server can do on command.

import type { Random } from '../../src/base/random.ts';
import type { RawMessage } from '../../src/protocol/raw.ts';
import type { WebcastServer } from '../../src/simulator/webcast-server.ts';
import type { IoClock } from './io-clock.ts';

export interface Scene {
  readonly server: WebcastServer;
  readonly clock: IoClock;
  readonly random: Random;
  /** Some message of the LIVE that was sent already. */
  readonly sample: () => RawMessage | null;
}

type Trouble = (scene: Scene) => void;

/** Corrupt messages have ids of their own, which begin so. */
export const corruptId = '880000';
const largestJumpMs = 1_200_000;
let corruptCount = 0;

/** The connection goes, and coming back costs `refuse` first. */
function cutAnd(refuse: (server: WebcastServer) => void): Trouble {
  return ({ server }) => {
    refuse(server);
    server.disconnect();
  };
}

export const troubles: Readonly<Record<string, Trouble>> = {
  cut: cutAnd(() => {}),
  goodbye: ({ server, random }) => server.disconnect(random.pick([1000, 1001, 1011])),
  silence: ({ server }) => server.hush('renewal'),
  'half-open': ({ server }) => server.playDead('renewal'),
  doubled: ({ server }) => server.harmFrames('double', 'double', 'double'),
  reordered: ({ server }) => server.harmFrames('swap'),
  lost: ({ server }) => server.harmFrames('lose'),
  blocked: cutAnd((server) => server.refuseSockets('DEVICE_BLOCKED', 'DEVICE_BLOCKED')),
  'rate of the key': cutAnd((server) => server.refuseToSign({ status: 429, headers: { 'retry-after': '40' } })),
  'unpaid key': cutAnd((server) => server.refuseToSign({ status: 402 })),
  'sign service lost': cutAnd((server) => server.refuseToSign({ status: 404 }, { status: 500 }, { status: 500 })),
  captcha: cutAnd((server) => server.brokenRoutes.add('page')),
  'no captcha': ({ server }) => server.brokenRoutes.clear(),
  bomb: ({ server }) => server.sendBomb(),
  garbage: ({ server }) => server.sendGarbage(),
  strange: ({ server }) => server.sendStrange(),
  corrupt: ({ server, sample }) => {
    const raw = sample();
    if (raw !== null) server.sendCorrupt({ ...raw, msgId: `${corruptId}${++corruptCount}` });
  },
  huge: ({ server }) => server.sendHuge(),
  'clock forward': ({ clock, random }) => clock.virtual.jumpWall(random.int(largestJumpMs)),
  'clock back': ({ clock, random }) => clock.virtual.jumpWall(-random.int(largestJumpMs)),
  'new fields': ({ server }) => server.addFields(),
};

/** What no feed could notice: to show that the comparison does. */
export const unnoticed: Readonly<Record<string, Trouble>> = {
  'lost for good': ({ server }) => server.harmFrames('drop'),
};

/** These cost much of the machine's time, and tell nothing new the second time. */
export const rareTroubles: ReadonlySet<string> = new Set(['huge', 'bomb', 'unpaid key']);
