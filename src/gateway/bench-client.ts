import { connect, type Socket } from 'node:net';

// The other side of gateway.bench.ts, in a process of its own so that its cost is nobody else's:
//   node bench-client.ts requests <port> <count> <connections> <path>   sends, reads to the end, ends
//   node bench-client.ts streams  <port> <count> <parallel> <path>      opens, says so, stays until its input ends

const [mode = '', portText = '', countText = '', atOnceText = '', path = ''] = process.argv.slice(2);
const port = Number(portText);
const count = Number(countText);
const atOnce = Number(atOnceText);
const head =
  `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: */*\r\naccept-encoding: gzip, deflate, br\r\n` +
  'accept-language: en-US,en;q=0.9\r\n' +
  'user-agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\n';
const handshake = path.endsWith('/stream')
  ? 'upgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-version: 13\r\n' +
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: meks.v1\r\n'
  : '';

let begun = 0;
let done = 0;

function begin(socket: Socket): void {
  begun++;
  socket.write(`${head}${handshake}\r\n`);
}

/** Requests one after the other on each connection; bodies are counted, not kept. */
function sendRequests(): void {
  for (let connection = 0; connection < atOnce; connection++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let missing = -1;
    socket.on('connect', () => begin(socket));
    socket.on('data', (bytes: Buffer) => {
      if (missing < 0) {
        const text = bytes.toString('latin1');
        const headBytes = text.indexOf('\r\n\r\n') + 4;
        missing = Number(/content-length: (\d+)/i.exec(text)?.[1]) + headBytes;
      }
      missing -= bytes.length;
      if (missing > 0) return;
      missing = -1;
      if (++done === count) process.exit(0);
      if (begun < count) begin(socket);
    });
  }
}

/** Opens streams, so many at a time, and keeps them. */
function openStreams(): void {
  const open = (): void => {
    const socket = connect({ port, host: '127.0.0.1' });
    begin(socket);
    socket.once('data', () => {
      socket.resume();
      if (++done === count) process.stdout.write('open\n');
      if (begun < count) open();
    });
  };
  for (let stream = 0; stream < Math.min(atOnce, count); stream++) open();
  process.stdin.on('end', () => process.exit(0)).resume();
}

if (mode === 'requests') sendRequests();
else openStreams();
