import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { closeReasons } from '../../protocol/close-codes.ts';
import type { Link } from '../../protocol/link.ts';
import type { Position } from '../../protocol/position.ts';
import type { Room } from '../../broker/simulation.ts';
import type { Door } from './dashboard.ts';
import { type Peer, SimulatedLink } from './link.ts';

// Between the broker's port and the dashboards: opens connections, and knows those that are open, so that faults can be
// done to them.

export interface OpenLink {
  readonly link: SimulatedLink;
  readonly name: string;
  readonly room: string;
  /** Events that the broker says are still to come; -1 = it has let go of it. */
  readonly pending: () => number;
  /** Since when it could have been given what is ready, monotonic ms; -1 = it cannot now, or nothing is. */
  idleSinceMs: number;
  /** What it wanted next, then. */
  cursor: number;
}

export interface NetworkOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** The room as it is served now: null = there is none of that id; 'down' = no broker is there at all. */
  readonly find: (room: string) => Room | null | 'down';
  readonly wrap: (link: Link, room: Room) => Link;
}

const refusedMs = 5;

export class Network implements Door {
  readonly open = new Set<OpenLink>();
  readonly #options: NetworkOptions;

  constructor(options: NetworkOptions) {
    this.#options = options;
  }

  connect(room: string, since: Position | null, peer: Peer, name: string): { close(): void } {
    const { clock, random } = this.#options;
    const latencyMs = 1 + random.int(30);
    let given = false;
    let opened: OpenLink | null = null;
    clock.after(latencyMs, () => {
      if (!given) opened = this.#accept(room, since, peer, name, latencyMs);
    });
    return {
      close: () => {
        given = true;
        opened?.link.hangUp();
      },
    };
  }

  /** The broker's process is gone, and all its sockets with it. */
  die(): void {
    const links = Array.from(this.open);
    for (const { link } of links) link.die(this.#options.random.chance(0.5));
    this.open.clear();
  }

  #accept(room: string, since: Position | null, peer: Peer, name: string, latencyMs: number): OpenLink | null {
    const { clock, random, find, wrap } = this.#options;
    const found = find(room);
    if (found === 'down' || found === null) {
      const code = found === null ? closeReasons.unknownRoom.code : 1006;
      clock.after(refusedMs, () => peer.closed(code, ''));
      return null;
    }
    const kernelBytes = 2_048 * 2 ** random.int(9);
    const link: SimulatedLink = new SimulatedLink({
      clock,
      peer,
      latencyMs,
      kernelBytes,
      alive: (mark) => attachment.alive(mark),
      left: () => attachment.detached(),
      ended: () => void this.open.delete(opened),
    });
    const attachment = found.attach(wrap(link, found), since);
    const opened: OpenLink = {
      link,
      name,
      room,
      pending: () => ('pending' in attachment ? Number(attachment.pending) : -1),
      idleSinceMs: -1,
      cursor: -1,
    };
    this.open.add(opened);
    return opened;
  }
}
