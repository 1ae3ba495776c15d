import type { MessagePort, Transferable } from 'node:worker_threads';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { Counters } from '../../base/counters.ts';
import { Doorbell, doorbellMemory } from '../../base/doorbell.ts';
import type { Log } from '../../base/log.ts';
import { SupervisedThread, type ThreadUser } from '../../base/supervised-thread.ts';
import { type GatewayCounters, gatewayCounterSpec, type PushRooms } from '../../gateway/gateway.ts';
import { MeksError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { BoardDesk, type BoardRooms } from './board-relay.ts';
import { PushDesk } from './push-relay.ts';
import type { FromSender, SenderSettings, ToSender } from './sender-messages.ts';

// One sender thread, as the hot thread sees it: its lives, its bell, its counters (which outlive them).

export interface SenderOwner {
  begun(sender: Sender): void;
  ended(sender: Sender): void;
  snapshotWanted(sender: Sender, id: string): void;
}

export interface SenderOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: SenderSettings;
  readonly counters: GatewayCounters;
  readonly owner: SenderOwner;
  /** Where pushes go that come to it. */
  readonly pushRooms: PushRooms;
  /** Where its viewers of boards go. */
  readonly boardRooms: BoardRooms;
}

export interface SenderAddress {
  readonly url: string;
  readonly port: number;
}

export class Sender implements ThreadUser {
  readonly name = 'sender';
  /** From 0. */
  readonly place: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly counters: GatewayCounters;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #owner: SenderOwner;
  readonly #bell: Doorbell;
  readonly #thread: SupervisedThread;
  readonly #pushes: PushDesk;
  readonly #boards: BoardDesk;
  #port: MessagePort | null = null;
  /** Where it listens; null before the first life did. */
  #address: SenderAddress | null = null;
  #listening: { readonly resolve: (address: SenderAddress) => void; readonly reject: (error: Error) => void } | null =
    null;
  #onClosed: () => void = () => undefined;

  /** Shared memory for `count` senders. */
  static memory(count: number): { readonly bell: SharedArrayBuffer; readonly gateway: GatewayCounters }[] {
    return Array.from({ length: count }, () => ({ bell: doorbellMemory(), gateway: new Counters(gatewayCounterSpec) }));
  }

  constructor(options: SenderOptions) {
    const { clock, log, settings } = options;
    this.place = settings.index - 1;
    this.labels = { sender: String(settings.index) };
    this.counters = options.counters;
    this.#clock = clock;
    this.#log = log;
    this.#owner = options.owner;
    this.#pushes = new PushDesk(options.pushRooms, (message) => this.tell(message));
    this.#boards = new BoardDesk(options.boardRooms, (message) => this.tell(message));
    this.#bell = new Doorbell(settings.bell);
    this.#thread = new SupervisedThread({
      name: `sender-${settings.index}`,
      clock,
      log,
      entry: new URL('./sender-thread.ts', import.meta.url),
      settings,
      users: [this],
    });
  }

  get lives(): boolean {
    return this.#port !== null;
  }

  get restarts(): number {
    return this.#thread.restarts;
  }

  /** Starts the thread. Resolves when its port is open, rejects with MeksError when it cannot be. */
  async listen(port: number): Promise<SenderAddress> {
    const opened = new Promise<SenderAddress>((resolve, reject) => {
      this.#listening = { resolve, reject };
    });
    this.#thread.start();
    this.tell({ kind: 'listen', port });
    return await opened;
  }

  /** Ends this life of it as a crash would. */
  crash(): Promise<void> {
    return this.#thread.crash();
  }

  ring(): void {
    this.#bell.ring();
  }

  tell(message: ToSender, transfer: Transferable[] = []): void {
    this.#port?.postMessage(message, transfer);
  }

  started(port: MessagePort): void {
    this.#port = port;
    port.on('message', (message: FromSender) => this.#message(message));
    this.#owner.begun(this);
    // A later life opens the port that the first one got.
    if (this.#address !== null) this.tell({ kind: 'listen', port: this.#address.port });
  }

  stopped(): void {
    this.#port = null;
    this.#onClosed();
    if (this.#address === null)
      this.#listening?.reject(
        new MeksError('MEKS_INTERNAL', `thread sender-${this.place + 1} ended before it listened`),
      );
    this.#owner.ended(this);
    this.#pushes.lost();
    this.#boards.lost();
    this.#settleCounters();
  }

  /** Sends everybody away who is connected there, and ends the thread. */
  async close(): Promise<void> {
    if (this.lives) {
      const closed = new Promise<void>((resolve) => {
        this.#onClosed = resolve;
      });
      const timer = this.#clock.after(limits.closeMs.value + 1000, () => this.#onClosed());
      this.tell({ kind: 'close' });
      await closed;
      timer.cancel();
    }
    await this.#thread.stop();
  }

  /** What it had open went with it. */
  #settleCounters(): void {
    const { counters } = this;
    const counted = counters.read();
    counters.add('closed', counted.connections);
    counters.set('connections', 0);
    counters.set('eventStreams', 0);
    counters.add('pushClosed', counted.pushers);
    counters.set('pushers', 0);
    counters.add(
      'upgradesAbandoned',
      counted.upgrades - counted.opened - counted.upgradesRefused - counted.upgradesAbandoned,
    );
    counters.add('requestsAborted', counted.requests - counted.requestsAnswered - counted.requestsAborted);
  }

  #message(message: FromSender): void {
    switch (message.kind) {
      case 'listening':
        this.#address = message;
        this.#listening?.resolve(message);
        break;
      case 'not-listening':
        assert(this.#listening !== null, 'it was told to listen');
        this.#listening.reject(new MeksError(message.code, message.message));
        break;
      case 'snapshot-wanted':
        this.#owner.snapshotWanted(this, message.id);
        break;
      case 'log':
        this.#log[message.level](message.event, { ...message.fields, ...this.labels });
        break;
      case 'closed':
        this.#onClosed();
        break;
      case 'board-attach':
      case 'board-taken':
      case 'board-alive':
      case 'board-detached':
        this.#boards.take(message);
        break;
      default:
        this.#pushes.take(message);
    }
  }
}
