// The client's door to the world, and the only place in web/client that touches a clock, a timer, chance or a socket.
// Tests and the simulator hand in their own.

/** A subset of the broker's Clock (src/base/clock.ts): that one, or its virtual twin, fits. */
export interface ClientClock {
  /** Monotonic milliseconds with a fraction, from an arbitrary origin. */
  nowMs(): number;
  /** Unix milliseconds by the machine's wall clock: unlike `nowMs` it goes on while the machine sleeps. */
  wallMs(): number;
  /** Runs `run` once, `delayMs` or more from now. */
  after(delayMs: number, run: () => void): { cancel(): void };
  /** Runs `run` once the messages that have already arrived are done. */
  soon(run: () => void): void;
}

/** What a connection tells. After `closed` nothing more comes. */
export interface SocketEvents {
  message(text: string): void;
  closed(code: number, reason: string): void;
}

export interface Socket {
  /** Starts the close; `closed` need not be told to someone who hung up. */
  close(code: number, reason: string): void;
}

export interface ClientEnvironment {
  readonly clock: ClientClock;
  readonly random: { next(): number };
  /** Opens a WebSocket to `url` (http or ws scheme). Never throws: what cannot be opened is `closed` later. */
  connect(url: string, subprotocol: string, events: SocketEvents): Socket;
}

const clock: ClientClock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs);
    return { cancel: () => clearTimeout(handle) };
  },
  soon: (run) => void setTimeout(run, 0),
};

/** A socket that could not be made at all: a URL that is none, a policy that forbids it. */
function refusedSocket(events: SocketEvents, why: string): Socket {
  const timer = clock.after(0, () => events.closed(1006, why));
  return { close: () => timer.cancel() };
}

function connect(url: string, subprotocol: string, events: SocketEvents): Socket {
  let socket: WebSocket;
  try {
    socket = new WebSocket(url.replace(/^http/, 'ws'), subprotocol);
  } catch (error) {
    return refusedSocket(events, error instanceof Error ? error.message : String(error));
  }
  socket.addEventListener('message', (message: { readonly data: unknown }) => {
    events.message(typeof message.data === 'string' ? message.data : '');
  });
  socket.addEventListener('close', (close) => events.closed(close.code, close.reason));
  return { close: (code, reason) => socket.close(code, reason) };
}

/** The machine's own clock, chance and global WebSocket: browsers, and Node 22 or newer. */
export const systemEnvironment: ClientEnvironment = { clock, random: { next: () => Math.random() }, connect };
