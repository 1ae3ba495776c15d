// What `import { … } from 'meks/client'` gives: a room, or one board of it, without a screen. For overlays, bots and
// pages of your own; no dependencies, in browsers and in Node 22 or newer. docs/PROTOCOL.md tells what it speaks.

export {
  type BoardChange,
  type BoardLink,
  type BoardOptions,
  BoardSubscription,
  subscribeBoard,
} from './board-client.ts';
export { type ClientOptions, type Link, type LinkStatus, type Notice, StreamClient } from './client.ts';
export type { ClientEnvironment } from './environment.ts';
export type { BoardRequest, BoardScope } from '../../src/protocol/board-scope.ts';
export type { BoardView } from '../../src/protocol/board-view.ts';
export type { MeksEvent } from '../../src/protocol/events.ts';
export type { EventFrame, SourceState } from '../../src/protocol/frames.ts';
export type { Position } from '../../src/protocol/position.ts';
export type { RoomView } from '../../src/protocol/room-view.ts';
