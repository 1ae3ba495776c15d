/* global Bun */
// Bun's built-in publish (uWebSockets beneath): frames once, and gathers what one turn of its loop publishes per
// subscriber. The highest back-pressure limit it allows, since at its default a burst would be dropped in silence.

const room = 'room';
const server = Bun.serve({
  port: 0,
  hostname: '127.0.0.1',
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('WebSocket only', { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    backpressureLimit: 64 * 1024 * 1024,
    idleTimeout: 0,
    sendPings: false,
    open(socket) {
      socket.subscribe(room);
    },
    message() {},
  },
});

let rest = Buffer.alloc(0);
const ingest = Bun.listen({
  hostname: '127.0.0.1',
  port: 0,
  socket: {
    data(_socket, bytes) {
      const all = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, bytes]);
      let at = 0;
      while (at + 4 <= all.length) {
        const end = at + 4 + all.readUInt32BE(at);
        if (end > all.length) break;
        server.publish(room, all.toString('utf8', at + 4, end));
        at = end;
      }
      rest = Buffer.from(all.subarray(at));
    },
  },
});

process.stdout.write(`ready ${ingest.port} ${server.port}\n`);
