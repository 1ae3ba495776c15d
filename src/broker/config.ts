import { type CompressMode, isLoopback, type WritePolicy } from '../gateway/gateway.ts';
import type { RetentionPolicy, SyncPolicy } from '../journal/journal.ts';
import type { RoomDefinition } from '../protocol/room-definition.ts';

// What may be set, as plain types: parsed from flags and files at the edge (cli/, gateway/), trusted from here on.

export interface BrokerConfig {
  /** Address to listen on. 127.0.0.1 = this machine only. */
  readonly host: string;
  /** Further names under which this broker is reached, such as a reverse proxy's. */
  readonly allowedHosts: readonly string[];
  /** Origins of other sites whose pages may read: overlays of people's own. */
  readonly allowedOrigins: readonly string[];
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
  /**
   * What a program must show to change something over HTTP; null = whoever is on this machine may, nobody else.
   */
  readonly token: string | null;
  /** Who is offered compressed frames: `remote` = dashboards that are not on this machine. */
  readonly compress: CompressMode;
  /** Threads that send to dashboards; 0 = the hot thread itself, best up to about a thousand of them. */
  readonly senders: number;
  /** Events that a room keeps in memory for who lags or returns; a power of two. */
  readonly ringRecordsMax: number;
  /** Rooms of the command line. */
  readonly rooms: readonly RoomDefinition[];
  /** The config file that it was started with; null = none. */
  readonly configFile: StartedWith | null;
}

/** A config file, and what it said when the broker was started. */
export interface StartedWith {
  readonly path: string;
  readonly content: ConfigFile;
}

/** What the config file says: settings that are left out have their default, or that of a flag. */
export interface ConfigFile {
  readonly host?: string;
  readonly port?: number;
  readonly allowHosts?: readonly string[];
  readonly allowOrigins?: readonly string[];
  readonly data?: string | null;
  readonly record?: string;
  readonly sync?: SyncPolicy;
  readonly keepDays?: number;
  readonly keepGigabytes?: number;
  readonly ring?: number;
  readonly senders?: number;
  readonly compress?: CompressMode;
  readonly tokenFile?: string;
  readonly rooms: readonly RoomDefinition[];
}

/** Default address: this machine only. */
export const defaultHost = '127.0.0.1';
export const defaultPort = 4820;

/** Who may change something over HTTP. Behind another name (a proxy's) everybody comes from this machine: as open. */
export function writePolicy({ token, host, allowedHosts }: BrokerConfig): WritePolicy {
  if (token !== null) return { kind: 'token', token };
  return isLoopback(host) && allowedHosts.length === 0 ? { kind: 'local' } : { kind: 'nobody' };
}
