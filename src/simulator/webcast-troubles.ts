import type { Random } from '../base/random.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { WebcastServer } from './webcast-server.ts';

// Everything that goes wrong with a LIVE, one trouble at a time, each by what the Webcast server can do on command.

export interface TroubleScene {
  readonly server: WebcastServer;
  readonly random: Random;
  /** Some message of the LIVE that was sent already; null = there is none. */
  readonly sample: () => RawMessage | null;
}

export type Trouble = (scene: TroubleScene) => void;

/** Corrupt messages have ids of their own, which begin so. */
export const corruptId = '880000';

/** The connection goes, and coming back costs `refuse` first. */
function cutAnd(refuse: (server: WebcastServer) => void): Trouble {
  return ({ server }) => {
    refuse(server);
    server.disconnect();
  };
}

/** By its name, as `meks simulate --webcast --faults` takes it. */
export const webcastTroubles: Readonly<Record<string, Trouble>> = {
  cut: cutAnd(() => {}),
  goodbye: ({ server, random }) => server.disconnect(random.pick([1000, 1001, 1011])),
  silence: ({ server }) => server.hush('renewal'),
  'half-open': ({ server }) => server.playDead('renewal'),
  doubled: ({ server }) => server.harmFrames('double', 'double', 'double'),
  reordered: ({ server }) => server.harmFrames('swap'),
  lost: ({ server }) => server.harmFrames('lose'),
  blocked: cutAnd((server) => server.refuseSockets('DEVICE_BLOCKED', 'DEVICE_BLOCKED')),
  'key-rate': cutAnd((server) => server.refuseToSign({ status: 429, headers: { 'retry-after': '40' } })),
  'key-unpaid': cutAnd((server) => server.refuseToSign({ status: 402 })),
  'sign-lost': cutAnd((server) => server.refuseToSign({ status: 404 }, { status: 500 }, { status: 500 })),
  captcha: cutAnd((server) => server.brokenRoutes.add('page')),
  'no-captcha': ({ server }) => server.brokenRoutes.clear(),
  bomb: ({ server }) => server.sendBomb(),
  garbage: ({ server }) => server.sendGarbage(),
  strange: ({ server }) => server.sendStrange(),
  corrupt: ({ server, sample, random }) => {
    const raw = sample();
    if (raw !== null) server.sendCorrupt({ ...raw, msgId: `${corruptId}${random.int(4_294_967_296)}` });
  },
  huge: ({ server }) => server.sendHuge(),
  'new-fields': ({ server }) => server.addFields(),
};
