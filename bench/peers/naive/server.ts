import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { listenForEvents, sayReady } from '../peer.ts';

// The obvious Node version, as one writes it first and as it was before the Rust design: for each event parse it, update
// a map, sort the board, and for each client stringify and send.

interface GiftPayload {
  readonly user: { readonly id: string };
  readonly diamonds: number;
}

const totals = new Map<string, number>();
const dashboards = new WebSocketServer({ port: 0, host: '127.0.0.1' });

async function start(): Promise<void> {
  const ingestPort = await listenForEvents((payload) => {
    const event = JSON.parse(payload.toString()) as GiftPayload;
    const diamonds = (totals.get(event.user.id) ?? 0) + event.diamonds;
    totals.set(event.user.id, diamonds);
    const board = [...totals.entries()].sort((a, b) => b[1] - a[1]);
    const rank = board.findIndex(([id]) => id === event.user.id) + 1;
    for (const client of dashboards.clients) {
      client.send(JSON.stringify({ ...event, standing: { diamonds, rank, gifters: board.length } }));
    }
  });
  sayReady(ingestPort, (dashboards.address() as AddressInfo).port);
}

dashboards.once('listening', () => void start());
