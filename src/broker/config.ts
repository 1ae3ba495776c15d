import type { RetentionPolicy, SyncPolicy } from '../journal/journal.ts';

// What may be set, as plain types: parsed from flags and files at the edge (cli/, gateway/), trusted from here on.

/** Where a room's raw messages come from. */
export type FeedDefinition =
  | { readonly kind: 'scripted'; readonly seed: number; readonly battleEverySec: number; readonly battleSec: number }
  | { readonly kind: 'replay'; readonly path: string; readonly speed: number | 'max'; readonly loop: boolean }
  /** A creator's LIVE through Euler's cloud WebSocket. */
  | { readonly kind: 'euler'; readonly apiKey: string }
  /** A Webcast WebSocket at a known address: simulators, benchmarks, bridges. */
  | { readonly kind: 'webcast'; readonly url: string }
  /**
   * A LIVE on TikTok by the room's handle, through a sign service; `signUrl` null = without one, which may stop
   * working.
   */
  | { readonly kind: 'tiktok'; readonly signUrl: string | null; readonly signKeys: readonly string[] };

export interface RoomDefinition {
  /** Stable id, used in addresses and on disk: letters, digits, `-`, `_`, `.`. */
  readonly id: string;
  /** The creator's @handle without the @, for people. */
  readonly handle: string;
  readonly feed: FeedDefinition;
}

export interface BrokerConfig {
  /** Address to listen on. 127.0.0.1 = this machine only. */
  readonly host: string;
  /** Further names under which this broker is reached, such as a reverse proxy's. */
  readonly allowedHosts: readonly string[];
  /** 0 = any free port. */
  readonly port: number;
  /** Folder with the built pages. */
  readonly pagesDirectory: string;
  /** The program's own version, for documents. */
  readonly version: string;
  /** `text`: a line a sentence, for people; `json`: for machines. */
  readonly logStyle: 'text' | 'json';
  /** Folder of the logs; null = keep no log (what a dashboard has seen is then lost with the process). */
  readonly dataDirectory: string | null;
  /** When the log is forced to the disk. */
  readonly sync: SyncPolicy;
  /** What of the logs may go, by age and size per room. */
  readonly retention: RetentionPolicy;
  /** Folder in which every raw message of every room is recorded, one folder a start; null = none is. */
  readonly recordDirectory: string | null;
  /** Events that a room keeps in memory for who lags or returns; a power of two. */
  readonly ringRecordsMax: number;
  readonly rooms: readonly RoomDefinition[];
}

export const roomIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Default address: this machine only. */
export const defaultHost = '127.0.0.1';
export const defaultPort = 4820;
