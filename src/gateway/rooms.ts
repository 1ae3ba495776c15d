import type { BoardRequest, BoardScope } from '../protocol/board-scope.ts';
import type { BattleState } from '../protocol/battle-state.ts';
import type { DiskDescription } from '../protocol/disk.ts';
import type { BattleOutcome, User } from '../protocol/events.ts';
import type { DriftReport } from '../protocol/drift.ts';
import type { Reconciliation, ReconciliationCause } from '../protocol/reconciliation.ts';
import type { SourceState } from '../protocol/frames.ts';
import type { Link } from '../protocol/link.ts';
import type { Position } from '../protocol/position.ts';
import type { PushAnswer, PushItems } from '../protocol/push.ts';

// What the gateway needs of the rooms behind it. Implemented by the broker.

/** What became of the raw messages: offered = accepted + lost, accepted = the others + what is queued. */
export interface MessageAccount {
  readonly offered: number;
  readonly accepted: number;
  readonly lost: number;
  readonly queued: number;
  readonly understood: number;
  readonly duplicates: number;
  readonly ignored: number;
  readonly quarantined: number;
  readonly unknown: number;
}

/** Facts about a room for lists and health: small, made on demand. Sent to the cold thread as they are. */
export interface RoomDescription {
  readonly id: string;
  readonly handle: string;
  /** Kind of feed: `tiktok`, `replay`, `scripted`, ... */
  readonly feed: string;
  readonly source: SourceState;
  /** For people: why the source is in that state. */
  readonly sourceDetail: string;
  /** Milliseconds since upstream last said anything; -1 = never. */
  readonly sourceAgeMs: number;
  readonly epoch: string;
  /** Highest published seq. */
  readonly seq: number;
  /** Dashboards connected now. */
  readonly connections: number;
  /** Of the session: diamonds counted, people who gave them, people watching now. */
  readonly diamonds: number;
  readonly gifters: number;
  readonly viewers: number;
  /** Phase of the battle on display; null = none. */
  readonly battle: string | null;
  readonly messages: MessageAccount;
  /** Signs that events are being lost to a change upstream: `meks drift` says which. */
  readonly driftAlarms: number;
  /** False while boards, gift events and ledger do not agree: what this room shows is not to be relied on. */
  readonly sumsAgree: boolean;
  /** How its log and the disk below it are doing. */
  readonly disk: DiskDescription;
}

/** A room as far as streams are concerned. */
export interface StreamRoom {
  /** Takes a connection in. `since` = null: it begins with a snapshot. */
  attach(link: Link, since: Position | null): Attachment;
  /** Takes a connection in that shows one board; null = there are too many different ones. */
  attachBoard(link: Link, request: BoardRequest): Attachment | null;
}

export interface StreamRooms {
  /** The room with this id, or else with this handle; null when there is none. */
  find(idOrHandle: string): StreamRoom | null;
}

export interface GatewayRoom extends StreamRoom {
  readonly id: string;
  readonly handle: string;
  describe(): RoomDescription;
  /** What shows that upstream has changed. Made on demand. */
  driftReport(): DriftReport;
  /** Bytes of the SnapshotFrame's JSON at this moment, made at most once per position. Never changed afterwards. */
  snapshotBytes(): Uint8Array;
  /** Takes events from other programs; null where they come from elsewhere. */
  readonly pushed: PushTarget | null;
  /** JSON of a part of one board as it is at this moment. */
  boardBytes(question: BoardQuestion): Uint8Array;
  reconciliation(): RoomReconciliation;
}

/** What was counted beside what upstream says: of hosts, and of its best gifters. */
export interface RoomReconciliation {
  /** null = upstream has told no total. */
  readonly total: Reconciliation | null;
  /** `counted 12,340 of 12,400: joined late`; '' = nothing is apart. */
  readonly text: string;
  readonly hosts: readonly (Omit<Reconciliation, 'counted'> & {
    readonly hostId: string;
    readonly own: number;
    readonly drift: number;
    readonly at: number;
  })[];
  readonly viewers: readonly UserDrift[];
  readonly army: readonly UserDrift[];
}

interface UserDrift {
  readonly userId: string;
  readonly upstream: number;
  readonly own: number;
  readonly drift: number;
  /** null = not apart. */
  readonly cause: ReconciliationCause | null;
}

/** A part of a board: a page of it, and the neighbours of one gifter. */
export interface BoardQuestion {
  readonly scope: BoardScope;
  /** From 0. */
  readonly page: number;
  readonly pageRows: number;
  /** '' = nobody's neighbours. */
  readonly around: string;
  readonly each: number;
}

/** A room's end of what other programs push. Implemented by its feed. */
export interface PushTarget {
  /** Whether this token may push. Takes the same time whatever it is. */
  admits(token: string): boolean;
  /**
   * Takes what a push holds, in order. Resolves when it is in the log, or will not be. Never rejects. `patient`: it may
   * wait, however much does already.
   */
  take(items: PushItems, patient: boolean): Promise<PushAnswer>;
  /** A pusher's WebSocket was opened. */
  connected(): void;
  /** It is closed. `clean`: by the pusher itself, who had nothing left to say. */
  disconnected(clean: boolean): void;
  /** Whoever was admitted went before they were connected, and will not be. For targets that keep a place for them. */
  gone?(): void;
}

/** A connection's hold on its room. */
export interface Attachment {
  /** The peer gave a sign of life; `mark` is what the ping that it answers was given. */
  alive(mark?: number): void;
  /** The connection is gone. */
  detached(): void;
}

/** One battle as all rooms of this broker know it. */
export interface BattleDescription {
  readonly battleId: string;
  readonly phase: BattleState['phase'];
  readonly form: BattleState['form'];
  readonly startAt: number;
  readonly durationSec: number;
  readonly extraSec: number;
  readonly dueAt: number;
  readonly endedAt: number;
  readonly final: boolean;
  readonly scoredAt: number;
  readonly sides: readonly {
    readonly id: string;
    readonly hosts: readonly User[];
    readonly points: number | null;
    readonly outcome: BattleOutcome;
    readonly winStreak: number | null;
    /** Counted by rooms of this broker; null = no room of it sees these gifts. */
    readonly diamonds: number | null;
    readonly countedBy: readonly { readonly room: string; readonly diamonds: number; readonly complete: boolean }[];
    readonly mvps: readonly { readonly user: User; readonly diamonds: number }[];
  }[];
  /** Rooms of this broker that hold it. */
  readonly rooms: readonly {
    readonly room: string;
    readonly handle: string;
    readonly phase: BattleState['phase'];
    readonly complete: boolean;
    /** '' = not known. */
    readonly hostId: string;
  }[];
}

export interface GatewayRooms extends StreamRooms {
  /** Battles that rooms hold (on display, or just before), newest first. */
  battles(): readonly BattleDescription[];
  list(): readonly GatewayRoom[];
  find(idOrHandle: string): GatewayRoom | null;
}

/** The one of `rooms` with this id, or else with this handle (with or without @); null when there is none. */
export function findRoom<Room extends { readonly id: string; readonly handle: string }>(
  rooms: Iterable<Room>,
  idOrHandle: string,
): Room | null {
  const handle = idOrHandle.startsWith('@') ? idOrHandle.slice(1) : idOrHandle;
  let found: Room | null = null;
  for (const room of rooms) {
    if (room.id === idOrHandle) return room;
    if (room.handle === handle) found ??= room;
  }
  return found;
}
