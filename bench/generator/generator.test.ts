import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { GeneratorOrder, GeneratorReport, GeneratorResult, GeneratorSettings } from './generator.ts';
import { websocketFrame } from './tape.ts';

// The generator as a whole, against a relay of ten lines that is told which mistakes to make: a benchmark that cannot
// see a planted loss proves nothing.

type Plan = (payloads: readonly Buffer[]) => readonly Buffer[];

/** Relays all payloads of a run, as `plan` rearranges them, to every dashboard once all have come. */
function relay(events: () => number, plan: Plan): { ingest: Server; dashboards: Server } {
  const sockets: Socket[] = [];
  const dashboards = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
      sockets.push(socket);
    });
  });
  const payloads: Buffer[] = [];
  let rest = Buffer.alloc(0);
  const ingest = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE()) {
        payloads.push(rest.subarray(4, 4 + rest.readUInt32BE()));
        rest = rest.subarray(4 + rest.readUInt32BE());
      }
      if (payloads.length < events()) return;
      const frames = Buffer.concat(plan(payloads).map((payload) => websocketFrame(payload, 0x81, false)));
      for (const one of sockets) one.write(frames);
    });
  });
  return { ingest, dashboards };
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

const settings: GeneratorSettings = {
  seed: 3,
  phases: [{ name: 'burst', eventsPerSecond: 200, seconds: 0.5 }],
  upstream: 'length-prefixed',
  dashboards: 5,
  rooms: 1,
  slowShare: 0,
  stalledShare: 0,
  storm: null,
  drainMs: 700,
};

async function generate(plan: Plan): Promise<GeneratorResult> {
  let events = Infinity;
  const { ingest, dashboards } = relay(() => events, plan);
  const [ingestPort, port] = [await listen(ingest), await listen(dashboards)];
  const child = fork(fileURLToPath(new URL('./generator.ts', import.meta.url)), { serialization: 'advanced' });
  try {
    return await new Promise((resolve, reject) => {
      const order = (what: GeneratorOrder): void => void child.send(what);
      child.on('exit', () => reject(new Error('the generator ended')));
      child.on('message', (report: GeneratorReport) => {
        if (report.kind === 'prepared') {
          events = report.events;
          const target = { port, tls: false, path: '/', rooms: [], protocol: '', wire: 'plain' } as const;
          order({ kind: 'connect', target, ingestPort, ingestPath: '' });
        } else if (report.kind === 'connected') order({ kind: 'run' });
        else if (report.kind === 'finished') resolve(report.result);
        else reject(new Error(report.message));
      });
      order({ kind: 'prepare', settings });
    });
  } finally {
    child.kill();
    ingest.close();
    dashboards.close();
  }
}

test('an honest relay is found honest, and its latency is counted from the intended times', async () => {
  const result = await generate((payloads) => payloads);
  const { good, seqBreaks } = result.measured;
  assert.ok(result.offered > 50);
  assert.equal(result.accepted, result.offered);
  assert.equal(good.deliveries, 5 * result.offered);
  assert.deepEqual([good.lost, good.duplicated, good.disordered, good.foreign, seqBreaks], [0, 0, 0, 0, 0]);
  // The relay holds everything back until the last event: the first one waited for half a second.
  assert.ok(result.measured.byPhase[0]!.maxMs > 350, `${result.measured.byPhase[0]!.maxMs} ms`);
});

test('planted mistakes are all found, at every dashboard', async () => {
  const result = await generate((payloads) => {
    const planted = payloads.toSpliced(7, 1);
    planted.splice(20, 0, planted[20]!);
    [planted[30], planted[31]] = [planted[31]!, planted[30]!];
    return planted;
  });
  const { good, seqBreaks } = result.measured;
  assert.deepEqual([good.lost, good.duplicated, good.disordered], [5, 5, 5]);
  assert.equal(good.deliveries, 5 * (result.offered - 1));
  assert.ok(seqBreaks >= 15);
});
