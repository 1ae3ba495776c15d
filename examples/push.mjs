// Pushes lines of JSON from standard input to a room, and waits for the log to have them:
//
//   node push.mjs http://127.0.0.1:4820 ROOM TOKEN < events.ndjson
//
// No library: the WebSocket of Node 22 and browsers. docs/PUSH.md says what a line may be.
import { createInterface } from 'node:readline';

const [broker, room, token] = process.argv.slice(2);
if (token === undefined || typeof WebSocket === 'undefined') {
  console.error('Usage: node push.mjs http://127.0.0.1:4820 ROOM TOKEN < events.ndjson (Node 22 or newer)');
  process.exit(2);
}
const address = new URL(`/v1/rooms/${room}/push`, broker.replace('http', 'ws'));
const socket = new WebSocket(address, ['meks.push.v1', token]);
const line = { underWay: 0 };
let done = false;
let goOn = () => {};

const opened = new Promise((resolve) => {
  socket.onclose = ({ code, reason }) => {
    if (done) return;
    // 1006: nobody listens there, or the connection was lost. What was not acknowledged may be pushed again.
    console.error(`${broker} closed with ${code} ${reason || '(no answer)'}: ${line.underWay} not acknowledged`);
    process.exit(1);
  };
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.kind === 'error') console.error(frame.message);
    if (frame.kind === 'welcome') resolve(frame.window);
    if (frame.kind === 'ack') {
      line.underWay--;
      goOn();
      console.log(`push ${frame.push}: ${frame.understood} understood, ${frame.duplicates} duplicates`);
      for (const { item, reason } of frame.malformed) console.error(`push ${frame.push}, item ${item}: ${reason}`);
    }
  };
});

const window = await opened;
for await (const text of createInterface({ input: process.stdin })) {
  socket.send(text);
  if (++line.underWay >= window) await new Promise((resolve) => (goOn = resolve));
}
while (line.underWay > 0) await new Promise((resolve) => (goOn = resolve));
done = true;
socket.close(1000);
