import { constants, deflateRawSync } from 'node:zlib';
import { systemClock } from './clock.ts';
import { DeflateStream } from './deflate-stream.ts';

// Goal: what compressing an event costs and gains, in one stream with those before it and by itself, beside zlib in a
// call for each. Run: node src/base/deflate-stream.bench.ts. The check number is the sum of bytes that came out.

export interface DeflateCost {
  readonly name: string;
  readonly eventNs: number;
  /** Bytes out for a byte in. */
  readonly share: number;
  readonly check: number;
}

function events(count: number): Buffer[] {
  return Array.from({ length: count }, (_, n) => {
    const picture = `https://p16.example/${((n % 997) * 7919 * 104_729).toString(36)}.webp?signature=${((n % 997) * 1_299_709).toString(36)}`;
    const user = {
      id: String(6_800_000_000 + (n % 997)),
      handle: `user${n % 997}`,
      name: `Viewer ${n % 997}`,
      avatar: picture,
    };
    const gift = { id: '5655', name: 'Rose', icon: 'https://p16.example/gift/5655.png', price: 1 };
    const standing = { rank: n % 100, diamonds: n * 3 };
    return Buffer.from(
      JSON.stringify({ seq: n, kind: 'gift', at: 1_790_000_000_000 + n, user, gift, count: 1, standing }),
    );
  });
}

function measure(name: string, all: readonly Buffer[], compress: (event: Buffer) => number): DeflateCost {
  let [bytesIn, bytesOut] = [0, 0];
  const start = systemClock.nowMs();
  for (const event of all) {
    bytesIn += event.length;
    bytesOut += compress(event);
  }
  const eventNs = ((systemClock.nowMs() - start) / all.length) * 1e6;
  return { name, eventNs, share: bytesOut / bytesIn, check: bytesOut };
}

/** Costs over `count` events of half a kilobyte. */
export function runDeflateBench(count: number): DeflateCost[] {
  const all = events(count);
  const out = Buffer.alloc(65_536);
  const stream = new DeflateStream(65_536);
  const write = (event: Buffer): number => stream.write(event, { from: 0, to: event.length }, out, 0);
  const together = (event: Buffer): number => {
    if (!stream.fits(event.length)) stream.restart();
    return write(event);
  };
  const alone = (event: Buffer): number => {
    stream.restart();
    return write(event);
  };
  const options = { level: 1, finishFlush: constants.Z_SYNC_FLUSH };
  return [
    measure('one stream of 64 KB', all, together),
    measure('each by itself', all, alone),
    measure('each by itself, zlib', all, (event) => deflateRawSync(event, options).length - 4),
  ];
}

if (import.meta.main) {
  runDeflateBench(20_000);
  console.table(runDeflateBench(50_000));
}
