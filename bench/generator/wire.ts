import { FrameReader } from './frame-reader.ts';
import type { FrameSink } from './frame-reader.ts';
import { NatsReader } from './nats-reader.ts';

// How a program speaks to its dashboards. All of them carry the same event text over WebSocket; what is around it
// and what a client has to say before it is served differ.

export type WireName = 'meks' | 'plain' | 'socketio' | 'nats';

/** What reads the bytes after the handshake. */
export interface WireReader {
  read(dashboard: number, bytes: Uint8Array, start: number, end: number, nowMs: number): void;
  reset(dashboard: number): void;
}

export interface Wire {
  readonly name: WireName;
  /** Text sent right after the upgrade, '' = nothing. */
  readonly greeting: string;
  /** Whether client messages are binary frames. */
  readonly binary: boolean;
  /** True when this message of the server means that events will follow from now on. */
  isReady(message: string): boolean;
  /** What a client has to answer to this message; '' = nothing. */
  answer(message: string): string;
  /** False: the upgrade itself means readiness. */
  readonly waitsForReady: boolean;
}

export const wires: Readonly<Record<WireName, Wire>> = {
  meks: {
    name: 'meks',
    greeting: '',
    binary: false,
    waitsForReady: true,
    isReady: (message) => message.startsWith('{"kind":"snapshot"') || /^\{"kind":"hello".*"resumed":true/.test(message),
    answer: () => '',
  },
  plain: {
    name: 'plain',
    greeting: '',
    binary: false,
    waitsForReady: false,
    isReady: () => false,
    answer: () => '',
  },
  // Engine.IO 4: `0` open, `2` ping, `3` pong; Socket.IO 5: `40` connect. https://socket.io/docs/v4/engine-io-protocol/
  socketio: {
    name: 'socketio',
    greeting: '40',
    binary: false,
    waitsForReady: true,
    isReady: (message) => message.startsWith('40'),
    answer: (message) => (message === '2' ? '3' : ''),
  },
  // https://docs.nats.io/reference/reference-protocols/nats-protocol
  nats: {
    name: 'nats',
    greeting: 'CONNECT {"verbose":false,"pedantic":false,"lang":"bench","version":"1"}\r\nSUB room 1\r\nPING\r\n',
    binary: true,
    waitsForReady: true,
    isReady: (message) => message.startsWith('PONG'),
    answer: (message) => (message.startsWith('PING') ? 'PONG\r\n' : ''),
  },
};

const socketioWrapping = '42["event",';

export function makeReader(wire: WireName, dashboards: number, sink: FrameSink): WireReader {
  if (wire === 'nats') return new NatsReader(dashboards, sink);
  return new FrameReader(dashboards, sink, wire === 'socketio' ? socketioWrapping.length : 0);
}
