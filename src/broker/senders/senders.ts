import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { type Clock, clockOriginMs } from '../../base/clock.ts';
import type { Counters } from '../../base/counters.ts';
import type { Log } from '../../base/log.ts';
import type { ThreadUser } from '../../base/supervised-thread.ts';
import { claimPort, type PushRooms } from '../../gateway/gateway.ts';
import type { CloseReason } from '../../protocol/close-codes.ts';
import type { BrokerConfig } from '../config.ts';
import type { FanoutMaker, FanoutParts } from '../fanout.ts';
import type { BoardRooms } from './board-relay.ts';
import { Sender } from './sender.ts';
import { SharedFanout } from './shared-fanout.ts';

// Threads that send, as the hot thread sees them. The hot thread publishes into shared rings and rings a bell; each
// sender listens on the same port, accepts connections, follows the rings and writes. So the hot thread's turns stay
// what they are however many dashboards there are, and senders take the writes that one thread has no time for.
//
// Which sender a connection goes to is the system's choice (SO_REUSEPORT), made before a byte of it was read. So HTTP
// arrives at senders too: each hands it to the cold thread by a port of its own (`serve` of gateway-cold.ts), as the
// hot thread does when it listens itself. A sender that dies loses its connections, whose clients resume at another.
//
// Owns the threads and the list of shared rooms. Bounded by sendersMax; a sender's memory by one ring a room.

export interface SendersOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Where pushes go that come to senders. */
  readonly pushRooms: PushRooms;
  /** Where viewers of boards go. */
  readonly boardRooms: BoardRooms;
  readonly config: Pick<BrokerConfig, 'senders' | 'host' | 'port' | 'allowedHosts' | 'allowedOrigins' | 'compress'>;
}

export class Senders implements ThreadUser, FanoutMaker {
  readonly name = 'senders';
  readonly #options: SendersOptions;
  readonly #senders: readonly Sender[];
  readonly #rooms = new Map<string, SharedFanout>();
  #cold: MessagePort | null = null;

  constructor(options: SendersOptions) {
    const { clock, log, config, pushRooms, boardRooms } = options;
    this.#options = options;
    const memory = Sender.memory(config.senders);
    const hotOriginMs = clockOriginMs();
    this.#senders = memory.map((own, index) => {
      const settings = {
        index: index + 1,
        host: config.host,
        allowedHosts: config.allowedHosts,
        allowedOrigins: config.allowedOrigins,
        compress: config.compress,
        portShared: config.senders > 1,
        bell: own.bell,
        gatewayValues: memory.map(({ gateway }) => gateway.values),
        hotOriginMs,
      };
      return new Sender({ clock, log, settings, counters: own.gateway, owner: this, pushRooms, boardRooms });
    });
  }

  get numbers(): readonly { readonly labels: Readonly<Record<string, string>>; readonly gateway: Counters<string> }[] {
    return this.#senders.map(({ labels, counters }) => ({ labels, gateway: counters }));
  }

  /** How often a sender had to be started again. */
  get restarts(): number {
    return this.#senders.reduce((sum, sender) => sum + sender.restarts, 0);
  }

  /** Ends a sender (from 0) as a crash would: for faults that are made on purpose. */
  async crash(place: number): Promise<void> {
    await this.#senders[place]!.crash();
  }

  /** Starts the threads, which open the port. Throws MeksError MEKS_PORT_IN_USE or MEKS_HOST_UNAVAILABLE. */
  async listen(): Promise<{ readonly url: string; readonly port: number }> {
    const { config } = this.#options;
    const port = this.#senders.length > 1 ? await claimPort(config.host, config.port) : config.port;
    try {
      const addresses = await Promise.all(this.#senders.map((sender) => sender.listen(port)));
      return addresses[0]!;
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  make(parts: FanoutParts): SharedFanout {
    const room = new SharedFanout(parts, this, this.#senders);
    this.#rooms.set(parts.id, room);
    for (const sender of this.#senders) sender.tell({ kind: 'room', room: room.describe(sender) });
    return room;
  }

  /** For SharedFanout: its dashboards are sent away. */
  closeRoom(id: string, reason: CloseReason): void {
    this.#rooms.delete(id);
    for (const sender of this.#senders) sender.tell({ kind: 'room-closed', id, reason });
  }

  /** For SharedFanout: something may be sent. */
  ring(): void {
    for (const sender of this.#senders) sender.ring();
  }

  /** Tells every dashboard to come back later, and ends the threads: five seconds at most. */
  async close(): Promise<void> {
    await Promise.all(this.#senders.map((sender) => sender.close()));
  }

  /** A life of the cold thread begins. */
  started(port: MessagePort): void {
    this.#cold = port;
    for (const sender of this.#senders) this.introduce(sender);
  }

  stopped(): void {
    this.#cold = null;
  }

  /** For Sender, when a life of it begins: everything that it has to know. */
  begun(sender: Sender): void {
    for (const room of this.#rooms.values()) sender.tell({ kind: 'room', room: room.describe(sender) });
    this.introduce(sender);
  }

  /** For Sender, when a life of it is over: what it had open is closed. */
  ended(sender: Sender): void {
    for (const room of this.#rooms.values()) room.lost(sender);
  }

  /** For Sender: somebody there needs a snapshot. */
  snapshotWanted(sender: Sender, id: string): void {
    const room = this.#rooms.get(id);
    if (room !== undefined) sender.tell({ kind: 'snapshot', id, ...room.snapshot() });
  }

  /** Connects a sender and the cold thread, when both live. */
  introduce(sender: Sender): void {
    if (this.#cold === null || !sender.lives) return;
    const { port1, port2 } = new MessageChannel();
    this.#cold.postMessage(port1, [port1]);
    sender.tell({ kind: 'cold', port: port2 }, [port2]);
  }
}
