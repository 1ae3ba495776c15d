// Which rooms there are and where their messages come from, as plain data: parsed at the edges (command line, settings
// file, HTTP), trusted from there on.

/** Where a room's raw messages come from. */
export type FeedDefinition =
  | { readonly kind: 'scripted'; readonly seed: number; readonly battleEverySec: number; readonly battleSec: number }
  | { readonly kind: 'replay'; readonly path: string; readonly speed: number | 'max'; readonly loop: boolean }
  /** A creator's LIVE through Euler's cloud WebSocket. */
  | { readonly kind: 'euler'; readonly apiKey: string }
  /** What other programs push, who show this token (docs/PUSH.md). */
  | { readonly kind: 'push'; readonly token: string }
  /** TikFinity's WebSocket on this machine. */
  | { readonly kind: 'tikfinity'; readonly url: string }
  /** A Webcast WebSocket at a known address: simulators, benchmarks, bridges. */
  | { readonly kind: 'webcast'; readonly url: string }
  /**
   * A LIVE on TikTok by the room's handle, through a sign service; `signUrl` null = without one, which may stop
   * working. `url`: who answers in TikTok's place (`meks simulate --webcast`, a bridge).
   */
  | {
      readonly kind: 'tiktok';
      readonly signUrl: string | null;
      readonly signKeys: readonly string[];
      readonly url?: string;
    };

export interface RoomDefinition {
  /** Stable id, used in addresses and on disk: letters, digits, `-`, `_`, `.`. */
  readonly id: string;
  /** The creator's @handle without the @, for people. */
  readonly handle: string;
  /** IANA name of the zone whose midnight ends the room's day, such as Europe/Berlin; UTC unless given. */
  readonly timeZone?: string;
  readonly feed: FeedDefinition;
}

/** The sign service that is asked unless another one is named. */
export const defaultSignUrl = 'https://api.eulerstream.com';

/** What `push` tokens are made of: they must fit an HTTP header, and a browser's list of subprotocols. */
export const pushTokenPattern = /^[\w.~-]{16,200}$/;

export const roomIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
