import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import type { RawMessage } from '../protocol/raw.ts';
import type { TimedMessage } from './webcast-server-timeline.ts';

// What a Webcast server is told, and what it counts.

export const webcastServerCounterSpec = {
  clients: 'sockets that were opened',
  refused: 'sockets that were refused by order',
  enters: 'clients that entered the room',
  heartbeats: 'heartbeats received',
  acks: 'acknowledgements that named a frame and carried its internalExt',
  acksWrong: 'acknowledgements that did not',
  garbage: 'client frames that could not be read',
  frames: 'message frames sent, each counted once for each client',
  sent: 'frames of any kind sent, each counted once for each client',
  messages: 'messages of the timeline',
  cutOff: 'clients that read too slowly',
} as const;

export interface WebcastServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** What happens in the room, in order; null or its end = nothing more happens (the LIVE goes on until `end`). */
  readonly source: { next(): TimedMessage | null };
  /** By the times of the source, or as fast as the clients read. Time begins with the first client that enters. */
  readonly pace: 'clock' | 'max';
  /** 0 = any free port. Default 0. */
  readonly port?: number;
  readonly handle?: string;
  readonly roomId?: string;
  readonly gzip?: boolean;
  readonly backlogMax?: number;
  /** Told which messages a client has acknowledged: they are its to keep from now on. */
  readonly onAcknowledged?: (messages: readonly RawMessage[]) => void;
}
