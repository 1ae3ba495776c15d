import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { WebSocket } from 'ws';
import { launchBrowser, whyNoBrowser } from '../support/browser.ts';
import { ServeProcess } from '../support/serve-process.ts';
import { until } from '../support/until.ts';

// Compressed frames, negotiated with clients that nobody here wrote: `ws`, Node's own WebSocket, Chromium.

let broker: ServeProcess;
const path = '/v1/rooms/demo/stream';

before(async () => {
  broker = await ServeProcess.start('--demo', '--seed', '7', '--compress', 'always');
});

after(async () => {
  assert.equal(await broker.stop(), 0);
});

interface Reader {
  readonly socket: WebSocket;
  readonly texts: string[];
  bytesRead(): number;
}

async function open(perMessageDeflate: boolean | { serverNoContextTakeover: boolean }): Promise<Reader> {
  const socket = new WebSocket(`ws://127.0.0.1:${broker.port}${path}`, ['meks.v1'], { perMessageDeflate });
  const texts: string[] = [];
  socket.on('message', (data: Buffer) => texts.push(data.toString()));
  await until('it is greeted', () => texts.length >= 2);
  const tcp = (socket as unknown as { readonly _socket: Socket })._socket;
  return { socket, texts, bytesRead: () => tcp.bytesRead };
}

function eventsOf({ texts }: Reader): Map<number, string> {
  return new Map(
    texts.filter((text) => text.startsWith('{"seq":')).map((text) => [Number(text.slice(7, text.indexOf(','))), text]),
  );
}

test('who takes compressed frames gets the same events as who does not, in a fraction of the bytes', async (t) => {
  const [plain, compressed] = [await open(false), await open(true)];
  assert.deepEqual([plain.socket.extensions, compressed.socket.extensions], ['', 'permessage-deflate']);
  const from = { plain: plain.bytesRead(), compressed: compressed.bytesRead() };
  await until('a few hundred events came', () => eventsOf(compressed).size > 100 && eventsOf(plain).size > 100, 60_000);
  const share = (compressed.bytesRead() - from.compressed) / (plain.bytesRead() - from.plain);
  const [one, other] = [eventsOf(plain), eventsOf(compressed)];
  let same = 0;
  for (const [seq, text] of one) {
    const twin = other.get(seq);
    if (twin !== undefined && ++same > 0) assert.equal(twin, text);
  }
  assert.ok(same > 90, `${same} events were compared`);
  const seqs = [...other.keys()];
  assert.deepEqual(
    seqs,
    Array.from(seqs, (_, index) => seqs[0]! + index),
    'each once and in order',
  );
  t.diagnostic(`${(share * 100).toFixed(0)} % of the bytes, at the demo's pace`);
  assert.ok(share < 0.8);
  plain.socket.close();
  compressed.socket.close();
});

test('a client that wants no window kept gets plain frames', async () => {
  const strict = await open({ serverNoContextTakeover: true });
  assert.equal(strict.socket.extensions, '');
  strict.socket.close();
});

test('a client may compress what it says: it is read, and answered as ever', async () => {
  const { socket } = await open(true);
  let code = 0;
  socket.on('close', (closed) => (code = closed));
  socket.send('x'.repeat(3000), { compress: true });
  await until('it is told that nobody understood it', () => code === 4504);
});

test('Chromium reads compressed frames', { skip: whyNoBrowser() }, async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${broker.port}/`);
    const outcome = await page.evaluate(async (address) => {
      const socket = new WebSocket(address, 'meks.v1');
      const seqs: number[] = [];
      let kinds = '';
      socket.addEventListener('message', ({ data }) => {
        const frame = JSON.parse(data as string) as { seq?: number; kind: string };
        if (['hello', 'snapshot', 'heartbeat'].includes(frame.kind)) kinds += `${frame.kind} `;
        else seqs.push(frame.seq!);
      });
      const closes: string[] = [];
      socket.addEventListener('close', ({ code, reason }) => closes.push(`${code} ${reason}`));
      const deadline = performance.now() + 30_000;
      while (seqs.length < 60 && closes.length === 0 && performance.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 20));
      return { extensions: socket.extensions, seqs, kinds, closes };
    }, `ws://127.0.0.1:${broker.port}${path}`);
    const { extensions, seqs, kinds, closes } = outcome;
    assert.match(extensions, /^permessage-deflate/);
    assert.match(kinds, /^hello snapshot /);
    assert.deepEqual(closes, []);
    assert.ok(seqs.length >= 60);
    assert.deepEqual(
      seqs,
      Array.from(seqs, (_, index) => seqs[0]! + index),
    );
  } finally {
    await browser.close();
  }
});
