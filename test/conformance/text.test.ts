import { after, test } from 'node:test';
import { opcodes } from '../support/websocket-wire.ts';
import { badText, Conformance } from './stream.ts';

// RFC 6455 §5.6 and §8.1: text is UTF-8. Autobahn section 6; sequences after Markus Kuhn's UTF-8 stress test.

const broker = await Conformance.open();
after(async () => await broker.close());

const { text, continuation, binary } = opcodes;
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

const sequences = (lines: string): string[] => lines.split(/[|\n]/).map((hex) => hex.trim());

/** Well-formed: first and last of each length, the edges of the surrogates, non-characters (which are allowed). */
const wellFormed = sequences(`00 | 7f | c2 80 | df bf | e0 a0 80 | ef bf bf | f0 90 80 80 | f4 8f bf bf
  ed 9f bf | ee 80 80 | ef bf bd | ef bf be | f0 9f bf be | f4 8f bf be
  ce ba e1 bd b9 cf 83 ce bc ce b5
  48 65 6c 6c 6f 2d c2 b5 40 c3 9f c3 b6 c3 a4 c3 bc c3 a0 c3 a1 2d 55 54 46 2d 38 21 21`);

/**
 * Continuation bytes alone; first bytes alone and followed by a space; the last byte missing; bytes that cannot be in
 * UTF-8; longer than needed; surrogates, alone and in pairs; above U+10FFFF; all this between good text.
 */
const malformed = sequences(`80 | bf | 80 bf | 80 bf 80 bf 80 bf
  c0 20 | df 20 | e0 20 | ef 20 | f0 20 | f4 20 | f7 20 | f8 20 | fb 20 | fc 20 | fd 20
  c2 | e0 a0 | f0 90 80 | df | ef bf | f4 8f bf | c2 20 | e0 a0 20
  fe | ff | fe fe ff ff
  c0 af | e0 80 af | f0 80 80 af | f8 80 80 80 af | fc 80 80 80 80 af | c1 bf | e0 9f bf | f0 8f bf bf | c0 80
  ed a0 80 | ed ad bf | ed ae 80 | ed af bf | ed b0 80 | ed be 80 | ed bf bf | ed a0 80 ed b0 80 | ed af bf ed bf bf
  f4 90 80 80 | f7 bf bf bf | f8 88 80 80 80 | fb bf bf bf bf | fc 84 80 80 80 80 | fd bf bf bf bf bf
  ce ba e1 bd b9 cf 83 ed a0 80 65 64 69 74 65 64
  ce ba e1 bd b9 cf 83 ce bc ce b5 f4 90 80 80 65 64 69 74 65 64`);

test('8.1: well-formed text is taken, whole and in pieces that cut through its characters', async () => {
  for (const hex of wellFormed) {
    const payload = bytes(hex);
    await broker.isMessage(`text ${payload.length}`, { opcode: text, payload });
    for (let cut = 1; cut < Math.min(payload.length, 5); cut++)
      await broker.isMessage(
        `text ${payload.length}`,
        { opcode: text, payload: payload.subarray(0, cut), fin: false },
        { opcode: continuation, payload: payload.subarray(cut) },
      );
  }
});

test('8.1: malformed text closes the connection with 1007', async () => {
  for (const hex of malformed) await broker.isRefused(badText, { opcode: text, payload: bytes(hex) });
});

test('8.1: malformed text in pieces closes the connection with 1007', async () => {
  for (const hex of malformed.filter((sequence) => sequence.length > 2)) {
    const payload = bytes(hex);
    await broker.isRefused(
      badText,
      { opcode: text, payload: payload.subarray(0, 1), fin: false },
      { opcode: continuation, payload: payload.subarray(1) },
    );
  }
});

test('5.6: binary messages may hold any bytes', async () => {
  for (const hex of malformed.slice(0, 10)) {
    const payload = bytes(hex);
    await broker.isMessage(`binary ${payload.length}`, { opcode: binary, payload });
  }
});
