import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { systemClock } from '../../src/base/clock.ts';
import { type Log, silentLog } from '../../src/base/log.ts';
import { SupervisedThread, type ThreadUser } from '../../src/base/supervised-thread.ts';
import { Gateway, type GatewayOptions, type GatewayRoom } from '../../src/gateway/gateway.ts';
import type { WritePolicy } from '../../src/gateway/gateway-cold.ts';
import type { BattleDescription, BoardQuestion, RoomReconciliation } from '../../src/gateway/gateway.ts';
import type { BoardRequest } from '../../src/protocol/board-scope.ts';
import type { DiskDescription } from '../../src/protocol/disk.ts';
import type { SourceState } from '../../src/protocol/frames.ts';
import type { Link } from '../../src/protocol/link.ts';
import type { Position } from '../../src/protocol/position.ts';
import { textFrame } from '../../src/protocol/websocket-frame.ts';
import type { TestColdSettings } from './cold-thread.ts';
import { Telemetry } from '../../src/telemetry/telemetry.ts';

// A gateway on a real port of this machine, with a fake room behind it and, where a test wants it, the cold thread.

/** A connection that the fake room was given. */
export interface Seat {
  readonly link: Link;
  readonly since: Position | null;
  alive: number;
  /** The mark of the last sign of life. */
  mark: number | undefined;
  detached: number;
}

/** A disk that gives no trouble. */
const calmDisk: DiskDescription = {
  state: 'ok',
  since: 1,
  refuses: false,
  waiting: 0,
  unsynced: 3,
  retention: { state: 'within', since: 1, bytes: 1_000, bytesMax: 20e9, detail: '' },
};

export class FakeRoom implements GatewayRoom {
  readonly id: string;
  readonly handle: string;
  readonly seats: Seat[] = [];
  seq = 7;
  source: SourceState = 'live';
  /** What each new connection is sent at once. */
  greeting: readonly object[] = [{ kind: 'hello', room: 'main', epoch: 'abc', seq: 7 }];
  snapshotsMade = 0;
  readonly boardsAsked: BoardRequest[] = [];
  boardsFull = false;
  disk = calmDisk;

  constructor(id: string, handle: string) {
    this.id = id;
    this.handle = handle;
  }

  describe(): ReturnType<GatewayRoom['describe']> {
    return {
      id: this.id,
      handle: this.handle,
      feed: 'scripted',
      source: this.source,
      sourceDetail: '',
      sourceAgeMs: 12,
      epoch: 'abc',
      seq: this.seq,
      connections: this.seats.filter((seat) => seat.detached === 0).length,
      diamonds: 100,
      gifters: 3,
      viewers: 50,
      battle: null,
      messages: {
        offered: 0,
        accepted: 0,
        lost: 0,
        queued: 0,
        understood: 0,
        duplicates: 0,
        ignored: 0,
        quarantined: 0,
        unknown: 0,
      },
      driftAlarms: 0,
      sumsAgree: true,
      disk: this.disk,
    };
  }

  pushed: GatewayRoom['pushed'] = null;

  driftReport(): ReturnType<GatewayRoom['driftReport']> {
    return { methods: [], fields: [], alarms: [] };
  }

  snapshotBytes(): Uint8Array {
    this.snapshotsMade++;
    return Buffer.from(JSON.stringify({ kind: 'snapshot', epoch: 'abc', seq: this.seq, view: {} }));
  }

  attach(link: Link, since: Position | null): { alive: (mark?: number) => void; detached: () => void } {
    const seat: Seat = { link, since, alive: 0, mark: undefined, detached: 0 };
    this.seats.push(seat);
    for (const frame of this.greeting) link.write(textFrame(JSON.stringify(frame)));
    return {
      alive: (mark) => {
        seat.alive++;
        seat.mark = mark;
      },
      detached: () => void seat.detached++,
    };
  }

  attachBoard(link: Link, request: BoardRequest): { alive: () => void; detached: () => void } | null {
    if (this.boardsFull) return null;
    this.boardsAsked.push(request);
    return this.attach(link, null);
  }

  reconciliation(): RoomReconciliation {
    return { total: null, text: '', hosts: [], viewers: [], army: [] };
  }

  boardBytes(question: BoardQuestion): Uint8Array {
    return Buffer.from(JSON.stringify({ seq: this.seq, question }));
  }

  /** Sends one frame to every connection: the same bytes to all, as delivery does. */
  publish(frame: object): void {
    const bytes = textFrame(JSON.stringify(frame));
    for (const { link } of this.seats) link.write(bytes);
  }
}

const fakeBattle: BattleDescription = {
  battleId: 'x',
  phase: 'running',
  form: 'duel',
  startAt: 1,
  durationSec: 300,
  extraSec: 0,
  dueAt: 300_001,
  endedAt: 0,
  final: false,
  scoredAt: 2,
  sides: [],
  rooms: [{ room: 'main', handle: 'creator', phase: 'running', complete: true, hostId: '1' }],
};

export interface Rig {
  readonly gateway: Gateway;
  readonly room: FakeRoom;
  readonly port: number;
  readonly url: string;
  /** The cold thread; null where the test asked for none. */
  readonly cold: SupervisedThread | null;
  readonly telemetry: Telemetry;
  /** Everything that it made in the file system. */
  readonly folder: string;
  close(): Promise<void>;
}

export interface RigOptions extends Partial<GatewayOptions> {
  /** Whether HTTP is answered: the cold thread takes a quarter of a second to start. */
  readonly cold?: boolean;
  readonly pagesDirectory?: string;
  /** Who may change something; this machine unless given. */
  readonly writes?: WritePolicy;
  /** Further users of the cold thread. */
  readonly users?: readonly ThreadUser[];
}

const coldEntry = new URL('./cold-thread.ts', import.meta.url);

export async function openRig(options: RigOptions = {}): Promise<Rig> {
  const { cold: wantsCold = false, pagesDirectory = '/nowhere', users: others = [], ...gatewayOptions } = options;
  const writes = options.writes ?? { kind: 'local' };
  const folder = mkdtempSync(path.join(tmpdir(), 'meks-gateway-'));
  const room = new FakeRoom('main', 'creator');
  const log: Log = options.log ?? silentLog;
  const gateway = new Gateway({
    clock: systemClock,
    log,
    host: '127.0.0.1',
    port: 0,
    rooms: {
      list: () => [room],
      battles: () => [fakeBattle],
      find: (name) => (name === room.id || name === room.handle || name === `@${room.handle}` ? room : null),
    },
    ...gatewayOptions,
  });
  const telemetry = new Telemetry({ clock: systemClock, idleWitness: false });
  telemetry.counters('gateway', gateway.counters);
  const settings: TestColdSettings = {
    pagesDirectory,
    allowedOrigins: options.allowedOrigins ?? [],
    logFile: path.join(folder, 'log'),
    writes,
  };
  const users = [gateway.coldUser, telemetry, ...others];
  const cold = wantsCold
    ? new SupervisedThread({ name: 'cold', clock: systemClock, log, entry: coldEntry, settings, users })
    : null;
  cold?.start();
  const { port, url } = await gateway.listen();
  const close = async (): Promise<void> => {
    await gateway.close();
    if (cold !== null) await telemetry.close();
    await cold?.stop();
    rmSync(folder, { recursive: true });
  };
  return { gateway, room, port, url, cold, telemetry, folder, close };
}

/** Runs `test` with a rig that is closed whatever happens. */
export async function withRig(options: RigOptions, test: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = await openRig(options);
  try {
    await test(rig);
  } finally {
    await rig.close();
  }
}
