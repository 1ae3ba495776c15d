import { unreachable } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { seededRandom, systemRandom } from '../base/random.ts';
import type { Feed, ReportProblem } from '../feed/feed.ts';
import { EulerFeed } from '../feed/euler.ts';
import { PushFeed } from '../feed/push.ts';
import { ReplayFeed } from '../feed/replay.ts';
import { ScriptedFeed } from '../feed/scripted.ts';
import { TikfinityFeed } from '../feed/tikfinity.ts';
import { hostsAt, TiktokFeed } from '../feed/tiktok.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';

/**
 * Makes the feed that a room's definition names. The one place that knows all kinds. `roomTime`: Unix ms of the newest
 * that the room has heard; 0 = nothing.
 */
export function makeFeed(room: RoomDefinition, clock: Clock, report: ReportProblem, roomTime: () => number): Feed {
  const { feed } = room;
  switch (feed.kind) {
    case 'scripted':
      return new ScriptedFeed({ ...feed, clock, random: seededRandom(feed.seed) });
    case 'replay':
      return new ReplayFeed({ ...feed, clock, report, roomTime });
    case 'euler':
      return new EulerFeed({ handle: room.handle, apiKey: feed.apiKey, clock, random: systemRandom, report });
    case 'push':
      return new PushFeed({ clock, token: feed.token });
    case 'tikfinity':
      return new TikfinityFeed({ url: feed.url, clock, random: systemRandom, report });
    case 'webcast':
      return new TiktokFeed({ source: { kind: 'direct-url', url: feed.url }, clock, random: systemRandom, report });
    case 'tiktok': {
      const { signUrl, signKeys, url } = feed;
      const source =
        signUrl === null
          ? ({ kind: 'direct', handle: room.handle } as const)
          : ({ kind: 'signed', handle: room.handle, signUrl, signKeys } as const);
      const hosts = url === undefined ? {} : hostsAt(url);
      return new TiktokFeed({ source, clock, random: systemRandom, report, hosts });
    }
    default:
      return unreachable(feed);
  }
}
