import type { Clock } from '../../base/clock.ts';
import { type Attachment, boardsFull } from '../../gateway/gateway.ts';
import type { BoardRequest } from '../../protocol/board-scope.ts';
import { closeReasons } from '../../protocol/close-codes.ts';
import type { Link } from '../../protocol/link.ts';
import { textFrame } from '../../protocol/websocket-frame.ts';

// Subscriptions to boards that come to a sender thread: a board is the business of who ranks, so that the hot thread
// goes on making what changed on it, and hands the bytes over. What the hot thread takes for a socket that has not
// drained is what the sender has not said to be taken. Bounded: one whole board and one change a viewer under way.

/** `viewer` numbers a connection within one life of a sender thread. */
export type ToBoardDesk =
  | { readonly kind: 'board-attach'; readonly viewer: number; readonly room: string; readonly request: BoardRequest }
  | { readonly kind: 'board-taken'; readonly viewer: number; readonly bytes: number }
  | { readonly kind: 'board-alive'; readonly viewer: number }
  | { readonly kind: 'board-detached'; readonly viewer: number };

export type FromBoardDesk =
  | { readonly kind: 'board-bytes'; readonly viewer: number; readonly bytes: Uint8Array }
  | { readonly kind: 'board-ping'; readonly viewer: number }
  | { readonly kind: 'board-close'; readonly viewer: number; readonly code: number; readonly reason: string }
  | { readonly kind: 'board-refused'; readonly viewer: number };

/** How often sockets that have not drained are looked at, in milliseconds. */
const lookMs = 8;

interface Viewer {
  readonly link: Link;
  /** Bytes written of which the hot thread has not been told that they are taken. */
  owedBytes: number;
}

/** The sender's end. */
export class BoardRelay {
  readonly #clock: Clock;
  readonly #say: (message: ToBoardDesk) => void;
  readonly #viewers = new Map<number, Viewer>();
  readonly #onLook = (): void => this.#look();
  #looking = false;
  #next = 1;

  constructor(clock: Clock, say: (message: ToBoardDesk) => void) {
    this.#clock = clock;
    this.#say = say;
  }

  attach(room: string, link: Link, request: BoardRequest): Attachment {
    const viewer = this.#next++;
    this.#viewers.set(viewer, { link, owedBytes: 0 });
    this.#say({ kind: 'board-attach', viewer, room, request });
    return {
      alive: () => this.#say({ kind: 'board-alive', viewer }),
      detached: () => {
        if (this.#viewers.delete(viewer)) this.#say({ kind: 'board-detached', viewer });
      },
    };
  }

  take(message: FromBoardDesk): void {
    const viewer = this.#viewers.get(message.viewer);
    if (viewer === undefined) return;
    const { link } = viewer;
    switch (message.kind) {
      case 'board-bytes':
        link.write(message.bytes);
        viewer.owedBytes += message.bytes.length;
        this.#settle(message.viewer, viewer);
        break;
      case 'board-ping':
        link.ping();
        break;
      case 'board-close':
        link.close(message.code, message.reason);
        break;
      case 'board-refused': {
        const { code, reason } = closeReasons.boardsFull;
        link.write(textFrame(JSON.stringify({ kind: 'error', ...boardsFull })));
        link.close(code, reason);
        break;
      }
    }
  }

  /** Says what the socket has taken; looks again later where it has not. */
  #settle(number: number, viewer: Viewer): void {
    if (viewer.link.pendingBytes() > 0) {
      if (!this.#looking) this.#clock.after(lookMs, this.#onLook);
      this.#looking = true;
      return;
    }
    this.#say({ kind: 'board-taken', viewer: number, bytes: viewer.owedBytes });
    viewer.owedBytes = 0;
  }

  #look(): void {
    this.#looking = false;
    for (const [number, viewer] of this.#viewers) if (viewer.owedBytes > 0) this.#settle(number, viewer);
  }
}

/** Where boards are to be had: the hot thread's rooms. */
export interface BoardRooms {
  /** Null: there is no such room, or it has no place for one more board. */
  attachBoard(room: string, link: Link, request: BoardRequest): Attachment | null;
}

/** The hot thread's end, for one sender. */
export class BoardDesk {
  readonly #rooms: BoardRooms;
  readonly #say: (message: FromBoardDesk) => void;
  readonly #viewers = new Map<number, { readonly link: RelayedLink; readonly attachment: Attachment }>();

  constructor(rooms: BoardRooms, say: (message: FromBoardDesk) => void) {
    this.#rooms = rooms;
    this.#say = say;
  }

  take(message: ToBoardDesk): void {
    const viewer = this.#viewers.get(message.viewer);
    switch (message.kind) {
      case 'board-attach':
        this.#attach(message.viewer, message.room, message.request);
        break;
      case 'board-taken':
        viewer?.link.taken(message.bytes);
        break;
      case 'board-alive':
        viewer?.attachment.alive();
        break;
      case 'board-detached':
        this.#viewers.delete(message.viewer);
        viewer?.attachment.detached();
        break;
    }
  }

  /** The sender is gone, and its viewers with it. */
  lost(): void {
    for (const { attachment } of this.#viewers.values()) attachment.detached();
    this.#viewers.clear();
  }

  #attach(viewer: number, room: string, request: BoardRequest): void {
    const link = new RelayedLink(viewer, this.#say);
    const attachment = this.#rooms.attachBoard(room, link, request);
    if (attachment === null) this.#say({ kind: 'board-refused', viewer });
    else this.#viewers.set(viewer, { link, attachment });
  }
}

/** A socket of another thread. */
class RelayedLink implements Link {
  readonly #viewer: number;
  readonly #say: (message: FromBoardDesk) => void;
  #pendingBytes = 0;

  constructor(viewer: number, say: (message: FromBoardDesk) => void) {
    this.#viewer = viewer;
    this.#say = say;
  }

  write(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    this.#say({ kind: 'board-bytes', viewer: this.#viewer, bytes });
  }

  pendingBytes(): number {
    return this.#pendingBytes;
  }

  taken(bytes: number): void {
    this.#pendingBytes -= bytes;
  }

  ping(): void {
    this.#say({ kind: 'board-ping', viewer: this.#viewer });
  }

  close(code: number, reason: string): void {
    this.#say({ kind: 'board-close', viewer: this.#viewer, code, reason });
  }
}
