import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

// What the Node peers share: taking length-prefixed payloads from the generator, and saying where they listen. Every
// peer prints one line, `ready <ingest port> <dashboard port>`, and runs until it is ended.

/** Listens for the generator's one connection; calls `onPayload` with the bytes of each payload, in order. */
export function listenForEvents(onPayload: (payload: Buffer) => void): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      let at = 0;
      while (at + 4 <= all.length) {
        const end = at + 4 + all.readUInt32BE(at);
        if (end > all.length) break;
        onPayload(all.subarray(at + 4, end));
        at = end;
      }
      rest = all.subarray(at);
    });
    socket.on('error', () => socket.destroy());
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export function sayReady(ingestPort: number, dashboardPort: number): void {
  process.stdout.write(`ready ${ingestPort} ${dashboardPort}\n`);
}
