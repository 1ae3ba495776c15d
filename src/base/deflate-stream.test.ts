import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, inflateRawSync } from 'node:zlib';
import { runDeflateBench } from './deflate-stream.bench.ts';
import { DeflateStream } from './deflate-stream.ts';
import { type Random, seededRandom } from './random.ts';

/** Compresses messages in one stream; what a reader that gets them one by one reads after each. */
function through(stream: DeflateStream, messages: readonly Buffer[]): { bytes: number; read: Buffer } {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for (const message of messages) {
    const out = Buffer.alloc(DeflateStream.bytesMax(message.length) + 3, 0xee);
    const end = stream.write(message, { from: 0, to: message.length }, out, 3);
    assert.ok(end - 3 <= DeflateStream.bytesMax(message.length), 'no longer than was said');
    assert.equal(out.toString('hex', 0, 3) + out.toString('hex', end), 'ee'.repeat(3 + out.length - end));
    pieces.push(out.subarray(3, end), Buffer.from([0, 0, 0xff, 0xff]));
    bytes += end - 3;
  }
  return { bytes, read: inflateRawSync(Buffer.concat(pieces), { finishFlush: constants.Z_SYNC_FLUSH }) };
}

/** Bytes with repetitions near and far, in many lengths. */
function message(random: Random): Buffer {
  const kinds = random.int(4);
  const text = Array.from({ length: random.int(60) }, () => {
    if (kinds === 0) return String.fromCharCode(random.int(256));
    if (kinds === 1) return 'x'.repeat(random.int(400));
    return ['{"seq":', String(random.int(100_000)), '"avatar":"https://', 'ö🦁', random.int(9).toString()][
      random.int(5)
    ]!;
  }).join('');
  return kinds === 0 ? Buffer.from(text, 'latin1') : Buffer.from(text);
}

test('whatever messages there are, in whatever order, zlib reads them back', () => {
  for (let seed = 1; seed <= 150; seed++) {
    const random = seededRandom(seed);
    const stream = new DeflateStream(300_000);
    const messages = Array.from({ length: 1 + random.int(20) }, () => message(random));
    const { read } = through(stream, messages);
    assert.ok(read.equals(Buffer.concat(messages)), `seed ${seed}`);
  }
});

test('repetitions are found at every distance up to the end of the window, and none beyond it', () => {
  for (const distance of [64, 65, 4096, 32_767, 32_768, 32_769, 40_000]) {
    const random = seededRandom(distance);
    const text = Buffer.from(Array.from({ length: 64 }, () => 1 + random.int(255)));
    const first = Buffer.concat([text, Buffer.alloc(distance - 64)]);
    const { read, bytes } = through(new DeflateStream(100_000), [first, text]);
    assert.ok(read.equals(Buffer.concat([first, text])), `at ${distance}`);
    const again = bytes - through(new DeflateStream(100_000), [first]).bytes;
    assert.equal(again < 20, distance <= 32_768, `at ${distance}: ${again} bytes`);
  }
});

test('a message like the ones before takes a fraction of one that stands alone', () => {
  const stream = new DeflateStream(60_000);
  const event = (n: number): Buffer =>
    Buffer.from(
      JSON.stringify({ seq: n, kind: 'gift', user: { id: `68${n * 7}`, name: `Viewer ${n}` }, gift: { name: 'Rose' } }),
    );
  const first = through(stream, [event(1)]).bytes;
  const more = Array.from({ length: 50 }, (_, index) => event(index + 1));
  const together = through(new DeflateStream(60_000), more).bytes;
  assert.ok(together < 0.5 * 50 * first, `${together} bytes for 50, ${first} for the first`);
});

test('started again, it refers to nothing before; what does not fit is known', () => {
  const stream = new DeflateStream(100);
  const text = Buffer.from('abcdefghij'.repeat(6));
  through(stream, [text]);
  assert.equal(stream.fits(41), false);
  assert.equal(stream.fits(40), true);
  assert.throws(() => stream.write(text, { from: 0, to: 60 }, Buffer.alloc(100), 0), /started again/);
  stream.restart();
  assert.ok(through(stream, [text]).read.equals(text));
});

test('the benchmark of compression runs, and prints its costs', () => {
  const [together, alone] = runDeflateBench(500);
  assert.ok(together!.share < alone!.share / 2, 'what repeats is found in the events before');
  console.log(`compress ${together!.eventNs.toFixed(0)} ns an event, to ${together!.share.toFixed(2)} (toy size)`);
});
