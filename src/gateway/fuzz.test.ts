import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withRig } from '../../test/support/gateway-rig.ts';
import { assertSums } from '../../test/support/gateway-sums.ts';
import { handshakeHeaders, RawSocket, request } from '../../test/support/raw-socket.ts';
import { clientFrame, opcodes, WireClient } from '../../test/support/websocket-wire.ts';
import { type Random, seededRandom } from '../base/random.ts';

// What comes out of a broken client, a scanner or an attacker: bytes that were well-formed once, changed and cut.

const rounds = 400;

function randomBytes(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => random.int(256)));
}

/** Some bytes changed, left out or put in; then cut. */
function mutated(random: Random, bytes: Buffer): Buffer {
  let result = bytes;
  for (let change = random.int(4); change > 0; change--) {
    const at = random.int(result.length + 1);
    const dropped = random.int(3);
    result = Buffer.concat([
      result.subarray(0, at),
      randomBytes(random, random.int(3)),
      result.subarray(Math.min(result.length, at + dropped)),
    ]);
  }
  return random.chance(0.3) ? result.subarray(0, random.int(result.length + 1)) : result;
}

function nonsense(random: Random, port: number): Buffer {
  const path = random.pick(['/v1/rooms/main/stream', '/v1/rooms/main/events', '/v1/rooms/%ff/stream?since=', '/', '*']);
  const handshake = Buffer.from(request(port, `GET ${path}`, handshakeHeaders));
  const plain = Buffer.from(request(port, `${random.pick(['GET', 'POST', 'HEAD', 'CONNECT'])} ${path}`));
  const frames = Array.from({ length: random.int(6) }, () =>
    clientFrame({
      opcode: random.pick([...Object.values(opcodes), 3, 15]),
      payload: randomBytes(random, random.int(200)),
      fin: random.chance(0.8),
      masked: random.chance(0.9),
    }),
  );
  const parts = [handshake, ...frames.map((frame) => (random.chance(0.3) ? mutated(random, frame) : frame))];
  switch (random.int(4)) {
    case 0:
      return randomBytes(random, random.int(500));
    case 1:
      return mutated(random, Buffer.concat([plain, plain]));
    case 2:
      return Buffer.concat(parts);
    default:
      return mutated(random, Buffer.concat(parts));
  }
}

test('no bytes that a client can send end the broker, or its account of what came', async () => {
  const seed = Number(process.env['MEKS_SEED'] ?? 20_261_123);
  const random = seededRandom(seed);
  await withRig({ limits: { closeMs: 200, httpHeaderMs: 200 } }, async (rig) => {
    const bystander = await WireClient.open(rig.port, '/v1/rooms/main/stream');
    const sockets: RawSocket[] = [];
    for (let round = 0; round < rounds; round++) {
      const raw = await RawSocket.open(rig.port);
      sockets.push(raw);
      raw.send(nonsense(random, rig.port));
      if (random.chance(0.3)) raw.socket.resetAndDestroy();
      if (random.chance(0.2)) rig.room.publish({ seq: round, kind: 'chat' });
    }
    bystander.send({ opcode: opcodes.ping, payload: 'still there?' });
    const pong = await bystander.expect(opcodes.pong);
    assert.equal(pong.payload.toString(), 'still there?', `replay with MEKS_SEED=${seed}`);
    for (const raw of sockets) raw.close();
    bystander.close();
    await assertSums(rig.gateway);
  });
});
