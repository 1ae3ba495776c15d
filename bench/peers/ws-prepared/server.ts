import type { AddressInfo, Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { listenForEvents, sayReady } from '../peer.ts';

// `ws` at its best without leaving its model: an event is framed once, and the finished frame is written to each
// client's socket (the advice in websockets/ws#617 and #1016). One write per client and event; nothing is parsed.

const dashboards = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
const sockets = new Set<Socket>();

dashboards.on('connection', (_client, request) => {
  const socket = request.socket;
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});

function frame(payload: Buffer): Buffer {
  const header = payload.length < 126 ? Buffer.alloc(2) : Buffer.alloc(4);
  header[0] = 0x81;
  if (payload.length < 126) header[1] = payload.length;
  else header.writeUInt16BE(payload.length, header.writeUInt8(126, 1));
  return Buffer.concat([header, payload]);
}

async function start(): Promise<void> {
  const ingestPort = await listenForEvents((payload) => {
    const framed = frame(payload);
    for (const socket of sockets) socket.write(framed);
  });
  sayReady(ingestPort, (dashboards.address() as AddressInfo).port);
}

dashboards.once('listening', () => void start());
