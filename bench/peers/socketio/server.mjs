import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { Server } from 'socket.io';

// Socket.IO at its best for this: WebSocket transport only, no compression, one emit per event to the whole namespace,
// which encodes and frames once (`wsPreEncodedFrame`). It carries JavaScript values, so the payload has to be parsed.
// Plain JavaScript: its packages are installed only here (bench/peers/package.json), out of the type check's sight.

const http = createServer();
const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false, httpCompression: false });

const ingest = createTcpServer({ noDelay: true }, (socket) => {
  let rest = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    let at = 0;
    while (at + 4 <= all.length) {
      const end = at + 4 + all.readUInt32BE(at);
      if (end > all.length) break;
      io.emit('event', JSON.parse(all.toString('utf8', at + 4, end)));
      at = end;
    }
    rest = all.subarray(at);
  });
  socket.on('error', () => socket.destroy());
});

ingest.listen(0, '127.0.0.1', () => {
  http.listen(0, '127.0.0.1', () => {
    process.stdout.write(`ready ${ingest.address().port} ${http.address().port}\n`);
  });
});
