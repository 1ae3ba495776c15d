import net from 'node:net';
import type { Random } from '../../src/base/random.ts';

// A network that misbehaves: a TCP proxy whose connections each have a fault of their own, drawn from a seed. Owns its
// connections; each holds at most what the two sockets hold, for a side that is not read is paused.

export const faults = ['none', 'latency', 'slices', 'bandwidth', 'reset', 'half-open'] as const;
export type Fault = (typeof faults)[number];

export interface ChaosProxyOptions {
  readonly random: Random;
  readonly targetPort: number;
  /** Faults to draw from. */
  readonly faults: readonly Fault[];
}

/** How long a connection lives before it is reset, or goes silent, in milliseconds: each fault should have its turn. */
const lifeMsMin = 300;
const lifeMsMax = 6_000;
const latencyMsMax = 250;
const bytesPerSecond = 60_000;
const sliceBytesMax = 7;
/** Slicing everything would only slow it down: so many bytes of each piece are cut small. */
const slicedBytesMax = 200;

export class ChaosProxy {
  readonly drawn = new Map<Fault, number>();
  readonly #options: ChaosProxyOptions;
  readonly #server: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #calm = false;

  private constructor(options: ChaosProxyOptions) {
    this.#options = options;
    this.#server = net.createServer({ noDelay: true }, (client) => this.#pair(client));
  }

  static async listen(options: ChaosProxyOptions): Promise<ChaosProxy> {
    const proxy = new ChaosProxy(options);
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** From now on connections are left alone; those that are ill end. */
  calm(): void {
    this.#calm = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pair(client: net.Socket): void {
    const { random, targetPort } = this.#options;
    const fault = this.#calm ? 'none' : random.pick(this.#options.faults);
    this.drawn.set(fault, (this.drawn.get(fault) ?? 0) + 1);
    const target = net.connect({ port: targetPort, host: '127.0.0.1', noDelay: true });
    for (const [socket, other] of [
      [client, target],
      [target, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
    const harm = new Harm(fault, random);
    void carry(client, target, harm);
    void carry(target, client, harm);
    const lifeMs = lifeMsMin + random.int(lifeMsMax - lifeMsMin);
    if (this.#calm) return;
    // Half-open: nothing is carried any more and nobody is told, as behind a router that lost its table.
    setTimeout(() => (fault === 'half-open' ? void (harm.silent = true) : end(client, fault)), lifeMs).unref();
  }
}

function end(socket: net.Socket, fault: Fault): void {
  if (fault === 'reset') socket.resetAndDestroy();
  else socket.destroy();
}

/** What one connection suffers. */
class Harm {
  readonly fault: Fault;
  readonly random: Random;
  /** Nothing is carried any more, and nobody is told. */
  silent = false;

  constructor(fault: Fault, random: Random) {
    this.fault = fault;
    this.random = random;
  }
}

/** Carries what `from` says to `to`, in order, as the fault allows. */
async function carry(from: net.Socket, to: net.Socket, harm: Harm): Promise<void> {
  try {
    for await (const bytes of from as AsyncIterable<Buffer>) {
      if (harm.fault === 'latency') await wait(harm.random.int(latencyMsMax));
      if (harm.fault === 'bandwidth') await wait((bytes.length * 1000) / bytesPerSecond);
      while (harm.silent && !from.destroyed) await wait(50);
      await (harm.fault === 'slices' ? writeSliced(to, bytes, harm.random) : write(to, bytes));
    }
    to.end();
  } catch {
    // A connection that was reset: the other side has been destroyed with it.
  }
}

async function writeSliced(to: net.Socket, bytes: Buffer, random: Random): Promise<void> {
  let at = 0;
  while (at < Math.min(bytes.length, slicedBytesMax)) {
    const end = Math.min(bytes.length, at + 1 + random.int(sliceBytesMax));
    await write(to, bytes.subarray(at, end));
    at = end;
  }
  if (at < bytes.length) await write(to, bytes.subarray(at));
}

function write(to: net.Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => to.write(bytes, (error) => (error ? reject(error) : resolve())));
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
