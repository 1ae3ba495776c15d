// Follows a room and prints its gifts, and what happens to the connection:
//
//   npm install meks && node examples/follow.mjs http://127.0.0.1:4820 ROOM
//
// `meks/client` reconnects, goes on where it was, and holds the same room as the broker does. docs/PROTOCOL.md.
// It wants Node 22 or newer; in a checkout of MEKS `npm run build` takes the place of the installation.
import { StreamClient } from 'meks/client';

const [broker, room] = process.argv.slice(2);
const client = new StreamClient({ streamUrl: `${broker}/v1/rooms/${room}/stream` });

client.onNotice((notice) => console.log(`[${notice.kind}]`, notice.reason ?? ''));
client.onEvent((event) => {
  if (event.kind !== 'gift' || event.diamonds === 0) return;
  const { session, board } = client.view;
  console.log(`${event.user.name}: ${event.count} x ${event.gift.name} = ${event.diamonds} diamonds`);
  console.log(`  ${session.diamonds} in all, ${board[0].user.name} leads with ${board[0].diamonds}`);
});
client.start();
