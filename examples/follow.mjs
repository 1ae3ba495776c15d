// Follows a room and prints its gifts, and what happens to the connection:
//
//   node follow.mjs http://127.0.0.1:4820 ROOM
//
// `meks/client` reconnects, goes on where it was, and holds the same room as the broker does. docs/PROTOCOL.md.
// It wants Node 22 or newer, and `npm install meks` in its folder; in a checkout of MEKS `npm run build` instead.
import { StreamClient } from 'meks/client';

const [broker, room] = process.argv.slice(2);
if (room === undefined || typeof WebSocket === 'undefined') {
  console.error('Usage: node follow.mjs http://127.0.0.1:4820 ROOM (Node 22 or newer)');
  process.exit(2);
}
const client = new StreamClient({ streamUrl: `${broker}/v1/rooms/${room}/stream` });

client.onNotice((notice) => console.log(`[${notice.kind}]`, notice.reason ?? ''));
client.onEvent((event) => {
  if (event.kind !== 'gift' || event.diamonds === 0) return;
  const { session, board } = client.view;
  console.log(`${event.user.name}: ${event.count} x ${event.gift.name} = ${event.diamonds} diamonds`);
  console.log(`  ${session.diamonds} in all, ${board[0].user.name} leads with ${board[0].diamonds}`);
});
client.start();

// It tries for as long as it takes: say so where it gets nowhere.
let said = '';
setInterval(() => {
  const { link, reason } = client.status;
  if (link === 'down' && reason !== said) console.log('[down]', reason);
  said = link === 'down' ? reason : '';
}, 1000).unref();
